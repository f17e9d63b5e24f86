import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { run } from '@bullion/service';
import { TestRegistry } from '../../libraries/volumes/transfer/testing/registry-server.ts';
import { FileServer } from './testing/files.ts';
import { insideOwnNetwork } from './testing/own-network.ts';
import { Site } from './testing/site.ts';

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const LOOPBACK = ['public', '127.0.0.0/8'];

if (await insideOwnNetwork(import.meta.filename)) {
  describe('an image', () => {
    let site: Site;
    let web: FileServer;
    const folder = mkdtempSync(join(tmpdir(), 'bullion-transfers-'));
    before(async () => {
      web = await FileServer.start();
      site = await Site.open({ nodes: 0, importFrom: LOOPBACK });
    });
    after(async () => {
      await web[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });
    const declare = (name: string, more: object = {}) =>
      site.ok(site.a('POST', '/images', { name, project: 'a', ...more }));
    const drop = (name: string) => site.ok(site.a('DELETE', `/images/${name}`));
    const scratch = () => readdirSync(join(site.folder, 'service', 'scratch'));
    const download = (name: string, query = '', headers: Record<string, string> = {}) =>
      fetch(`${site.url}/provisioning/v1/images/${name}/disk${query}`, {
        headers: { authorization: `Bearer ${site.tokenOfA}`, ...headers },
      });
    async function qcow2(disk: Buffer): Promise<Buffer> {
      writeFileSync(join(folder, 'raw'), disk);
      const args = ['convert', '-f', 'raw', '-O', 'qcow2', join(folder, 'raw'), join(folder, 'qcow2')];
      const { code, stderr } = await run('qemu-img', args, { timeoutMs: 20_000 });
      assert.equal(code, 0, stderr);
      return readFileSync(join(folder, 'qcow2'));
    }

    test('is imported from an address, whatever it is packed in', async () => {
      const disk = Buffer.concat([randomBytes(64 * 1024), Buffer.alloc(1024 * 1024)]);
      const packed = { raw: disk, gz: gzipSync(disk), zst: zstdCompressSync(disk), qcow2: await qcow2(disk) };
      for (const [name, bytes] of Object.entries(packed)) {
        web.files.set(`/${name}`, bytes);
        await declare(name);
        await site.done(
          site.a('POST', `/images/${name}/import`, { url: web.url(`/${name}`), sha256: sha(bytes) }),
        );
        const image = await site.ok(site.a('GET', `/images/${name}`));
        assert.deepEqual([image.state, image.sizeBytes, image.sha256], ['sealed', disk.length, sha(disk)]);
        await drop(name);
      }
      assert.deepEqual(scratch(), []);
    });

    test('is uploaded packed, where its size was not declared', async () => {
      const disk = randomBytes(128 * 1024);
      await declare('packed');
      await site.ok(site.a('PUT', '/images/packed/disk', gzipSync(disk)));
      await site.done(site.a('POST', '/images/packed/seal'));
      const image = await site.ok(site.a('GET', '/images/packed'));
      assert.deepEqual([image.sizeBytes, image.sha256], [disk.length, sha(disk)]);
      await drop('packed');
    });

    test('is not what was announced: refused, and nothing is left', async () => {
      const disk = randomBytes(64 * 1024);
      web.files.set('/wrong', disk);
      await declare('wrong');
      const begin = (body: object) => site.a('POST', '/images/wrong/import', body);
      for (const announced of [
        { sha256: sha(Buffer.from('other')) },
        { contentSha256: sha(Buffer.from('other')) },
      ]) {
        const { operation } = await site.ok(begin({ url: web.url('/wrong'), ...announced }));
        const { error } = await site.ended(operation);
        assert.ok(['transfer_source_invalid', 'storage_image_changed'].includes(error!.code), error!.code);
      }
      const { operation } = await site.ok(begin({ url: web.url('/nothing') }));
      assert.equal((await site.ended(operation)).error?.code, 'transfer_source_missing');
      await site.refused(begin({}), 400, 'import_source_unclear');
      await site.refused(begin({ url: 'file:///etc/passwd' }), 400, 'transfer_source_invalid');
      await site.refused(begin({ oci: 'nonsense' }), 400, 'transfer_source_invalid');
      assert.deepEqual(scratch(), []);
      await drop('wrong');
    });

    test('whose content is known is not fetched', async () => {
      const disk = await site.image('known');
      const seen = web.seen.length;
      await declare('again');
      const body = { url: web.url('/never'), contentSha256: sha(disk) };
      await site.done(site.a('POST', '/images/again/import', body));
      assert.equal(web.seen.length, seen);
      // The hash alone gives nobody what they may not read.
      await site.ok(site.b('POST', '/images', { name: 'theirs', project: 'b' }));
      const { operation } = await site.ok(site.b('POST', '/images/theirs/import', body));
      assert.equal((await site.ended(operation)).error?.code, 'transfer_source_missing');
      await site.ok(site.b('DELETE', '/images/theirs'));
      await drop('known');
      await site.done(site.a('POST', '/images/again/verify'));
      await drop('again');
    });

    test('goes on where it was after a restart, and leaves nothing when it is cancelled', async () => {
      const disk = randomBytes(4 * 1024 * 1024);
      web.files.set('/large', disk);
      web.hangAfter = 3 * 1024 * 1024;
      await declare('large');
      const { operation } = await site.ok(site.a('POST', '/images/large/import', { url: web.url('/large') }));
      await site.until('it is under way', async () => web.seen.includes('/large'));
      await site.refused(site.a('DELETE', '/images/large'), 409, 'image_sealing');
      await new Promise((resolve) => setTimeout(resolve, 500));
      await site.stop();
      web.hangAfter = undefined;
      await site.start();
      assert.equal((await site.ended(operation)).state, 'succeeded');
      assert.match(web.seen.at(-1)!, /^\/large bytes=[1-9]\d*-$/);
      assert.equal((await site.ok(site.a('GET', '/images/large'))).sha256, sha(disk));
      await drop('large');

      web.hangAfter = 1024;
      await declare('stopped');
      const begun = await site.ok(site.a('POST', '/images/stopped/import', { url: web.url('/large') }));
      await site.refused(site.b('POST', `/operations/${begun.operation}/cancel`), 404, 'operation_not_found');
      await site.ok(site.a('POST', `/operations/${begun.operation}/cancel`));
      assert.equal((await site.ended(begun.operation)).error?.code, 'cancelled');
      assert.deepEqual(scratch(), []);
      web.hangAfter = undefined;
      await drop('stopped');
    });

    test('is downloaded, raw and qcow2, whole and from the middle', async () => {
      const disk = await site.image('down', 'a', randomBytes(64 * 1024));
      const whole = await download('down');
      assert.equal(sha(Buffer.from(await whole.arrayBuffer())), sha(disk));
      const part = await download('down', '', { range: 'bytes=1001-5000' });
      assert.deepEqual(
        [part.status, part.headers.get('content-range')],
        [206, `bytes 1001-5000/${disk.length}`],
      );
      assert.ok(Buffer.from(await part.arrayBuffer()).equals(disk.subarray(1001, 5001)));
      assert.equal((await download('down', '', { range: 'bytes=99999999-' })).status, 416);
      const stale = await download('down', '', { range: 'bytes=5-', 'if-range': '"other"' });
      assert.equal((await stale.arrayBuffer()).byteLength, disk.length);
      assert.equal((await download('down', '?format=qcow2')).status, 409);
      await site.done(site.a('POST', '/images/down/export'));
      const packed = await download('down', '?format=qcow2');
      writeFileSync(join(folder, 'got'), Buffer.from(await packed.arrayBuffer()));
      const { code } = await run(
        'qemu-img',
        ['compare', '-f', 'qcow2', '-F', 'raw', join(folder, 'got'), await written(disk)],
        { timeoutMs: 20_000 },
      );
      assert.equal(code, 0);
      await site.refused(site.b('GET', '/images/down/disk'), 404, 'image_not_found');
      await drop('down');
    });
    const written = async (disk: Buffer) => {
      writeFileSync(join(folder, 'disk'), disk);
      return join(folder, 'disk');
    };

    test('is pushed to a registry and pulled from it', async (t) => {
      const registry = await TestRegistry.start(t);
      const reference = `${registry.origin.replace('http://', '')}/images/web:1`;
      const disk = await site.image('pushed');
      await site.done(site.a('POST', '/images/pushed/push', { reference }));
      await declare('pulled');
      await site.done(site.a('POST', '/images/pulled/import', { oci: reference }));
      assert.equal((await site.ok(site.a('GET', '/images/pulled'))).sha256, sha(disk));
      await drop('pushed');
      await drop('pulled');
    });

    test('is copied, and the copy needs the original no more', async () => {
      const disk = await site.image('first');
      await site.done(site.a('POST', '/images/first/copy', { name: 'second', project: 'a' }));
      await site.refused(
        site.b('POST', '/images/first/copy', { name: 'x', project: 'b' }),
        404,
        'image_not_found',
      );
      await site.refused(
        site.a('POST', '/images/first/copy', { name: 'x', project: 'b' }),
        404,
        'project_not_found',
      );
      await drop('first');
      const image = await site.ok(site.a('GET', '/images/second'));
      assert.deepEqual([image.state, image.kind, image.sha256], ['sealed', 'image', sha(disk)]);
      await site.done(site.a('POST', '/images/second/verify'));
      await drop('second');
    });

    test('is renamed with all that refers to it', async () => {
      await site.image('before');
      await site.ok(site.a('POST', '/volumes', { name: 'v', project: 'a', image: 'before' }));
      await site.ok(site.a('POST', '/volumes/v/snapshots', { name: 's' }));
      await site.image('taken');
      await site.ok(site.a('POST', '/volumes', { name: 'w', project: 'a', image: 'before' }));
      await site.ok(site.a('DELETE', '/volumes/w'));
      await site.refused(site.a('PATCH', '/images/before', { name: 'taken' }), 409, 'image_exists');
      await site.ok(site.a('PATCH', '/images/before', { name: 'after' }));
      await site.refused(site.a('GET', '/images/before'), 404, 'image_not_found');
      assert.equal((await site.ok(site.a('GET', '/volumes/v'))).image, 'after');
      assert.equal((await site.ok(site.a('POST', '/volumes/w/undelete'))).image, 'after');
      await site.ok(site.a('DELETE', '/volumes/w'));
      assert.equal((await site.ok(site.a('GET', '/images/s'))).parent, 'after');
      await site.refused(site.a('DELETE', '/images/after'), 409, 'image_in_use');
      for (const path of ['/images/s', '/volumes/v', '/images/after', '/images/taken'])
        await site.ok(site.a('DELETE', path));
    });

    test('is shared with one project, then with all, then with nobody', async () => {
      await site.image('lent');
      const seen = async () => (await site.b('GET', '/images/lent')).status;
      assert.equal(await seen(), 404);
      await site.refused(site.a('PUT', '/images/lent/shares/nobody'), 404, 'project_not_found');
      await site.ok(site.a('PUT', '/images/lent/shares/b'));
      assert.deepEqual((await site.ok(site.a('GET', '/images/lent'))).sharedWith, ['b']);
      assert.deepEqual((await site.ok(site.b('GET', '/images/lent'))).sharedWith, []);
      const listed = await site.ok(site.b('GET', '/images'));
      assert.deepEqual(
        listed.map(({ name }: { name: string }) => name),
        ['lent'],
      );
      await site.refused(site.b('DELETE', '/images/lent'), 403, 'image_not_yours');
      await site.refused(site.b('PATCH', '/images/lent', { public: true }), 403, 'image_not_yours');
      await site.ok(site.b('POST', '/volumes', { name: 'theirs', project: 'b', image: 'lent' }));
      await site.ok(site.a('DELETE', '/images/lent/shares/b'));
      assert.equal(await seen(), 404);
      const { message } = await site.refused(site.a('DELETE', '/images/lent'), 409, 'image_in_use');
      assert.match(message, /in use by 1 of other projects/);
      await site.ok(site.b('DELETE', '/volumes/theirs'));
      await site.ok(site.a('PATCH', '/images/lent', { public: true }));
      assert.equal(await seen(), 200);
      await site.ok(site.a('PATCH', '/images/lent', { public: false }));
      assert.equal(await seen(), 404);
      await drop('lent');
    });

    test('is undeleted with its kernel, and so is a volume', async () => {
      const disk = await site.image('lost');
      await site.ok(site.a('POST', '/volumes', { name: 'v', project: 'a', image: 'lost' }));
      await site.ok(site.a('DELETE', '/volumes/v'));
      await drop('lost');
      const deleted = await site.ok(site.a('GET', '/deleted'));
      const names = deleted.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`);
      assert.ok(names.includes('image lost') && names.includes('volume v'), names.join());
      const theirs: { project: string }[] = await site.ok(site.b('GET', '/deleted'));
      assert.ok(theirs.every(({ project }) => project === 'b'));
      await site.refused(site.b('POST', '/images/lost/undelete'), 404, 'deleted_image_not_found');
      await site.refused(site.a('POST', '/volumes/v/undelete'), 409, 'volume_image_deleted');
      await site.restart();
      await site.ok(site.a('POST', '/images/lost/undelete'));
      await site.ok(site.a('POST', '/volumes/v/undelete'));
      await site.refused(site.a('POST', '/images/lost/undelete'), 404, 'deleted_image_not_found');
      await site.done(site.a('POST', '/images/lost/verify'));
      assert.equal((await site.ok(site.a('GET', '/images/lost'))).sha256, sha(disk));
      assert.equal((await site.ok(site.a('GET', '/volumes/v'))).image, 'lost');
      const kernels = readdirSync(join(site.folder, 'service', 'images'), { recursive: true }) as string[];
      assert.equal(kernels.filter((path) => path.endsWith('kernel')).length > 0, true);
      await site.ok(site.a('DELETE', '/volumes/v'));
      await drop('lost');
    });

    test('of a volume is what it is restored to', async () => {
      await site.image('base');
      await site.image('other');
      await site.ok(site.a('POST', '/volumes', { name: 'v', project: 'a', image: 'base' }));
      await site.ok(site.a('POST', '/volumes/v/snapshots', { name: 'good' }));
      const restored = await site.ok(site.a('POST', '/volumes/v/restore', { to: 'good' }));
      assert.equal(restored.name, 'v');
      await site.ok(site.a('POST', '/volumes/v/restore', { to: 'base' }));
      await site.refused(
        site.a('POST', '/volumes/v/restore', { to: 'other' }),
        409,
        'snapshot_of_other_volume',
      );
      await site.refused(site.b('POST', '/volumes/v/restore', { to: 'good' }), 404, 'volume_not_found');
      for (const path of ['/volumes/v', '/images/good', '/images/base', '/images/other'])
        await site.ok(site.a('DELETE', path));
    });
  });

  test('nothing is fetched from within the data centre, however it is named', async () => {
    await using site = await Site.open({ nodes: 0 });
    await using web = await FileServer.start();
    await site.ok(site.a('POST', '/images', { name: 'x', project: 'a' }));
    const port = new URL(web.url('/')).port;
    for (const host of [
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f.1',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '10.66.0.1',
      '169.254.169.254',
    ]) {
      const url = `http://${host}:${port}/secret`;
      await site.refused(site.a('POST', '/images/x/import', { url }), 403, 'import_host_refused');
    }
    await site.refused(
      site.a('POST', '/images/x/import', { oci: 'localhost:5000/a/b:1' }),
      403,
      'import_host_refused',
    );
    await site.image('y');
    const push = site.a('POST', '/images/y/push', { reference: '127.0.0.1:5000/a/b:1' });
    await site.refused(push, 403, 'import_host_refused');
    assert.deepEqual(web.seen, []);
    await site.ok(site.a('DELETE', '/images/x'));
  });
}
