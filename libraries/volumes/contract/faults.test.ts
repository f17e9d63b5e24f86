import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { FaultyFiles } from '../testing/faulty-files.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

test('a full disk fails the write, not the volume, and all is well when there is space again', async (t) => {
  const files = new FaultyFiles();
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder, { files });
  await store.createVolume('v', MiB);
  let disk = await store.open('v');
  await disk.write(0, bytes(4096, 1));
  files.fault = (call, path) => (call === 'write' && path.endsWith('.data') ? 'ENOSPC' : undefined);
  await assert.rejects(disk.write(8192, bytes(4096, 2)), withCode('no-space'));
  files.fault = (call, path) => (call === 'write' && path.endsWith('.map') ? 'ENOSPC' : undefined);
  await assert.rejects(disk.flush(), withCode('no-space'));
  files.fault = () => undefined;
  await disk.flush();
  await disk.close();
  disk = await store.open('v');
  await disk.write(8192, bytes(4096, 3));
  await store.close();
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  disk = await store.open('v');
  const into = bytes(12_288, 0xee);
  await disk.read(0, into);
  const expected = bytes(12_288, 1).fill(0, 4096, 8192).fill(3, 8192);
  assert.deepEqual(into, expected);
});

test('after a failed sync nothing pretends to be flushed until the volume is opened again', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  await store.createVolume('other', MiB);
  const disk = await store.open('v');
  const other = await store.open('other');
  await disk.write(0, bytes(4096, 1));
  let failures = 1;
  files.fault = (call) => (call === 'sync' && failures-- > 0 ? 'EIO' : undefined);
  await assert.rejects(disk.flush(), withCode('io-error', /may be lost/));
  // The kernel would now say yes to a second fdatasync.
  await assert.rejects(disk.flush(), withCode('io-error'));
  await assert.rejects(disk.write(0, bytes(4096, 2)), withCode('io-error'));
  await assert.rejects(store.snapshot('v', 's'), withCode('io-error'));
  await disk.read(0, bytes(4096, 0));
  await other.write(0, bytes(4096, 9));
  await other.flush();
  await assert.rejects(disk.close(), withCode('io-error'));
  const again = await store.open('v');
  await again.write(0, bytes(4096, 3));
  await again.flush();
});

test('what cannot be made leaves nothing behind', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  await store.snapshot('v', 's');
  const before = await store.list();
  const names = await readdir(join(store.folder, 'layers'));
  const disk = await store.open('v');
  await disk.write(0, bytes(4096, 1));
  await disk.flush(); // so that a failing sync meets only the new layer
  for (const failing of ['create', 'truncate', 'sync']) {
    files.fault = (call) => (call === failing ? 'ENOSPC' : undefined);
    await assert.rejects(store.createVolume('w', MiB), withCode('no-space'));
    await assert.rejects(store.clone('s', 'w'), withCode('no-space'));
    await assert.rejects(store.snapshot('v', 'w'), withCode('no-space'));
    files.fault = () => undefined;
  }
  await assert.rejects(store.createVolume('w', 2 ** 52), withCode('size-invalid'));
  assert.deepEqual(
    (await store.list()).map((one) => one.name),
    before.map((one) => one.name),
  );
  assert.deepEqual(await readdir(join(store.folder, 'layers')), names);
  await disk.write(4096, bytes(4096, 2));
  await store.snapshot('v', 'w');
});

test('a read that the disk refuses is an error', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  const disk = await store.open('v');
  await disk.write(0, bytes(4096, 1));
  await disk.write(8192, bytes(4096, 1));
  await store.snapshot('v', 's');
  await disk.write(4096, bytes(4096, 2));
  files.fault = (call) => (call === 'read' ? 'EIO' : undefined);
  await assert.rejects(disk.read(0, bytes(12_288, 0)), withCode('io-error', /reading/));
  await assert.rejects(disk.write(512, bytes(512, 0)), withCode('io-error', /reading/));
});
