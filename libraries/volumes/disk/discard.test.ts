import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { VolumeStore } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { Discarded } from './discarded.ts';

const MiB = 1024 * 1024;

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail('it did not come to hold within 10 s');
}

test('discarded space goes back to the file system after the flush, except where it was written again', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', 64 * MiB);
  const disk = await store.open('v');
  await disk.write(0, new Uint8Array(16 * MiB).fill(1));
  await disk.flush();
  assert.ok((await store.get('v')).ownBytes >= 16 * MiB);
  await disk.discard(4 * MiB, 8 * MiB);
  await disk.write(6 * MiB, new Uint8Array(MiB).fill(2));
  await disk.flush();
  const writing = disk.write(9 * MiB, new Uint8Array(MiB).fill(3)); // while holes are being made around it
  await eventually(async () => (await store.get('v')).ownBytes < 11 * MiB);
  await writing;
  await disk.close();
  const again = await store.open('v');
  const into = new Uint8Array(16 * MiB);
  await again.read(0, into);
  const expected = new Uint8Array(16 * MiB).fill(1).fill(0, 4 * MiB, 12 * MiB);
  expected.fill(2, 6 * MiB, 7 * MiB).fill(3, 9 * MiB, 10 * MiB);
  assert.equal(Buffer.compare(into, expected), 0);
});

test('neighbouring discards are one hole', () => {
  const discarded = new Discarded();
  for (const first of [30, 0, 10, 5, 12]) discarded.add({ first, count: 6 });
  assert.deepEqual(discarded.take(), [
    { first: 0, count: 18 },
    { first: 30, count: 6 },
  ]);
  assert.deepEqual(discarded.take(), []);
});
