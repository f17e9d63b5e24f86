/**
 * Scripts on images, up to the guest: in QEMU's place, behind the same fences, stands a program that runs the script
 * itself, with the guest's disk as $DISK. A real guest is in e2e/image-run.e2e.ts.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPresent } from '@bullion/service/presence';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { NOTHING, Site } from '../testing/site.ts';

const skip = !isPresent('qemu-io') && 'needs qemu-utils';
const KIB = 1024;

const STAND_IN = `#!/bin/bash
for word; do
  case $word in
    *server.path=*) DISK="nbd+unix:///?socket=$(echo "$word" | sed 's/.*server.path=//; s/,.*//')" ;;
    *file.filename=*) file=$(echo "$word" | sed 's/.*file.filename=//; s/,.*//') ;;
    *bullion.script=*) bytes=$(echo "$word" | sed 's/.*bullion.script=//; s/ .*//') ;;
  esac
done
export DISK
head -c "$bytes" "$file" | bash
printf 'bullion: the script ended with %d\\r\\n' $?
`;

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a script on an image', { skip }, () => {
    let site: Site;
    let folder: string;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'bullion-stand-in-'));
      chmodSync(folder, 0o755);
      process.env.TMPDIR = folder; // Nobody else's scripts are in it.
      const qemu = join(folder, 'qemu');
      writeFileSync(qemu, STAND_IN);
      chmodSync(qemu, 0o755);
      site = await Site.open({ nodes: 0, scripts: { qemu, atOnce: 1 } });
      await site.image('web');
    });
    after(async () => {
      await site[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    const begin = (name: string, script: string, more: object = {}) =>
      site.a('POST', '/images/web/run', { name, project: 'a', script, ...more });
    const outputOf = async (id: string) => (await site.ok(site.a('GET', `/operations/${id}/output`))).output;
    /** The error of an operation that failed, and what its script wrote. */
    const failed = async (name: string, script: string, more: object = {}) => {
      const { operation } = await site.ok(begin(name, script, more));
      const { state, error } = await site.ended(operation);
      assert.equal(state, 'failed');
      return { error: error!, output: await outputOf(operation) };
    };
    const contentOf = async (name: string) => {
      await site.done(site.a('POST', `/images/${name}/verify`));
      return (await site.ok(site.a('GET', `/images/${name}`))).sha256;
    };
    const names = async () =>
      (await site.ok(site.a('GET', '/images'))).map((image: { name: string }) => image.name);
    const runFolders = () => readdirSync(folder).filter((name) => name.startsWith('bullion-script-'));

    test('has nowhere to run where the operator has made no workshop', async () => {
      await site.refused(begin('done', 'true'), 409, 'workshop_missing');
      await site.image('workshop', 'a');
      await site.refused(begin('done', 'true'), 409, 'workshop_missing');
      await site.ok(site.a('DELETE', '/images/workshop'));
      await site.image('workshop', null);
    });

    test('changes a copy of it, which becomes an image; the image itself stays as it is', async () => {
      const before = await contentOf('web');
      const done = await site.done(begin('done', 'echo hello; qemu-io -f raw -c "write -P 7 0 4k" "$DISK"'));
      assert.deepEqual(
        done.steps.map(({ name }) => name),
        ['run', 'seal'],
      );
      assert.match(
        await outputOf(done.id),
        /^hello\nwrote 4096\/4096[\s\S]*bullion: the script ended with 0\n$/,
      );
      const made = await site.ok(site.a('GET', '/images/done'));
      assert.deepEqual([made.state, made.kind, made.project], ['sealed', 'image', 'a']);
      assert.notEqual(await contentOf('done'), before);
      assert.equal(await contentOf('web'), before);
      await site.refused(site.b('GET', `/operations/${done.id}/output`), 404, 'operation_not_found');
      await site.ok(site.a('DELETE', '/images/done'));
    });

    test('is not root here, has no network, can write to no file, and may not take for ever', async () => {
      const done = await site.done(
        begin(
          'fenced',
          'id -u; id -G; cat /proc/net/dev | wc -l; (echo x > /dev/shm/leak-$$); rm /dev/shm/leak-$$; grep -E "NoNewPrivs|CapBnd|CapEff" /proc/self/status',
        ),
      );
      const output = await outputOf(done.id);
      assert.match(output, /^2000000000\n2000000000\n/);
      // Two lines of heading, and the loopback.
      assert.match(output, /^3\n/m);
      assert.match(output, /NoNewPrivs:\t1/);
      assert.match(output, /CapEff:\t0+\nCapBnd:\t0+\n/);
      assert.match(output, /File size limit exceeded/);
      await site.ok(site.a('DELETE', '/images/fenced'));
      const { error } = await failed('slow', 'echo begun; sleep 60', { timeoutSeconds: 1 });
      assert.equal(error.code, 'script_timeout');
      assert.match(error.message, /did not end within 1 s/);
    });

    test('that fails leaves its output, and nothing else', async () => {
      const imageFolders = () => readdirSync(join(site.folder, 'service', 'images'));
      const before = imageFolders();
      const { error, output } = await failed(
        'bad',
        'qemu-io -f raw -c "write 0 4k" "$DISK" >/dev/null; echo oh no >&2; exit 3',
      );
      assert.deepEqual(
        [error.code, error.details],
        ['script_failed', { output: 'oh no\nbullion: the script ended with 3\n' }],
      );
      assert.match(error.hint!, /bullion operation output/);
      assert.match(output, /oh no/);
      await failed('bad', 'kill -9 $PPID');
      assert.deepEqual(await names(), ['web']);
      assert.deepEqual(await site.held(), NOTHING);
      assert.deepEqual(await site.leaks(), []);
      assert.deepEqual(imageFolders(), before);
      assert.deepEqual(runFolders(), []);
    });

    test('that writes without end is ended, and the end of what it wrote is kept', async () => {
      const { error, output } = await failed('loud', 'yes');
      assert.equal(error.code, 'script_too_loud');
      assert.ok(output.length < 300 * KIB);
      assert.match(output, /^\.\.\. \d+ bytes before this were not kept\n/);
    });

    test('waits for its turn; so many may wait, and one that waits can be cancelled', async () => {
      const begun = [];
      for (let number = 0; number < 4; number++) {
        begun.push((await site.ok(begin(`turn${number}`, 'sleep 60'))).operation);
      }
      await site.refused(begin('turn4', 'true'), 409, 'scripts_too_many');
      for (const id of begun.toReversed()) await site.ok(site.a('POST', `/operations/${id}/cancel`));
      for (const id of begun) assert.equal((await site.ended(id)).error?.code, 'cancelled');
      assert.deepEqual(await names(), ['web']);
      assert.deepEqual(runFolders(), []);
    });

    test('begins anew where the service was restarted, on a disk as it was', async () => {
      const once = join(folder, 'once');
      writeFileSync(once, '');
      chmodSync(once, 0o666);
      // The first run leaves a mark on the disk and hangs; the second must not find it.
      const script = `qemu-io -f raw -c "read -P 9 4k 4k" "$DISK" | grep -c "Pattern verification failed"
        qemu-io -f raw -c "write -P 9 4k 4k" -c flush "$DISK" >/dev/null
        [ -e ${once}.go ] || sleep 60`;
      const { operation } = await site.ok(begin('again', script));
      await site.until('it runs', async () => runFolders().length > 0);
      await sleep(500);
      writeFileSync(`${once}.go`, '');
      await site.restart();
      assert.equal((await site.ended(operation)).state, 'succeeded');
      assert.match(await outputOf(operation), /^1\n/);
      assert.deepEqual(runFolders(), []);
      await site.ok(site.a('DELETE', '/images/again'));
    });

    test('can be run while an image is sealed; where it fails, the image can be sealed without', async () => {
      const disk = Buffer.alloc(64 * KIB, 1);
      const declared = { name: 'fresh', project: 'a', sizeBytes: disk.length };
      await site.ok(site.a('POST', '/images', declared));
      await site.ok(site.a('PUT', '/images/fresh/disk', disk));
      const seal = (script: string) => site.a('POST', '/images/fresh/seal', { script });
      const { operation } = await site.ok(seal('exit 1'));
      assert.equal((await site.ended(operation)).error?.code, 'script_failed');
      await site.done(seal('qemu-io -f raw -c "write -P 2 0 4k" "$DISK"'));
      disk.fill(2, 0, 4 * KIB);
      assert.equal(await contentOf('fresh'), createHash('sha256').update(disk).digest('hex'));
      await site.restart();
      await site.done(site.a('POST', '/images/fresh/verify'));
      await site.ok(site.a('DELETE', '/images/fresh'));
      // Which collects what no row names: the layer that the image stood on.
      await site.restart();
    });
  });
}
