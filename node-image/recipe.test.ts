import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readRecipe } from './recipe.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-image-recipe-'));
});
after(() => rm(folder, { recursive: true }));

const golden = join(import.meta.dirname, 'recipes/golden.yaml');

async function recipe(text: string): Promise<string> {
  const path = join(folder, 'recipe.yaml');
  await writeFile(path, text);
  return path;
}

test('every recipe that comes along is valid', async () => {
  for (const file of await readdir(join(import.meta.dirname, 'recipes'))) {
    const name = file.replace('.yaml', '');
    assert.equal(readRecipe(name).name, name);
  }
});

test('a recipe that extends another keeps its fields, and adds to its lists', async () => {
  const base = readRecipe('golden');
  const own = readRecipe(
    await recipe(`extends: ${golden}\nname: mine\npackages: [htop, udev]\ndisk: {size: 2GiB}\n`),
  );
  assert.deepEqual(own.packages, [...base.packages, 'htop']);
  assert.equal(own.disk.sizeBytes, 2 * 2 ** 30);
  assert.equal(own.disk.rootUuid, base.disk.rootUuid);
  assert.deepEqual(own.files, base.files, 'paths stay relative to the recipe that named them');
});

const wrong: [string, string, RegExp][] = [
  ['a misspelt field', 'package: [htop]', /wrong at package: there is no such field/],
  [
    'a misspelt field inside another',
    'kernel: {cmdlien: x}',
    /wrong at kernel.cmdlien: there is no such field/,
  ],
  ['a package name that could be an option', 'packages: ["--purge"]', /"--purge" cannot stand there/],
  ['a package name that could be a list', 'packages: ["a,b"]', /"a,b" cannot stand there/],
  ['a family that has no builder', 'distribution: {family: rpm}', /the only family that is built so far/],
  ['a file that is not there', 'files: [{from: nowhere, to: /}]', /there is no .*nowhere/],
  ['a disk that is too small', 'disk: {size: 64MiB}', /wrong at disk.size/],
  ['a size without a unit', 'disk: {size: 1000}', /write it as 1GiB or 64MiB/],
  ['a command line of two lines', 'kernel: {cmdline: "a\\nb"}', /printable ASCII/],
  ['a path of the recipe itself', 'extends: recipe.yaml', /it extends itself/],
  ['broken YAML', 'name: [', /wrong at YAML/],
];
for (const [what, text, message] of wrong) {
  test(`${what} is refused, and named`, async () => {
    const path = await recipe(text.startsWith('extends') ? text : `extends: ${golden}\n${text}\n`);
    assert.throws(() => readRecipe(path), { code: 'recipe_invalid', message });
  });
}

test('a recipe that does not exist is not found', () => {
  assert.throws(() => readRecipe('silver'), { code: 'recipe_not_found' });
});
