import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { insideOwnNetwork } from './testing/own-network.ts';
import { Site } from './testing/site.ts';

const BLOCK = 4096;

if (await insideOwnNetwork(import.meta.filename)) {
  describe('an image', () => {
    let site: Site;
    before(async () => {
      site = await Site.open({ nodes: 0 });
    });
    after(() => site[Symbol.asyncDispose]());

    const declare = (name: string, sizeBytes: number, more: object = {}) =>
      site.a('POST', '/images', { name, project: 'a', sizeBytes, ...more });
    const files = () =>
      readdirSync(join(site.folder, 'service', 'images'), { recursive: true, withFileTypes: true })
        // A deleted image keeps its kernel for a time.
        .filter((entry) => entry.isFile() && !['kernel', 'initrd'].includes(entry.name))
        .map(({ name }) => name);

    /** Sends the head of an upload and `bytes`, and hangs up. */
    async function broken(
      path: string,
      length: number,
      bytes: Buffer,
      hangs: Promise<unknown> = sleep(100),
    ): Promise<void> {
      const sending = request(`${site.url}/provisioning/v1${path}`, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${site.tokenOfA}`,
          'content-type': 'application/octet-stream',
          'content-length': length,
        },
      });
      sending.on('error', () => {});
      sending.write(bytes);
      await hangs;
      sending.destroy();
      await new Promise((resolve) => sending.once('close', resolve));
    }

    test('that is empty, odd or negative in size is refused when it is declared', async () => {
      await site.refused(declare('bad', 0), 400, 'image_empty');
      await site.refused(declare('bad', BLOCK + 1), 400, 'image_size_odd');
      await site.refused(declare('bad', 511), 400, 'image_size_odd');
      await site.refused(declare('bad', -BLOCK), 400, 'request_invalid');
      await site.refused(declare('bad', 0.5), 400, 'request_invalid');
      await site.refused(site.a('GET', '/images/bad'), 404, 'image_not_found');
    });

    test('is looked into by whoever may see it', async () => {
      await site.image('looked', 'a', Buffer.alloc(64 * 1024, 3));
      const { boots, findings } = await site.ok(site.a('GET', '/images/looked/check'));
      assert.equal(boots, 'no');
      assert.match(findings[0].found, /no partition with a Linux system/);
      await site.refused(site.b('GET', '/images/looked/check'), 404, 'image_not_found');
      await site.ok(site.a('DELETE', '/images/looked'));
    });

    test('has the hash of its file, and its zeros take no room', async () => {
      const disk = Buffer.concat([randomBytes(BLOCK), Buffer.alloc(8 * 1024 * 1024), randomBytes(BLOCK)]);
      await site.image('sparse', 'a', disk);
      const { sha256 } = await site.ok(site.a('GET', '/images/sparse'));
      assert.equal(sha256, createHash('sha256').update(disk).digest('hex'));
      await site.done(site.a('POST', '/images/sparse/verify'));
      assert.deepEqual(
        files().filter((name) => name === 'disk'),
        [],
      );
      const layers = join(site.folder, 'service', 'volumes', 'layers');
      const taken = readdirSync(layers).reduce(
        (sum, name) => sum + statSync(join(layers, name)).blocks * 512,
        0,
      );
      assert.ok(taken < 1024 * 1024, `${taken} bytes`);
      await site.ok(site.a('DELETE', '/images/sparse'));
    });

    test('whose disk is too short or too long is refused, and nothing of it is kept', async () => {
      await site.ok(declare('short', 4 * BLOCK));
      const put = (bytes: number) => site.a('PUT', '/images/short/disk', Buffer.alloc(bytes, 1));
      const { message } = await site.refused(put(3 * BLOCK), 400, 'image_truncated');
      assert.match(message, /declared with 16384 bytes, but only 12288 came/);
      await site.refused(put(5 * BLOCK), 400, 'image_truncated');
      assert.deepEqual(files(), []);
      await site.refused(site.a('POST', '/images/short/seal'), 409, 'image_incomplete');
      await site.ok(put(4 * BLOCK));
      await site.done(site.a('POST', '/images/short/seal'));
      await site.ok(site.a('DELETE', '/images/short'));
    });

    test('whose upload breaks off leaves nothing, and can be uploaded again', async () => {
      await site.ok(declare('broken', 64 * BLOCK));
      await broken('/images/broken/disk', 64 * BLOCK, Buffer.alloc(3 * BLOCK, 1));
      await broken('/images/broken/kernel', 1000, Buffer.alloc(10, 1));
      await site.until('the halves are gone', async () => files().length === 0);
      await site.ok(site.a('PUT', '/images/broken/disk', Buffer.alloc(64 * BLOCK, 1)));
      await site.done(site.a('POST', '/images/broken/seal'));
      await site.ok(site.a('DELETE', '/images/broken'));
    });

    test('is not sealed while it is being uploaded, and a part has one upload at a time', async () => {
      await site.ok(declare('busy', 64 * BLOCK));
      await site.ok(site.a('PUT', '/images/busy/disk', Buffer.alloc(64 * BLOCK, 1)));
      const seen = Promise.withResolvers<void>();
      const hanging = broken('/images/busy/disk', 64 * BLOCK, Buffer.alloc(BLOCK, 2), seen.promise);
      await site.until('the upload has begun', async () => files().some((name) => name.includes('.part-')));
      await site.refused(site.a('POST', '/images/busy/seal'), 409, 'upload_running');
      await site.refused(
        site.a('PUT', '/images/busy/disk', Buffer.alloc(64 * BLOCK, 3)),
        409,
        'upload_running',
      );
      seen.resolve();
      await hanging;
      await site.until('the half is gone', async () => files().length === 1);
      await site.done(site.a('POST', '/images/busy/seal'));
      await site.refused(site.a('PUT', '/images/busy/disk', Buffer.alloc(BLOCK)), 409, 'image_sealed');
      await site.refused(site.a('PUT', '/images/busy/kernel', Buffer.alloc(BLOCK)), 409, 'image_sealed');
      await site.refused(site.a('POST', '/images/busy/seal'), 409, 'image_sealed');
      await site.ok(site.a('DELETE', '/images/busy'));
    });

    test('that is sealed twice at once is sealed once', async () => {
      await site.ok(declare('twice', 256 * BLOCK));
      await site.ok(site.a('PUT', '/images/twice/disk', randomBytes(256 * BLOCK)));
      const seals = await Promise.all([1, 2, 3].map(() => site.ok(site.a('POST', '/images/twice/seal'))));
      assert.equal(new Set(seals.map(({ operation }) => operation)).size, 1);
      assert.equal((await site.ended(seals[0].operation)).state, 'succeeded');
      await site.ok(site.a('DELETE', '/images/twice'));
    });

    test('that is deleted while it is being uploaded leaves nothing', async () => {
      await site.ok(declare('gone', 64 * BLOCK));
      const deleted = Promise.withResolvers<void>();
      const hanging = broken('/images/gone/disk', 64 * BLOCK, Buffer.alloc(BLOCK, 1), deleted.promise);
      await site.until('the upload has begun', async () => files().length === 1);
      await site.ok(site.a('DELETE', '/images/gone'));
      deleted.resolve();
      await hanging;
      await site.until('nothing is left', async () => files().length === 0);
    });

    test('takes bytes and nothing else for a part', async () => {
      await site.ok(declare('typed', BLOCK));
      await site.refused(site.a('PUT', '/images/typed/disk'), 415, 'upload_not_binary');
      await site.refused(site.a('PUT', '/images/typed/disk', { a: 1 }), 415, 'upload_not_binary');
      await site.refused(site.a('PUT', '/images/typed/kernel', Buffer.alloc(0)), 400, 'boot_file_empty');
      await site.refused(site.a('PUT', '/images/typed/other', Buffer.alloc(1)), 400, 'request_invalid');
      await site.ok(site.a('DELETE', '/images/typed'));
    });

    test('with a kernel is incomplete without it', async () => {
      await site.ok(declare('kernelless', BLOCK, { cmdline: 'quiet' }));
      await site.ok(site.a('PUT', '/images/kernelless/disk', Buffer.alloc(BLOCK)));
      await site.refused(site.a('POST', '/images/kernelless/seal'), 409, 'image_incomplete');
      await site.ok(site.a('DELETE', '/images/kernelless'));
    });

    test('that the disk of this server has damaged is found by its hash', async () => {
      const disk = await site.image('damaged', 'a', randomBytes(64 * BLOCK));
      const layers = join(site.folder, 'service', 'volumes', 'layers');
      const path = readdirSync(layers)
        .map((name) => join(layers, name))
        .find((file) => readFileSync(file).subarray(0, BLOCK).equals(disk.subarray(0, BLOCK)))!;
      const bytes = readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(path, bytes);
      const { operation } = await site.ok(site.a('POST', '/images/damaged/verify'));
      const { state, error } = await site.ended(operation);
      assert.equal(state, 'failed');
      assert.ok(['image_changed', 'storage_corrupt'].includes(error!.code), error!.code);
      assert.ok(error!.hint);
      await site.ok(site.a('DELETE', '/images/damaged'));
    });

    test("is its project's, until it is public; its owner alone changes it", async () => {
      await site.image('private', 'a');
      await site.refused(site.b('GET', '/images/private'), 404, 'image_not_found');
      await site.refused(site.b('DELETE', '/images/private'), 404, 'image_not_found');
      await site.refused(
        site.b('POST', '/volumes', { name: 'x', project: 'b', image: 'private' }),
        404,
        'image_not_found',
      );
      await site.ok(declare('shared', BLOCK, { public: true }));
      await site.ok(site.a('PUT', '/images/shared/disk', Buffer.alloc(BLOCK, 1)));
      await site.done(site.a('POST', '/images/shared/seal'));
      await site.refused(site.b('DELETE', '/images/shared'), 403, 'image_not_yours');
      const { operation } = await site.ok(site.b('POST', '/images/shared/verify'));
      const waited = await site.ok(site.b('GET', `/operations/${operation}?wait=10`));
      assert.equal(waited.state, 'succeeded');
      await site.refused(site.a('GET', `/operations/${operation}`), 404, 'operation_not_found');
      await site.refused(declare('theirs', BLOCK, { project: 'b' }), 403, 'project_not_yours');
      await site.refused(
        site.operator('POST', '/images', { name: 'nobodys', project: 'nobody', sizeBytes: BLOCK }),
        404,
        'project_not_found',
      );
      await site.ok(site.a('DELETE', '/images/private'));
      await site.ok(site.a('DELETE', '/images/shared'));
    });
  });

  test('an image that does not fit on the disk is refused, and takes no room', async () => {
    await using site = await Site.open({ nodes: 0, diskMiB: 12 });
    const MiB = 1024 * 1024;
    await site.ok(site.a('POST', '/images', { name: 'large', project: 'a', sizeBytes: 32 * MiB }));
    const upload = site.a('PUT', '/images/large/disk', randomBytes(32 * MiB));
    await site.refused(upload, 503, 'storage_no_space');
    await site.ok(site.a('DELETE', '/images/large'));
    // It fits once, but not a second time, sealed.
    await site.ok(site.a('POST', '/images', { name: 'medium', project: 'a', sizeBytes: 7 * MiB }));
    await site.ok(site.a('PUT', '/images/medium/disk', randomBytes(7 * MiB)));
    const { operation } = await site.ok(site.a('POST', '/images/medium/seal'));
    const { error } = await site.ended(operation);
    assert.equal(error?.code, 'storage_no_space');
    assert.equal((await site.ok(site.a('GET', '/images/medium'))).state, 'uploading');
    await site.ok(site.a('DELETE', '/images/medium'));
    await site.image('small', 'a', randomBytes(2 * MiB));
  });

  describe('a volume', () => {
    let site: Site;
    let disk: Buffer;
    before(async () => {
      site = await Site.open({ nodes: 0 });
      disk = await site.image('debian');
    });
    after(() => site[Symbol.asyncDispose]());

    const clone = (name: string, image = 'debian') =>
      site.a('POST', '/volumes', { name, project: 'a', image });
    const snapshot = (volume: string, name: string) =>
      site.a('POST', `/volumes/${volume}/snapshots`, { name });

    test('is a clone of a sealed image, under a name of its own', async () => {
      const volume = await site.ok(clone('home'));
      assert.equal(volume.sizeBytes, disk.length);
      assert.equal(volume.node, null);
      await site.refused(clone('home'), 409, 'volume_exists');
      await site.refused(clone('other', 'nothing'), 404, 'image_not_found');
      await site.ok(site.a('POST', '/images', { name: 'open', project: 'a', sizeBytes: BLOCK }));
      await site.refused(clone('other', 'open'), 409, 'image_not_sealed');
      await site.refused(site.b('GET', '/volumes/home'), 404, 'volume_not_found');
      await site.refused(site.b('DELETE', '/volumes/home'), 404, 'volume_not_found');
      await site.refused(site.b('POST', '/volumes/home/snapshots', { name: 'x' }), 404, 'volume_not_found');
      await site.refused(
        site.b('POST', '/volumes', { name: 'x', project: 'a', image: 'debian' }),
        404,
        'project_not_found',
      );
      await site.ok(site.a('DELETE', '/volumes/home'));
      await site.ok(site.a('DELETE', '/images/open'));
    });

    test('can be deleted while its snapshot stands, and its image cannot', async () => {
      await site.ok(clone('home'));
      await site.ok(snapshot('home', 'then'));
      await site.refused(snapshot('home', 'then'), 409, 'image_exists');
      await site.refused(snapshot('home', 'debian'), 409, 'image_exists');
      await site.ok(site.a('DELETE', '/volumes/home'));
      await site.refused(site.a('DELETE', '/images/debian'), 409, 'image_in_use');
      await site.done(site.a('POST', '/images/then/verify'));
      const { sha256 } = await site.ok(site.a('GET', '/images/then'));
      assert.equal(sha256, createHash('sha256').update(disk).digest('hex'));
      await site.ok(site.a('DELETE', '/images/then'));
    });

    test('loses a snapshot that others still stand on, and they keep what they need', async () => {
      await site.ok(clone('home'));
      await site.ok(snapshot('home', 'older'));
      await site.ok(snapshot('home', 'newer'));
      const listed = await site.ok(site.a('GET', '/volumes/home/snapshots'));
      assert.deepEqual(
        listed.map(({ name }: { name: string }) => name),
        ['older', 'newer'],
      );
      await site.ok(site.a('DELETE', '/images/older'));
      await site.done(site.a('POST', '/images/newer/verify'));
      await site.ok(site.a('POST', '/images/older/undelete'));
      await site.done(site.a('POST', '/images/older/verify'));
      await site.ok(site.a('DELETE', '/images/older'));
      await site.ok(site.a('DELETE', '/volumes/home'));
      await site.ok(site.a('DELETE', '/images/newer'));
    });

    test('that is deleted while it is snapshotted is snapshotted or is not, and nothing half is left', async () => {
      for (let round = 0; round < 8; round++) {
        await site.ok(clone('home'));
        const [taken] = await Promise.all([
          snapshot('home', 'race'),
          site.ok(site.a('DELETE', '/volumes/home')),
        ]);
        assert.ok([200, 404].includes(taken.status), JSON.stringify(taken.body));
        if (taken.status === 200) await site.ok(site.a('DELETE', '/images/race'));
        else await site.refused(site.a('GET', '/images/race'), 404, 'image_not_found');
      }
    });

    test('is cloned of an image that is being deleted, or is not; nothing half is left', async () => {
      for (let round = 0; round < 8; round++) {
        await site.image('passing', 'a', Buffer.alloc(BLOCK, round));
        const [cloned, deleted] = await Promise.all([
          clone('home', 'passing'),
          site.a('DELETE', '/images/passing'),
        ]);
        assert.deepEqual(
          [cloned.status, deleted.status],
          cloned.status === 200 ? [200, 409] : [404, 200],
          JSON.stringify([cloned.body, deleted.body]),
        );
        if (cloned.status !== 200) continue;
        await site.ok(site.a('DELETE', '/volumes/home'));
        await site.ok(site.a('DELETE', '/images/passing'));
      }
    });
  });
}
