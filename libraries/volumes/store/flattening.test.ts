import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** A clone of an image with 4 MiB of ones in 8 MiB. */
async function cloneOfImage(store: VolumeStore): Promise<void> {
  await store.createVolume('image', 8 * MiB);
  const disk = await store.open('image');
  await disk.write(0, bytes(4 * MiB, 1));
  await disk.close();
  await store.seal('image');
  await store.clone('image', 'v');
}

test('a volume is made independent while it is written and read, and what it stood on can go', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder, { undeleteMs: 0 });
  t.after(() => store.close());
  await cloneOfImage(store);
  const disk = await store.open('v');
  const expected = new Uint8Array(8 * MiB).fill(1, 0, 4 * MiB);
  let done = false;
  const flattened = store.flatten('v', { bytesPerSecond: 16 * MiB }).finally(() => (done = true));
  let writes = 0;
  for (; !done; writes += 1) {
    const offset = ((writes * 37) % 2000) * 4096 + 512;
    const value = 2 + (writes % 250);
    if (writes % 5 === 0) await disk.discard(offset, 8192);
    else await disk.write(offset, bytes(8192, value));
    expected.fill(writes % 5 === 0 ? 0 : value, offset, offset + 8192);
    const into = bytes(16_384, 0xee);
    await disk.read(Math.max(0, offset - 4096 - 512), into);
    const start = Math.max(0, offset - 4096 - 512);
    assert.equal(Buffer.compare(into, expected.subarray(start, start + into.length)), 0);
    if (writes % 3 === 0) await disk.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const info = await flattened;
  assert.ok(writes > 3, `${writes} writes meanwhile`);
  assert.deepEqual([info.parent, info.flattening, info.sharedBytes], [null, false, 0]);
  await store.delete('image');
  await disk.close();
  await store.close();
  store = await VolumeStore.open(folder);
  assert.deepEqual(
    (await store.list()).map((one) => one.name),
    ['v'],
  );
  const again = await store.open('v');
  const into = bytes(8 * MiB, 0xee);
  await again.read(0, into);
  assert.equal(Buffer.compare(into, expected), 0);
  assert.ok((await store.get('v')).ownBytes < 6 * MiB, 'what is empty stays empty');
});

test('a flatten that a restart interrupts goes on by itself; one that is stopped leaves the parent in use', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  t.after(() => store.close());
  await cloneOfImage(store);
  let disk = await store.open('v'); // open, since its steps are then small
  const interrupted = store.flatten('v', { bytesPerSecond: MiB });
  const refused = assert.rejects(interrupted, withCode('closed'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await store.get('v')).flattening, true);
  await store.close();
  await refused;

  store = await VolumeStore.open(folder);
  await store.flatten('v'); // joins the one that goes on
  assert.equal((await store.get('v')).parent, null);

  await store.clone('image', 'w');
  disk = await store.open('w');
  const stop = new AbortController();
  const stopped = store.flatten('w', { bytesPerSecond: 8 * MiB, signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(stopped, withCode('aborted'));
  await disk.close();
  const { parent, flattening } = await store.get('w');
  assert.deepEqual([parent, flattening], ['image', false]);
  await assert.rejects(store.flatten('image'), withCode('read-only'));
});

test('a snapshot during a flatten stands, and the volume is still made independent', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await cloneOfImage(store);
  const disk = await store.open('v');
  const flattened = store.flatten('v', { bytesPerSecond: 20 * MiB });
  await disk.write(0, bytes(4096, 7));
  await store.snapshot('v', 's');
  await disk.write(4096, bytes(4096, 8));
  await flattened;
  assert.deepEqual([(await store.get('v')).parent, (await store.get('s')).parent], [null, 'image']);
  const into = bytes(12_288, 0);
  await disk.read(0, into);
  assert.deepEqual([into[0], into[4096], into[8192]], [7, 8, 1]);
});
