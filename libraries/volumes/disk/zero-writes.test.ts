import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;

test('zeros written over nothing take no space; over something below they hide it, and survive a restart', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  await store.createVolume('v', 64 * MiB);
  let disk = await store.open('v');
  await disk.write(0, new Uint8Array(16 * MiB));
  await disk.flush();
  assert.equal((await store.get('v')).ownBytes, 0);
  const mixed = new Uint8Array(MiB).fill(5).fill(0, 4096, 16_384).fill(0, 20_480, 20_992);
  await disk.write(512, mixed); // begins and ends inside blocks
  await store.snapshot('v', 's');
  const expected = new Uint8Array(2 * MiB);
  expected.set(mixed, 512);
  const zeroed: [number, number][] = [
    [8192, 65_536],
    [131_072 + 512, 8192],
    [MiB - 4096, 8192],
    [0, 4096],
  ];
  for (const [offset, length] of zeroed) {
    await disk.write(offset, new Uint8Array(length));
    expected.fill(0, offset, offset + length);
  }
  await disk.write(0, new Uint8Array(4096).fill(6)); // and again something
  await disk.write(4096, new Uint8Array(4096).fill(7));
  await disk.write(4096, new Uint8Array(4096)); // zeros over the volume's own data
  expected.fill(6, 0, 4096).fill(0, 4096, 8192);
  assert.ok((await store.get('v')).ownBytes < 64 * 1024, 'the zeros are marks, not data');
  await store.close();
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  disk = await store.open('v');
  const into = new Uint8Array(2 * MiB).fill(0xee);
  await disk.read(0, into);
  assert.equal(Buffer.compare(into, expected), 0);
});
