/** Builds the golden image twice from nothing: slow (minutes), so by `npm run test:slow` only. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildImage } from './index.ts';
import { assertCanBuild } from './requirements.ts';
import { tool } from './tool.ts';

let skip: string | false = false;
try {
  assertCanBuild();
} catch (error) {
  skip = (error as Error).message;
}

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-image-build-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('two builds with nothing in common give the same bytes, and a third is found', { skip }, async (t) => {
  const one = await buildImage({ home: join(folder, 'one') });
  const umask = process.umask(0o077);
  const two = await buildImage({ home: join(folder, 'two') });
  process.umask(umask);
  assert.deepEqual(two.manifest.packages, one.manifest.packages, 'no package changed in between');
  assert.deepEqual(two.manifest.sha256, one.manifest.sha256);

  const started = Date.now();
  const again = await buildImage({ home: join(folder, 'one') });
  t.diagnostic(`found in the cache within ${Date.now() - started} ms`);
  assert.deepEqual([again.cached, again.built], [true, []]);
  assert.deepEqual({ ...again, cached: one.cached, built: one.built }, one);

  const { size, blocks } = await stat(one.disk);
  assert.equal(size, one.manifest.sizeBytes);
  assert.equal(size % 4096, 0);
  t.diagnostic(`disk ${size >> 20} MiB, ${(blocks * 512) >> 20} MiB of it stored`);
  // 65 MiB in: the root, behind the boot partition.
  const check = await tool('e2fsck', ['-fn', `${one.disk}?offset=${65 * 2 ** 20}`]);
  assert.match(check, /bullion-root: \d+\/\d+ files/);
});

test('what changes in a recipe is built anew, and what it stands on is not', { skip }, async () => {
  const home = join(folder, 'one');
  const path = join(folder, 'own.yaml');
  const build = async (text: string, size = '1GiB') => {
    await writeFile(
      path,
      `extends: ${join(import.meta.dirname, 'recipes/golden.yaml')}
name: own
packages: [sudo]
kernel: {options: [nosmt]}
files:
  - {text: "${text}", to: /etc/greeting, mode: "0640", owner: "root:adm"}
  - {text: here, to: /var/run/bullion-recipe-test/file}
users: [{name: anna, sshKeys: ["ssh-ed25519 AAAA anna"], groups: [adm], sudo: true}]
disk: {size: ${size}}
`,
    );
    return await buildImage({ recipe: path, home });
  };
  const first = await build('hello');
  assert.deepEqual(first.built, ['packages', 'tree', 'disk'], 'the golden image has the same base system');
  assert.match(first.manifest.cmdline, / nosmt$/);
  const root = `${first.disk}?offset=${65 * 2 ** 20}`;
  const look = (request: string) => tool('debugfs', ['-R', request, root]);
  assert.match(await look('stat /etc/greeting'), /Mode: {2}0640[\s\S]*User: +0 +Group: +4 /);
  assert.equal(await look('cat /home/anna/.ssh/authorized_keys'), 'ssh-ed25519 AAAA anna\n');
  assert.match(await look('stat /home/anna/.ssh/authorized_keys'), /Mode: {2}0600[\s\S]*User: +1000 /);
  assert.match(await look('stat /etc/sudoers.d/bullion-recipe-anna'), /Mode: {2}0440/);

  assert.equal(
    await look('cat /run/bullion-recipe-test/file'),
    'here',
    'a link of the image, followed there',
  );
  assert.equal(existsSync('/run/bullion-recipe-test'), false, 'and not here');

  assert.deepEqual((await build('good morning')).built, ['tree', 'disk']);
  assert.deepEqual((await build('good morning', '2GiB')).built, ['disk']);
  const again = await build('hello');
  assert.deepEqual([again.built, again.manifest.sha256], [[], first.manifest.sha256]);
});
