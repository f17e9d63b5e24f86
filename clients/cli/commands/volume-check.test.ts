import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { VolumeStore } from '@bullion/volumes';
import { EXIT } from '../exit-codes.ts';
import { run } from '../testing/run.ts';

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-check-'));
  t.after(() => rm(folder, { recursive: true }));
  const store = join(folder, 'store');
  await writeFile(join(folder, 'disk.raw'), Buffer.alloc(1 << 20, 'content'));
  const volumes = await VolumeStore.open(store);
  await volumes.createImageFromFile('golden', join(folder, 'disk.raw'));
  await volumes.clone('golden', 'server-1');
  await volumes.settled();
  return { folder, store, volumes };
}

const check = (...args: string[]) => run(['volume', 'check', ...args]);

test('a folder in which all is well says so; exit code 0', async (t) => {
  const { store, volumes } = await setUp(t);
  await volumes.close();
  const { stdout, code } = await check(store, '--data');
  assert.match(stdout, /^Nothing is wrong with 2 layers with 1 MiB of data/);
  assert.equal(code, 0);
});

test('a folder that is open is refused, and left alone', async (t) => {
  const { store, volumes } = await setUp(t);
  const { stderr, code } = await check(store, '--repair');
  assert.match(stderr, /open already, in this process.*\n.*hint: /);
  assert.equal(code, EXIT.conflict);
  assert.equal((await volumes.check()).problems.length, 0);
  await volumes.close();
});

test('a folder that holds no volumes is refused, and does not become one', async (t) => {
  const { folder, volumes } = await setUp(t);
  await volumes.close();
  const { stderr, code } = await check(join(folder, 'misspelt'));
  assert.match(stderr, /no catalog\.db.*\n.*hint: /);
  assert.equal(code, EXIT.notFound);
  assert.deepEqual((await readdir(folder)).sort(), ['disk.raw', 'store']);
});

test('damage is named with all that stands on it; exit code 1, also after a repair that could not help', async (t) => {
  const { store, volumes } = await setUp(t);
  await volumes.close();
  const layers = join(store, 'layers');
  for (const name of await readdir(layers)) {
    const path = join(layers, name);
    if (!name.endsWith('.data') || (await stat(path)).blocks === 0) continue;
    const file = await open(path, 'r+');
    await file.write(Buffer.from([2]), 0, 1, 5000);
    await file.close();
  }
  for (const args of [[], ['--repair']]) {
    const { stdout, code } = await check(store, '--data', ...args);
    assert.match(stdout, /damaged {3}golden \(also under server-1\): /);
    assert.equal(code, 1);
  }
});

test('lost checksums are told, and computed anew on request', async (t) => {
  const { store, volumes } = await setUp(t);
  await volumes.close();
  const layers = join(store, 'layers');
  const sums = (await readdir(layers)).filter((name) => !/\.(data|map)$/.test(name));
  assert.ok(sums.length > 0);
  for (const name of sums) await rm(join(layers, name));
  const found = await check(store);
  assert.equal(found.code, 1);
  assert.match(found.stdout, /damaged {3}golden.*\n1 found\. Look again with --repair/);
  const repaired = await check(store, '--repair');
  assert.equal(repaired.code, 0);
  assert.match(repaired.stdout, /repaired {2}golden.*\nEverything was put right/);
  assert.equal((await check(store)).code, 0);
});

test('a program is told in one JSON value', async (t) => {
  const { store, volumes } = await setUp(t);
  await volumes.close();
  const { layers, problems } = JSON.parse((await check(store, '--json')).stdout);
  assert.deepEqual([layers, problems], [2, []]);
});
