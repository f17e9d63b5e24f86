/**
 * A tenant's script on an image, in a real guest: QEMU, the workshop's kernel, a disk over NBD. The services run in this
 * process, their hardware in memory: no node boots here.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missingPackages } from '@bullion/node-image';
import { run } from '@bullion/service';
import { isPresent } from '@bullion/service/presence';
import { DataCentre } from '../clients/cli/testing/data-centre.ts';

const lacking = missingPackages().map((each) => each.package);
if (!isPresent('qemu-system-x86_64')) lacking.push('qemu-system-x86');
const skip =
  (lacking.length > 0 && `needs ${lacking.join(' ')}`) ||
  (process.geteuid?.() !== 0 && 'needs root, to build an image');
const HOME = process.env.BULLION_HOME ?? join(import.meta.dirname, '../.bullion');
/** Of the golden image, behind its boot partition. */
const ROOT_OFFSET = 65 * 2 ** 20;

let dc: DataCentre;
let hospital: string;
before(
  async () => {
    if (skip) return;
    dc = await DataCentre.open({ provisioning: true });
    hospital = await dc.admit('hospital');
    for (const name of ['golden', 'workshop']) {
      const built = await dc.bullion(['image', 'build', name, '--recipe', name, '--public', '--home', HOME]);
      assert.equal(built.code, 0, built.stderr);
    }
  },
  { timeout: 900_000 },
);
after(() => dc?.close());

async function runScript(script: string, as: string, image = 'golden', more: string[] = []) {
  const path = join(dc.folder, `${as}.sh`);
  await writeFile(path, script);
  return await dc.bullion(['image', 'run', image, '--script', path, '--as', as, ...more], hospital);
}

const images = async () =>
  (await dc.value<{ name: string }[]>(['image', 'list'])).map(({ name }) => name).sort();
const runFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bullion-script-'));

test('a script changes a copy of an image, alone with it', { skip, timeout: 300_000 }, async (t) => {
  const before = runFolders();
  const begun = Date.now();
  const { code, stdout, stderr } = await runScript(
    `#!/bin/bash
set -e
echo "as $(id -un) on $(. /etc/os-release; echo $ID)"
echo "interfaces: $(ls /sys/class/net | xargs)"
useradd --create-home anna
echo made by a script > /srv/made
sleep 1000 &
`,
    'web',
  );
  t.diagnostic(`${((Date.now() - begun) / 1000).toFixed(1)} s`);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /as root on debian\n.*interfaces: lo\n/);
  assert.match(stdout, /Image web is sealed: golden, and what the script has changed/);

  const disk = join(dc.folder, 'web.raw');
  await dc.value(['image', 'export', 'web', disk], hospital);
  const look = (program: string, ...args: string[]) =>
    run(program, [...args, `${disk}?offset=${ROOT_OFFSET}`], { timeoutMs: 60_000 });
  assert.equal((await look('debugfs', '-R', 'cat /srv/made')).stdout, 'made by a script\n');
  assert.match((await look('debugfs', '-R', 'cat /etc/passwd')).stdout, /^anna:/m);
  assert.equal((await look('e2fsck', '-fn')).code, 0, 'the file system was unmounted');
  await dc.value(['image', 'verify', 'golden']);
  assert.deepEqual(await images(), ['golden', 'web', 'workshop']);
  assert.deepEqual(runFolders(), before);
});

test('a script that fails, or brings its guest down, makes no image', {
  skip,
  timeout: 600_000,
}, async () => {
  const failed = await runScript('echo all is lost >&2; exit 3', 'bad');
  assert.equal(failed.code, 1, failed.stderr);
  assert.match(
    failed.stderr,
    /all is lost\n[\s\S]*the script ended with 3[\s\S]*hint: .*bullion operation output/,
  );
  const id = /bullion operation output ([0-9a-f-]{36})/.exec(failed.stderr)![1]!;
  assert.match((await dc.bullion(['operation', 'output', id], hospital)).stdout, /all is lost/);

  const down = await runScript('echo b > /proc/sysrq-trigger', 'bad');
  assert.match(down.stderr, /the guest ended before the script did/);
  const late = await runScript('sleep 1000', 'bad', 'golden', ['--time-limit', '20s']);
  assert.match(late.stderr, /did not end within 20 s/);
  assert.deepEqual(await images(), ['golden', 'web', 'workshop']);
});

test('a look into the golden image finds all that it takes to boot', { skip, timeout: 60_000 }, async () => {
  const { boots, findings } = await dc.value<{ boots: string; findings: { what: string; state: string }[] }>(
    ['image', 'check', 'golden'],
    hospital,
  );
  assert.deepEqual([boots, findings.filter(({ state }) => state !== 'ok')], ['yes', []]);
});

test('a disk without a system says so', { skip, timeout: 300_000 }, async () => {
  const disk = join(dc.folder, 'empty.raw');
  await writeFile(disk, 'nothing');
  await truncate(disk, 2 ** 20);
  await dc.value(['image', 'import', 'empty', disk], hospital);
  const { code, stderr } = await runScript('true', 'bad', 'empty');
  assert.equal(code, 1);
  assert.match(stderr, /mounting the image, it has no partition of ext4, xfs or btrfs with a Linux system/);
});

test('an import runs a script before it is sealed', { skip, timeout: 300_000 }, async () => {
  const path = join(dc.folder, 'finish.sh');
  await writeFile(path, 'rm /srv/made');
  const disk = join(dc.folder, 'web.raw');
  const imported = await dc.bullion(['image', 'import', 'done', disk, '--run', path], hospital);
  assert.equal(imported.code, 0, imported.stderr);
  const out = join(dc.folder, 'done.raw');
  await dc.value(['image', 'export', 'done', out], hospital);
  const look = ['-R', 'stat /srv/made', `${out}?offset=${ROOT_OFFSET}`];
  assert.match((await run('debugfs', look, { timeoutMs: 60_000 })).stderr, /File not found/);
});
