import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { FaultyFiles } from '../testing/faulty-files.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { BlockCache } from './block-cache.ts';

const BLOCK = 4096;

test('the cache is bounded, and a long scan does not push out what is asked for again and again', () => {
  const cache = new BlockCache(400 * BLOCK);
  const layer = cache.of('a');
  const put = (block: number) => cache.put(layer, block, new Uint8Array(BLOCK).fill(block % 251));
  for (let round = 0; round < 3; round += 1) {
    for (let block = 0; block < 200; block += 1) {
      if (!cache.get(layer, block)) put(block);
    }
  }
  for (let block = 1000; block < 100_000; block += 1) put(block);
  assert.equal(cache.stats.bytes, 400 * BLOCK);
  let kept = 0;
  for (let block = 0; block < 200; block += 1) {
    const bytes = cache.get(layer, block);
    if (bytes) assert.equal(bytes[7], block % 251);
    if (bytes) kept += 1;
  }
  assert.ok(kept >= 190, `${kept} of 200 kept`);
  cache.forget('a');
  assert.equal(cache.stats.bytes, 0);
  assert.equal(cache.of('a').size, 0);
});

test('servers that read the same image at once make the disk read it once, and each gets it right', async (t) => {
  const folder = await temporaryFolder(t);
  const blocks = 512;
  let store = await VolumeStore.open(folder, { checksumDelayMs: 0 });
  await store.createVolume('image', blocks * BLOCK);
  const image = await store.open('image');
  const content = new Uint8Array(blocks * BLOCK);
  for (let block = 0; block < blocks; block += 1)
    content.fill(1 + (block % 255), block * BLOCK, (block + 1) * BLOCK);
  await image.write(0, content);
  await image.close();
  await store.seal('image');
  await store.settled();
  for (let i = 0; i < 16; i += 1) await store.clone('image', `v${i}`);
  await store.close();

  const files = new FaultyFiles();
  store = await VolumeStore.open(folder, { files });
  t.after(() => store.close());
  await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      const disk = await store.open(`v${i}`);
      // Reads of different sizes that overlap in every way, some of parts of blocks.
      for (let at = 0; at < content.length; ) {
        const length = Math.min(content.length - at, (1 + ((at / 512 + i) % 37)) * 512 * (1 + (i % 4)));
        const into = new Uint8Array(length);
        await disk.read(at, into);
        assert.equal(Buffer.compare(into, content.subarray(at, at + length)), 0, `clone ${i} at ${at}`);
        at += length;
      }
    }),
  );
  const read = files.calls
    .filter(({ call, path }) => call === 'read' && path.endsWith('.data'))
    .reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(read <= content.length * 1.1, `${read} bytes were read for ${content.length}`);
  const { hits, misses } = store.cacheStats();
  assert.ok(hits > misses * 10, `${hits} hits, ${misses} misses`);
});

test('a disk tells of its own hits and misses', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  await store.createVolume('v', 64 * BLOCK);
  const before = await store.open('v');
  await before.write(0, new Uint8Array(8 * BLOCK).fill(1));
  await store.snapshot('v', 's');
  await store.close();
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  await store.clone('s', 'w');
  const [v, w] = [await store.open('v'), await store.open('w')];
  await v.read(0, new Uint8Array(8 * BLOCK));
  await w.read(0, new Uint8Array(16 * BLOCK)); // the second half is nowhere
  assert.deepEqual(v.cacheFigures(), { hits: 0, misses: 8 });
  assert.deepEqual(w.cacheFigures(), { hits: 8, misses: 0 });
});
