import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  ['a misspelt field', 'package: [htop]', /wrong at package, line 2: there is no such field/],
  [
    'a misspelt field inside another',
    'kernel: {cmdlien: x}',
    /wrong at kernel.cmdlien, line 2: there is no such field/,
  ],
  [
    'a package name that could be an option',
    'packages:\n  - less\n  - "--purge"',
    /wrong at packages, line 4: "--purge" cannot stand there/,
  ],
  ['a package name that could be a list', 'packages: ["a,b"]', /"a,b" cannot stand there/],
  ['a family that has no builder', 'distribution: {family: slackware}', /builders for debian, ubuntu, rpm/],
  [
    'a file that is not there',
    'files:\n  - text: x\n    to: /x\n  - {from: nowhere, to: /}',
    /files\[\]\.from, line 5: there is no .*nowhere/,
  ],
  ['a file without content', 'files: [{to: /x}]', /line 2: \/x needs one of from .* and text/],
  ['a path that leaves the image', 'files: [{text: x, to: /a/../../b}]', /absolute path in the image/],
  [
    'a mode that YAML reads as a number',
    'files: [{text: x, to: /x, mode: 0640}]',
    /in quotes, in octal: "0640"/,
  ],
  ['a misspelt field of an entry', 'users: [{nmae: anna}]', /wrong at users\[\]\.nmae, line 2: there is no/],
  ['a key that is private', 'users: [{name: a, sshKeys: ["-----BEGIN"]}]', /list public keys/],
  ['sudo without its package', 'users: [{name: anna, sudo: true}]', /add it to packages/],
  ['kernel options of two words', 'kernel: {options: ["a b"]}', /line 2: "a b" cannot stand there/],
  ['a disk that is too small', 'disk: {size: 64MiB}', /wrong at disk.size/],
  ['a size without a unit', 'disk: {size: 1000}', /write it as 1GiB or 64MiB/],
  ['a command line of two lines', 'kernel: {cmdline: "a\\nb"}', /printable ASCII/],
  ['a path of the recipe itself', 'extends: recipe.yaml', /it extends itself/],
  ['broken YAML', 'name: [', /wrong at YAML, line \d+: /],
];
for (const [what, text, message] of wrong) {
  test(`${what} is refused, and named`, async () => {
    const path = await recipe(text.startsWith('extends') ? text : `extends: ${golden}\n${text}\n`);
    assert.throws(() => readRecipe(path), { code: 'recipe_invalid', message });
  });
}

test('what is wrong in a base is told with the line of the base', async () => {
  const base = join(folder, 'base.yaml');
  await writeFile(base, `extends: ${golden}\n\n\ndisk: {size: 64MiB}\n`);
  const path = await recipe('extends: base.yaml\nname: mine\n');
  assert.throws(() => readRecipe(path), { message: /base\.yaml is wrong at disk\.size, line 4:/ });
});

test('files, users and kernel options are read, and added to those of the base', async () => {
  const own = readRecipe(
    await recipe(`extends: ${golden}
name: mine
packages: [sudo]
kernel: {options: [nosmt]}
files:
  - {text: "hello", to: /etc/greeting, mode: "0640", owner: "root:adm"}
users:
  - {name: anna, sshKeys: ["ssh-ed25519 AAAA anna"], sudo: true}
`),
  );
  const base = readRecipe('golden');
  assert.equal(own.kernel.cmdline, `${base.kernel.cmdline} nosmt`);
  assert.deepEqual(own.files.at(-1), {
    ...{ from: undefined, text: 'hello', to: '/etc/greeting', mode: '0640', owner: 'root:adm' },
  });
  assert.deepEqual(own.users, [
    { name: 'anna', sshKeys: ['ssh-ed25519 AAAA anna'], groups: [], sudo: true, shell: '/bin/bash' },
  ]);
});

test('the worked example of the documentation is a recipe', async () => {
  const page = await readFile(join(import.meta.dirname, '../docs/image-recipes.md'), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!.replace(/^extends: \S+/, `extends: ${golden}`);
  for (const name of ['site', 'tls.key']) await writeFile(join(folder, name), '');
  const { users, files, kernel } = readRecipe(await recipe(example));
  assert.equal(users[0]?.name, 'anna');
  assert.equal(files.at(-1)?.owner, 'root:www-data');
  assert.match(kernel.cmdline, / transparent_hugepage=never$/);
});

test('a recipe that does not exist is not found', () => {
  assert.throws(() => readRecipe('silver'), { code: 'recipe_not_found' });
});
