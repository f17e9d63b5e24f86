import assert from 'node:assert/strict';
import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;
const SIZE = 16 * MiB; // several pages of checksums

/** A clone of an image that has data in blocks 0 to 9 and from 8 MiB on; the store is closed. */
async function folderWithClone(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(folder, { checksumDelayMs: 0 });
  await store.createVolume('image', SIZE);
  const disk = await store.open('image');
  await disk.write(0, new Uint8Array(40_960).fill(1));
  await disk.write(8 * MiB, new Uint8Array(MiB).fill(2));
  await disk.close();
  await store.seal('image');
  await store.settled();
  await store.clone('image', 'v');
  await store.close();
  return folder;
}

async function fileOf(folder: string, kind: string): Promise<string> {
  const layers = join(folder, 'layers');
  const sums = (await readdir(layers)).find((name) => name.endsWith('.sums'))!;
  return join(layers, sums.replace('sums', kind));
}

async function damage(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0]! ^= 0x10;
  await file.write(byte, 0, 1, position);
  await file.close();
}

test('a block of an image that has rotted is an error for all who stand on it, never data', async (t) => {
  const folder = await folderWithClone(t);
  await damage(await fileOf(folder, 'data'), 3 * 4096 + 100);
  const store = await VolumeStore.open(folder);
  t.after(() => store.close());
  const disk = await store.open('v');
  const into = new Uint8Array(4096);
  for (const [offset, length] of [
    [3 * 4096, 4096],
    [3 * 4096, 4096], // and again: what was read once is not trusted for that
    [3 * 4096 + 1024, 512],
    [0, 40_960],
    [0, 65_536],
  ] as const) {
    const read = disk.read(offset, new Uint8Array(length));
    await assert.rejects(read, withCode('corrupt', /block 3 of layer/));
  }
  await assert.rejects(disk.write(3 * 4096 + 512, new Uint8Array(512)), withCode('corrupt'));
  await disk.read(2 * 4096, into);
  assert.equal(into[0], 1, 'its neighbour is well');
  await disk.write(3 * 4096, into.fill(9));
  await disk.read(3 * 4096, into);
  assert.equal(into[0], 9, 'and so is what was written over it');
  assert.deepEqual((await store.check()).problems, []);
  const { problems } = await store.check({ data: true, repair: true });
  assert.deepEqual(
    problems.map(({ name, alsoAffects, repaired }) => [name, alsoAffects, repaired]),
    [['image', ['v'], false]],
  );
});

test('lost or damaged checksums are told, and made anew by a repair', async (t) => {
  const folder = await folderWithClone(t);
  const sums = await fileOf(folder, 'sums');
  const data = await fileOf(folder, 'data');
  for (const spoil of [() => rm(sums), () => damage(sums, 4096 * 2 + 9)]) {
    await spoil();
    const store = await VolumeStore.open(folder);
    const before = await store.check();
    assert.deepEqual(
      before.problems.map(({ name, repaired }) => [name, repaired]),
      [['image', false]],
    );
    const repair = await store.check({ repair: true });
    assert.deepEqual(
      repair.problems.map(({ name, repaired }) => [name, repaired]),
      [['image', true]],
    );
    assert.deepEqual((await store.check({ data: true })).problems, []);
    await store.close();
  }
  await damage(data, 8 * MiB + 5);
  const store = await VolumeStore.open(folder);
  t.after(() => store.close());
  const disk = await store.open('v');
  await assert.rejects(disk.read(8 * MiB, new Uint8Array(4096)), withCode('corrupt'), 'the new ones serve');
});

test('a snapshot gets its checksums after the fact, and what a restart interrupts is done by the next', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder, { checksumDelayMs: 60_000 });
  await store.createVolume('v', SIZE);
  const disk = await store.open('v');
  await disk.write(4096, new Uint8Array(MiB).fill(3));
  await store.snapshot('v', 's');
  await store.close();
  assert.ok(!(await readdir(join(folder, 'layers'))).some((name) => name.endsWith('.sums')));
  store = await VolumeStore.open(folder, { checksumDelayMs: 0 });
  await store.settled();
  await store.close();
  await damage(await fileOf(folder, 'data'), 4096);
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  const again = await store.open('v');
  await assert.rejects(again.read(4096, new Uint8Array(4096)), withCode('corrupt'));
});

test('the checksums of an import hold over a restart, which does not compute them anew', async (t) => {
  const folder = await temporaryFolder(t);
  const raw = join(folder, 'disk.raw');
  await writeFile(raw, new Uint8Array(MiB).fill(1));
  let store = await VolumeStore.open(join(folder, 'store'), { checksumDelayMs: 0 });
  await store.createImageFromFile('image', raw);
  await store.close();
  await damage(await fileOf(join(folder, 'store'), 'data'), 5 * 4096);
  store = await VolumeStore.open(join(folder, 'store'), { checksumDelayMs: 0 });
  t.after(() => store.close());
  await store.settled();
  const disk = await store.open('image');
  await assert.rejects(disk.read(5 * 4096, new Uint8Array(4096)), withCode('corrupt', /block 5 of layer/));
});
