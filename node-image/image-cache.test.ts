import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentKey, ImageCache } from './image-cache.ts';

let cache: ImageCache;
beforeEach(async () => {
  cache = new ImageCache(await mkdtemp(join(tmpdir(), 'node-image-cache-')));
});
afterEach(() => rm(cache.folder, { recursive: true }));

const fill = (folder: string) => writeFile(join(folder, 'file'), 'made');

test('an entry is made once', async () => {
  const key = contentKey('a');
  assert.equal((await cache.entry('image', key, fill)).cached, false);
  const again = await cache.entry('image', key, () => assert.fail('made again'));
  assert.equal(again.cached, true);
  assert.equal(await readFile(join(again.folder, 'file'), 'utf8'), 'made');
});

test('an entry whose making failed is not there', async () => {
  const key = contentKey('a');
  const failing = cache.entry('image', key, async (folder) => {
    await fill(folder);
    throw new Error('disk full');
  });
  await assert.rejects(failing, /disk full/);
  assert.deepEqual(await readdir(cache.folder), []);
});

test('the entries of a kind that were not used for longest are dropped', async () => {
  for (const name of ['a', 'b', 'c']) {
    await cache.entry('image', contentKey(name), fill);
    await sleep(10);
  }
  await cache.entry('image-two', contentKey('x'), fill);
  await cache.entry('image', contentKey('a'), fill);
  await sleep(10);
  await cache.entry('image', contentKey('d'), fill);
  const left = new Set(await readdir(cache.folder));
  const expected = [
    `image-two-${contentKey('x')}`,
    ...['a', 'c', 'd'].map((name) => `image-${contentKey(name)}`),
  ];
  assert.deepEqual(left, new Set(expected));
});

test('only one build runs at a time', async () => {
  let running = 0;
  const build = () =>
    cache.exclusively(async () => {
      assert.equal(++running, 1);
      await sleep(30);
      running--;
    });
  await Promise.all([build(), build(), build()]);
});

test('the lock of a process that is gone is void', async () => {
  // No process has the highest number that Linux allows, by default at least.
  await writeFile(join(cache.folder, 'lock'), '4194304');
  assert.equal(await cache.exclusively(async () => 'done', 2000), 'done');
});

test('a lock that is held for too long is an error that names it', async () => {
  await writeFile(join(cache.folder, 'lock'), String(process.pid));
  await assert.rejects(cache.exclusively(fill.bind(null, ''), 300), { code: 'image_cache_locked' });
});
