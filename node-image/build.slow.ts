/** Builds the golden image twice from nothing: slow (minutes), so by `npm run test:slow` only. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
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
  assert.equal(again.cached, true);
  assert.deepEqual({ ...again, cached: false }, one);

  const { size, blocks } = await stat(one.disk);
  assert.equal(size, one.manifest.sizeBytes);
  assert.equal(size % 4096, 0);
  t.diagnostic(`disk ${size >> 20} MiB, ${(blocks * 512) >> 20} MiB of it stored`);
  // 65 MiB in: the root, behind the boot partition.
  const check = await tool('e2fsck', ['-fn', `${one.disk}?offset=${65 * 2 ** 20}`]);
  assert.match(check, /bullion-root: \d+\/\d+ files/);
});
