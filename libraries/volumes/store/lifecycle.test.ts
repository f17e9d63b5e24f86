import assert from 'node:assert/strict';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Disk, VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;

async function firstByte(disk: Disk, offset: number): Promise<number> {
  const into = new Uint8Array(512);
  await disk.read(offset, into);
  return into[0]!;
}

/** A volume v with snapshots s1 (first byte 1) and s2 (2), itself at 3. */
async function history(
  t: Parameters<typeof temporaryFolder>[0],
): Promise<{ folder: string; store: VolumeStore }> {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(folder);
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  const disk = await store.open('v');
  for (const value of [1, 2, 3]) {
    await disk.write(0, new Uint8Array(4096).fill(value));
    if (value < 3) await store.snapshot('v', `s${value}`);
  }
  await disk.close();
  return { folder, store };
}

test('a volume goes back to a snapshot below it, near or far, and keeps its id', async (t) => {
  const { store } = await history(t);
  const { id } = await store.get('v');
  for (const [to, value] of [
    ['s2', 2],
    ['s1', 1],
  ] as const) {
    const info = await store.rollback('v', to);
    assert.deepEqual([info.parent, info.id], [to, id]);
    const disk = await store.open('v');
    assert.equal(await firstByte(disk, 0), value);
    await disk.write(0, new Uint8Array(512).fill(9));
    await assert.rejects(store.rollback('v', to), withCode('in-use'));
    await disk.close();
  }
  assert.equal((await readdir(join(store.folder, 'layers'))).length, 6, 'the layers given up are gone');
  await store.delete('s2'); // nothing stands on it any more
  await store.clone('s1', 'other');
  await store.snapshot('other', 'elsewhere');
  await assert.rejects(store.rollback('v', 'elsewhere'), withCode('not-below', /v cannot be rolled back/));
  await assert.rejects(store.rollback('s1', 's1'), withCode('read-only'));
});

test('a volume grows while it is open, keeps what it has, and the new end is zeros', async (t) => {
  const { folder, store } = await history(t);
  const disk = await store.open('v');
  await disk.write(MiB - 4096, new Uint8Array(4096).fill(7));
  assert.equal((await store.grow('v', 4 * MiB)).sizeBytes, 4 * MiB);
  assert.equal(disk.sizeBytes, 4 * MiB);
  assert.equal(await firstByte(disk, 4 * MiB - 512), 0);
  await disk.write(4 * MiB - 512, new Uint8Array(512).fill(8));
  await assert.rejects(store.grow('v', MiB), withCode('size-invalid'));
  await assert.rejects(store.grow('s1', 4 * MiB), withCode('read-only'));
  await store.snapshot('v', 's3');
  await store.close();
  const again = await VolumeStore.open(folder);
  t.after(() => again.close());
  const after = await again.open('v');
  assert.deepEqual(
    [await firstByte(after, 0), await firstByte(after, MiB - 512), await firstByte(after, 4 * MiB - 512)],
    [3, 7, 8],
  );
  await after.close();
  assert.equal((await again.rollback('v', 's1')).sizeBytes, MiB, 'a snapshot keeps the size it had');
});

test('what a volume shares is told apart from what is its own', async (t) => {
  const { store } = await history(t);
  const [s1, s2, v] = await store.list();
  assert.equal(s1!.sharedBytes, 0);
  assert.equal(s2!.sharedBytes, s1!.ownBytes);
  assert.equal(v!.sharedBytes, s1!.ownBytes + s2!.ownBytes);
  assert.ok(v!.ownBytes >= 4096);
});

test('check finds damage and names everything that shares it', async (t) => {
  const { folder, store } = await history(t);
  assert.deepEqual(await store.check(), { layers: 3, dataBlocks: 3, problems: [] });
  const disk = await store.open('v');
  assert.equal((await store.check()).problems.length, 0, 'also while a volume is open');
  await disk.close();
  await store.close();
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(join(folder, 'catalog.db'));
  const layer = db.prepare("SELECT layer_id AS id FROM entry WHERE name = 's1'").get()!.id;
  db.close();
  const map = await open(join(folder, 'layers', `${layer}.map`), 'r+');
  await map.write(Buffer.from([0xff]), 0, 1, 100);
  await map.close();
  const again = await VolumeStore.open(folder);
  t.after(() => again.close());
  const { problems } = await again.check();
  assert.equal(problems.length, 1);
  assert.deepEqual([problems[0]!.name, problems[0]!.alsoAffects], ['s1', ['s2', 'v']]);
  assert.match(problems[0]!.what, /checksum/);
});
