import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import { VolumeStore } from '@bullion/volumes';
import { Command } from 'commander';
import { Cli } from '../cli.ts';
import { addVolume } from './volume.ts';

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

/** `bullion volume check ARGS`. */
async function check(...args: string[]): Promise<{ said: string; exitCode: number }> {
  let said = '';
  const cli = new Cli({
    stdout: { write: (text) => void (said += text) },
    stderr: { write: () => {} },
    env: {},
  });
  const program = new Command('bullion').exitOverride();
  addVolume(program, cli);
  await program.parseAsync(['volume', 'check', ...args], { from: 'user' });
  return { said, exitCode: cli.exitCode };
}

const refused = (kind: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof BullionError, String(error));
  assert.equal(error.kind, kind);
  assert.match(error.message, words);
  assert.ok(error.hint);
  return true;
};

test('a folder in which all is well says so; exit code 0', async (t) => {
  const { store, volumes } = await setUp(t);
  await volumes.close();
  const { said, exitCode } = await check(store, '--data');
  assert.match(said, /^Nothing is wrong with 2 layers with 1 MiB of data/);
  assert.equal(exitCode, 0);
});

test('a folder that is open is refused, and left alone', async (t) => {
  const { store, volumes } = await setUp(t);
  await assert.rejects(check(store, '--repair'), refused('conflict', /open already, in this process/));
  assert.equal((await volumes.check()).problems.length, 0);
  await volumes.close();
});

test('a folder that holds no volumes is refused, and does not become one', async (t) => {
  const { folder, volumes } = await setUp(t);
  await volumes.close();
  await assert.rejects(check(join(folder, 'misspelt')), refused('not_found', /no catalog\.db/));
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
    const { said, exitCode } = await check(store, '--data', ...args);
    assert.match(said, /damaged {3}golden \(also under server-1\): /);
    assert.equal(exitCode, 1);
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
  assert.equal(found.exitCode, 1);
  assert.match(found.said, /damaged {3}golden.*\n1 found\. Look again with --repair/);
  const repaired = await check(store, '--repair');
  assert.equal(repaired.exitCode, 0);
  assert.match(repaired.said, /repaired {2}golden.*\nEverything was put right/);
  assert.equal((await check(store)).exitCode, 0);
});
