import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Disk } from './disk.ts';
import { VolumeStore } from './index.ts';
import { withCode } from './testing/expect-error.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const MiB = 1024 * 1024;
const TiB = 1024 * 1024 * MiB;

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function joined(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

async function readAt(disk: Disk, offset: number, length: number): Promise<Uint8Array> {
  const into = bytes(length, 0xee);
  await disk.read(offset, into);
  return into;
}

test('a clone of a clone shows what lies below it and keeps its own writes to itself', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('base', MiB);
  const base = await store.open('base');
  await base.write(0, bytes(8192, 1));
  await base.close();
  assert.equal((await store.seal('base')).kind, 'image');

  await store.clone('base', 'first');
  const first = await store.open('first');
  await first.write(4096, bytes(4096, 2));
  await store.snapshot('first', 'first-1');
  await first.write(8192, bytes(4096, 3)); // after the snapshot, so not in it

  await store.clone('first-1', 'second');
  const second = await store.open('second');
  assert.deepEqual(await readAt(second, 0, 4096), bytes(4096, 1));
  assert.deepEqual(await readAt(second, 4096, 4096), bytes(4096, 2));
  assert.deepEqual(await readAt(second, 8192, 4096), bytes(4096, 0));
  await second.write(512, bytes(512, 9));
  assert.deepEqual(await readAt(second, 0, 512), bytes(512, 1), 'the rest of the block came up from below');
  assert.deepEqual(await readAt(first, 512, 512), bytes(512, 1));
  assert.deepEqual(await readAt(first, 8192, 4096), bytes(4096, 3));
});

test('what others stand on cannot be deleted, and the refusal names them', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t), { undeleteMs: 0 });
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  await store.snapshot('v', 's');
  await store.clone('s', 'a');
  await assert.rejects(store.delete('s'), withCode('in-use', /a, v stand on it/));
  await store.delete('v');
  await store.delete('a');
  const open = await store.open('s');
  await assert.rejects(store.delete('s'), withCode('in-use', /open/));
  await open.close();
  await store.delete('s');
  assert.deepEqual(await store.list(), []);
  assert.deepEqual(await readdir(join(store.folder, 'layers')), []);
});

test('names, kinds, parents and children are told', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  await store.snapshot('v', 's');
  const [s, v] = await store.list();
  assert.deepEqual([s!.name, s!.kind, s!.parent, s!.children], ['s', 'snapshot', null, ['v']]);
  assert.deepEqual([v!.name, v!.kind, v!.parent, v!.children], ['v', 'volume', 's', []]);
  assert.equal(s!.sizeBytes, MiB);
  assert.match(v!.id, /^[0-9a-f]{16}$/);
  assert.notEqual(v!.id, s!.id);
});

test('a volume keeps its id through snapshots and restarts', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  const { id } = await store.createVolume('v', MiB);
  await store.snapshot('v', 's');
  await store.close();
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  const disk = await store.open('v');
  assert.equal(disk.id, id);
});

test('misuse is refused with a code and a hint, and changes nothing', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  await store.snapshot('v', 's');
  const before = await store.list();
  await assert.rejects(store.createVolume('v', MiB), withCode('name-taken'));
  await assert.rejects(store.createVolume('../v', MiB), withCode('name-invalid'));
  await assert.rejects(store.createVolume('w', 1000), withCode('size-invalid'));
  await assert.rejects(store.createVolume('w', 0), withCode('size-invalid'));
  await assert.rejects(store.clone('nobody', 'w'), withCode('not-found', /nobody/));
  await assert.rejects(store.clone('v', 'w'), withCode('not-sealed'));
  await assert.rejects(store.clone('s', 'w', { sizeBytes: 4096 }), withCode('size-invalid'));
  await assert.rejects(store.snapshot('s', 'w'), withCode('read-only'));
  await assert.rejects(store.seal('s'), withCode('read-only'));
  await assert.rejects(store.open('nobody'), withCode('not-found'));
  await assert.rejects(store.get('nobody'), withCode('not-found'));
  await assert.rejects(store.delete('nobody'), withCode('not-found'));
  assert.deepEqual(await store.list(), before);
  assert.equal((await readdir(join(store.folder, 'layers'))).length, 4);

  const disk = await store.open('v');
  await assert.rejects(store.open('v'), withCode('in-use'));
  await assert.rejects(store.seal('v'), withCode('in-use'));
  await assert.rejects(disk.read(MiB - 512, bytes(1024, 0)), withCode('out-of-range'));
  await assert.rejects(disk.write(MiB, bytes(512, 0)), withCode('out-of-range'));
  await assert.rejects(disk.write(-512, bytes(512, 0)), withCode('out-of-range'));
  await assert.rejects(disk.read(100, bytes(512, 0)), withCode('misaligned'));
  await assert.rejects(disk.discard(0, 100), withCode('misaligned'));
  const sealed = await store.open('s');
  await assert.rejects(sealed.write(0, bytes(512, 0)), withCode('read-only'));
  await assert.rejects(sealed.discard(0, 512), withCode('read-only'));
  await disk.close();
  await assert.rejects(disk.read(0, bytes(512, 0)), withCode('closed'));
  await assert.rejects(disk.flush(), withCode('closed'));
});

test('a clone may be larger than its source; the rest is zeros until written', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', 8192);
  const disk = await store.open('v');
  await disk.write(0, bytes(8192, 7));
  await store.snapshot('v', 's');
  await store.clone('s', 'large', { sizeBytes: MiB });
  const large = await store.open('large');
  assert.deepEqual(await readAt(large, 4096, 8192), joined([bytes(4096, 7), bytes(4096, 0)]));
  await large.write(MiB - 512, bytes(512, 5));
  assert.deepEqual(await readAt(large, MiB - 4096, 4096), joined([bytes(3584, 0), bytes(512, 5)]));
});

test('a 4 TiB volume costs next to nothing, and is written and read at both ends', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', 4 * TiB);
  const disk = await store.open('v');
  await disk.write(4 * TiB - 4096, bytes(4096, 1));
  await disk.write(0, bytes(4096, 2));
  await disk.flush();
  await store.snapshot('v', 's');
  await store.clone('s', 'c');
  const clone = await store.open('c');
  assert.deepEqual(await readAt(clone, 4 * TiB - 8192, 8192), joined([bytes(4096, 0), bytes(4096, 1)]));
  assert.deepEqual(await readAt(clone, 0, 4096), bytes(4096, 2));
  assert.ok((await store.get('s')).ownBytes < 100_000);
  assert.ok((await store.get('c')).ownBytes < 100_000);
});

test('discarding all of an empty 4 TiB volume leaves its map empty', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', 4 * TiB);
  const disk = await store.open('v');
  await disk.discard(0, 4 * TiB);
  await disk.flush();
  assert.equal((await store.get('v')).ownBytes, 0);
});

test('a discard hides the parent, and its ragged ends are zeros as well', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  const disk = await store.open('v');
  await disk.write(0, bytes(65_536, 1));
  await store.snapshot('v', 's');
  await disk.discard(512, 16_384);
  await disk.discard(32_768 + 512, 1024);
  await disk.discard(49_152 - 512, 1024);
  const expected = bytes(65_536, 1).fill(0, 512, 512 + 16_384);
  expected.fill(0, 32_768 + 512, 32_768 + 1536).fill(0, 49_152 - 512, 49_152 + 512);
  assert.deepEqual(await readAt(disk, 0, 65_536), expected);
  await disk.write(8192, bytes(512, 4));
  expected.fill(4, 8192, 8704);
  assert.deepEqual(await readAt(disk, 0, 65_536), expected, 'a small write into a discarded block');
});

test('writes of neighbouring sectors at the same time do not undo each other', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  const disk = await store.open('v');
  await disk.write(0, bytes(MiB, 0xff));
  await store.snapshot('v', 's');
  const expected = new Uint8Array(MiB);
  const writes: Promise<void>[] = [];
  for (let sector = 0; sector < MiB / 512; sector += 1) {
    expected.fill(1 + (sector % 250), sector * 512, (sector + 1) * 512);
    writes.push(disk.write(sector * 512, bytes(512, 1 + (sector % 250))));
    if (sector % 64 === 0) writes.push(disk.flush());
  }
  await Promise.all(writes);
  assert.deepEqual(Buffer.compare(await readAt(disk, 0, MiB), expected), 0);
});

test('a snapshot falls between writes, also while many are under way', async (t) => {
  const store = await VolumeStore.open(await temporaryFolder(t));
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  const disk = await store.open('v');
  let running = true;
  let round = 0;
  const acknowledged: number[] = new Array(8).fill(0);
  const writers = acknowledged.map(async (_, place) => {
    while (running) {
      const value = 1 + (++round % 255);
      // 16 KiB each: a snapshot that fell into the middle of one would show two values.
      await disk.write(place * 16_384, bytes(16_384, value));
      acknowledged[place] = value;
    }
  });
  for (let i = 0; i < 10; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await store.snapshot('v', `s${i}`);
  }
  running = false;
  await Promise.all(writers);
  for (let i = 0; i < 10; i += 1) {
    const snapshot = await store.open(`s${i}`);
    for (let place = 0; place < 8; place += 1) {
      const piece = await readAt(snapshot, place * 16_384, 16_384);
      assert.deepEqual(piece, bytes(16_384, piece[0]!), `snapshot ${i}, place ${place}`);
    }
  }
  for (const [place, value] of acknowledged.entries()) {
    assert.deepEqual(await readAt(disk, place * 16_384, 16_384), bytes(16_384, value));
  }
});

test('a second opening of the folder is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(folder);
  await assert.rejects(VolumeStore.open(folder), withCode('folder-in-use', /this process/));
  await store.close();
  const again = await VolumeStore.open(folder);
  await again.close();
});

test('files of layers that the catalog does not know are removed at the opening, others are left', async (t) => {
  const folder = await temporaryFolder(t);
  await (await VolumeStore.open(folder)).close();
  await writeFile(join(folder, 'layers', '0123456789abcdef.data'), 'rubbish');
  await writeFile(join(folder, 'layers', 'notes.txt'), 'mine');
  await (await VolumeStore.open(folder)).close();
  assert.deepEqual(await readdir(join(folder, 'layers')), ['notes.txt']);
});

test('a folder that lost its catalog is refused, not cleaned up', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(folder);
  await store.createVolume('v', MiB);
  await store.close();
  await rm(join(folder, 'catalog.db'));
  await assert.rejects(VolumeStore.open(folder), withCode('folder-unusable', /catalog is gone/));
  await assert.rejects(VolumeStore.open(folder), withCode('folder-unusable'), 'and again');
  assert.equal((await readdir(join(folder, 'layers'))).length, 2);
});

test('a missing, cut or damaged file is an error, never zeros', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  for (const name of ['missing', 'cut', 'damaged']) {
    await store.createVolume(name, MiB);
    const disk = await store.open(name);
    await disk.write(0, bytes(MiB, 1));
    await disk.close();
  }
  await store.close();
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(join(folder, 'catalog.db'));
  const layer = (name: string) =>
    join(
      folder,
      'layers',
      String(db.prepare('SELECT layer_id FROM entry WHERE name = ?').get(name)!.layer_id),
    );
  const { open, truncate } = await import('node:fs/promises');
  await rm(`${layer('missing')}.map`);
  await truncate(`${layer('cut')}.data`, MiB - 4096);
  const map = await open(`${layer('damaged')}.map`, 'r+');
  await map.write(Buffer.from([0]), 0, 1, 0);
  await map.close();
  db.close();
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  await assert.rejects(store.open('missing'), withCode('corrupt', /missing/));
  await assert.rejects(store.open('cut'), withCode('corrupt', /of 1048576 bytes/));
  const damaged = await store.open('damaged');
  await assert.rejects(damaged.read(0, bytes(4096, 0)), withCode('corrupt', /checksum/));
  await assert.rejects(damaged.write(512, bytes(512, 0)), withCode('corrupt', /checksum/));
  assert.equal((await store.list()).length, 3, 'the list still tells of all of them');
});
