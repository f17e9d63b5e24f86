import assert from 'node:assert/strict';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { layOut, makeDisk, SECTOR, writeAt } from './disk.ts';
import { readRecipe } from './recipe.ts';
import { missingPackages } from './requirements.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-image-disk-'));
});
after(() => rm(folder, { recursive: true }));

test('partitions are aligned, lie apart, and leave room for the copy of the table', () => {
  const { disk } = readRecipe('golden');
  const { boot, root } = layOut(disk);
  for (const number of [boot.offset, boot.size, root.offset, root.size, disk.sizeBytes])
    assert.equal(number % 4096, 0);
  assert.ok(boot.offset >= 34 * SECTOR);
  assert.equal(root.offset, boot.offset + boot.size);
  assert.ok(root.offset + root.size <= disk.sizeBytes - 33 * SECTOR);
});

const lacks = missingPackages().map((each) => each.package);
const skip = lacks.some((name) => ['fdisk', 'syslinux-common'].includes(name)) && `needs ${lacks.join(' ')}`;
test('a disk has a boot sector, a GPT and its copy, and is otherwise a hole', { skip }, async () => {
  const path = join(folder, 'disk.raw');
  const recipe = readRecipe('golden');
  await makeDisk(recipe, path);
  const file = await open(path);
  const at = async (offset: number, length: number) =>
    (await file.read(Buffer.alloc(length), 0, length, offset)).buffer;
  assert.equal((await at(510, 2)).toString('hex'), '55aa');
  assert.notDeepEqual(await at(0, 16), Buffer.alloc(16), 'code for the BIOS');
  assert.equal((await at(SECTOR, 8)).toString(), 'EFI PART');
  assert.equal((await at(recipe.disk.sizeBytes - SECTOR, 8)).toString(), 'EFI PART');
  await file.close();
  assert.ok((await stat(path)).blocks * 512 < 2 ** 20);
});

test('what is zero in a partition stays a hole in the disk', async () => {
  const [disk, part] = [join(folder, 'sparse'), join(folder, 'part')];
  await writeFile(disk, Buffer.alloc(4096, 1));
  const content = Buffer.concat([Buffer.alloc(8 * 2 ** 20), Buffer.from('end')]);
  await writeFile(part, content);
  await writeAt(disk, 4096, part);
  const { size, blocks } = await stat(disk);
  assert.equal(size, 4096 + content.length);
  assert.ok(blocks * 512 < 2 ** 20);
});
