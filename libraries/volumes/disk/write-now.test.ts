import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Patience } from '../cache/patience.ts';
import { VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const BLOCK = 4096;
const MiB = 1024 * 1024;
const block = randomFillSync(Buffer.alloc(BLOCK));

async function clone(t: TestContext) {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(folder);
  t.after(() => store.close());
  await store.createVolume('image', 8 * MiB);
  const image = await store.open('image');
  await image.write(0, Buffer.alloc(MiB, 1));
  await image.close();
  await store.seal('image');
  await store.clone('image', 'v');
  return { folder, store, disk: await store.open('v') };
}

test('whole blocks are written at once, seen at once, and durable after a flush', async (t) => {
  const { folder, store, disk } = await clone(t);
  assert.equal(disk.writeNow(BLOCK, block), true);
  const into = Buffer.alloc(BLOCK);
  assert.equal(disk.readNow(BLOCK, into), true);
  assert.deepEqual(into, block);
  await disk.flush();
  await store.close();
  const again = await VolumeStore.open(folder);
  t.after(() => again.close());
  const reopened = await again.open('v');
  await reopened.read(BLOCK, into);
  assert.deepEqual(into, block);
  await reopened.read(0, into);
  assert.deepEqual(into, Buffer.alloc(BLOCK, 1));
});

test('what needs more than a write is left to write: parts of blocks, zeros, blocks in use, what is large', async (t) => {
  const { store, disk } = await clone(t);
  assert.equal(disk.writeNow(512, block), false);
  assert.equal(disk.writeNow(0, block.subarray(0, 512)), false);
  assert.equal(disk.writeNow(0, Buffer.concat([block, Buffer.alloc(BLOCK)])), false);
  assert.equal(disk.writeNow(0, Buffer.alloc(MiB, 1)), false);
  const underWay = disk.write(512, block.subarray(0, 512));
  assert.equal(disk.writeNow(0, block), false);
  assert.equal(disk.writeNow(BLOCK, block), true);
  await underWay;
  assert.equal(disk.writeNow(0, block), true);
  assert.equal((await store.open('image')).writeNow(0, block), false);
  assert.throws(() => disk.writeNow(8 * MiB, block), withCode('out-of-range'));
  await disk.close();
  assert.throws(() => disk.writeNow(0, block), withCode('closed'));
});

test('one turn of the event loop takes only so much', async (t) => {
  const { disk } = await clone(t);
  const chunk = randomFillSync(Buffer.alloc(256 * 1024));
  const write = (at: number) => disk.writeNow(at * chunk.length, chunk);
  assert.deepEqual([0, 1, 2, 3, 4].map(write), [true, true, true, true, false]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(write(4), true);
});

test('a disk that holds its writers back is left to the thread pool for a while', () => {
  const patience = new Patience();
  for (const at of [0, 10, 20, 30]) {
    assert.ok(patience.allows(at));
    patience.took(at, at + 9);
  }
  assert.ok(!patience.allows(40));
  assert.ok(patience.allows(3000));
  patience.took(3000, 3009);
  for (let i = 0; i < 256; i += 1) patience.took(3010, 3010.1);
  for (const at of [3020, 3030, 3040]) patience.took(at, at + 9);
  assert.ok(patience.allows(3050), 'a slow one now and then is the scheduler');
});

test('what a clone has, or what it stands on has, is allocated; the rest is not', async (t) => {
  const { store, disk } = await clone(t);
  await disk.write(4 * MiB, block);
  const map: [boolean, number][] = [];
  for (let at = 0; at < disk.sizeBytes; ) {
    const { allocated, lengthBytes } = await disk.allocated(at, disk.sizeBytes - at);
    if (map.at(-1)?.[0] === allocated) map.at(-1)![1] += lengthBytes;
    else map.push([allocated, lengthBytes]);
    at += lengthBytes;
  }
  const rest = 4 * MiB - BLOCK;
  assert.deepEqual(map, [
    [true, MiB],
    [false, 3 * MiB],
    [true, BLOCK],
    [false, rest],
  ]);
  assert.deepEqual(await disk.allocated(MiB - 512, 1024), { allocated: true, lengthBytes: 512 });
  await disk.discard(0, MiB);
  assert.equal((await disk.allocated(0, MiB)).allocated, false);
  const image = await store.open('image');
  assert.equal((await image.allocated(0, MiB)).allocated, true);
});
