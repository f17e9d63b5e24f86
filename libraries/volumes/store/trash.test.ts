import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { FaultyFiles } from '../testing/faulty-files.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;

async function volumeWith(store: VolumeStore, name: string, value: number): Promise<void> {
  await store.createVolume(name, MiB);
  const disk = await store.open(name);
  await disk.write(0, new Uint8Array(4096).fill(value));
  await disk.close();
}

async function firstByte(store: VolumeStore, name: string): Promise<number> {
  const disk = await store.open(name);
  const into = new Uint8Array(512);
  await disk.read(0, into);
  await disk.close();
  return into[0]!;
}

test('what was deleted comes back, also after a restart, the newest of its name', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  await volumeWith(store, 'v', 1);
  const { id } = await store.get('v');
  await store.delete('v');
  assert.deepEqual(await store.list(), []);
  const [deleted] = store.listDeleted();
  assert.deepEqual([deleted!.name, deleted!.id, deleted!.kind], ['v', id, 'volume']);
  assert.equal(deleted!.keptUntil.getTime() - deleted!.deletedAt.getTime(), 86_400_000);
  await volumeWith(store, 'v', 2); // the name is free
  await assert.rejects(store.undelete('v'), withCode('name-taken'));
  await store.delete('v');
  await store.close();

  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  await store.undelete('v');
  assert.equal(await firstByte(store, 'v'), 2);
  await store.delete('v', { forever: true });
  assert.equal((await store.undelete('v')).id, id);
  assert.equal(await firstByte(store, 'v'), 1);
  await assert.rejects(store.undelete('v'), withCode('not-found'));
});

test('what a deleted one stands on stays until that has gone, and comes back first', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await volumeWith(store, 'v', 1);
  await store.snapshot('v', 's');
  await assert.rejects(store.delete('s'), withCode('in-use', /v stands on it/));
  assert.equal((await store.get('s')).users, 1);
  await store.delete('v');
  assert.equal((await store.get('s')).users, 0);
  await store.delete('s', { forever: true }); // kept all the same: v can come back
  await assert.rejects(store.undelete('v'), withCode('not-found', /stands on s/));
  await store.undelete('s');
  await store.undelete('v');
  assert.equal(await firstByte(store, 'v'), 1);
});

test('what was kept long enough goes, also from the disk', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t), { undeleteMs: 30 });
  t.after(() => store.close());
  await volumeWith(store, 'v', 1);
  await store.snapshot('v', 's');
  await store.delete('v');
  await store.delete('s');
  assert.equal(store.listDeleted().length, 2);
  await new Promise((resolve) => setTimeout(resolve, 40));
  await store.createVolume('other', MiB);
  await store.delete('other', { forever: true });
  assert.deepEqual(store.listDeleted(), []);
  assert.deepEqual(await readdir(join(store.folder, 'layers')), []);
});

test('a full disk takes the space of what was deleted, the oldest first, and the write goes on', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  for (const name of ['old', 'young', 'v']) await volumeWith(store, name, 1);
  await store.delete('old');
  await store.delete('young');
  const disk = await store.open('v');
  files.fault = (call) =>
    call === 'write' && store.listDeleted().some(({ name }) => name === 'old') ? 'ENOSPC' : undefined;
  await disk.write(8192, new Uint8Array(4096).fill(3));
  assert.deepEqual(
    store.listDeleted().map(({ name }) => name),
    ['young'],
  );
  files.fault = (call) => (call === 'write' ? 'ENOSPC' : undefined);
  await assert.rejects(disk.write(8192, new Uint8Array(4096).fill(3)), withCode('no-space'));
  assert.deepEqual(store.listDeleted(), []);
  files.fault = () => undefined;
});
