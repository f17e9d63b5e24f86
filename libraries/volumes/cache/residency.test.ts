import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { Residency } from './residency.ts';
import { TurnBudget } from './turn-budget.ts';

test('a block counts as cached while it is among the lately used ones', () => {
  const residency = new Residency(4 * 4096 * 100); // generations of 100 blocks
  const a = residency.ownerOf('a');
  const b = residency.ownerOf('b');
  residency.add(a, 0, 9);
  assert.ok(residency.has(a, 0, 9));
  assert.ok(!residency.has(a, 0, 10));
  assert.ok(!residency.has(b, 0, 0), 'of another file');
  for (let block = 1000; block < 1095; block += 1) residency.add(a, block, block);
  assert.ok(residency.has(a, 5, 5), 'of the older generation, and moved to the newer by the use');
  for (let block = 2000; block < 2095; block += 1) residency.add(a, block, block);
  assert.ok(residency.has(a, 5, 5));
  assert.ok(!residency.has(a, 6, 6), 'not used since');
});

test('reads that had to wait make their neighbourhood cold, one that only met a busy core does not', () => {
  const residency = new Residency();
  const owner = residency.ownerOf('a');
  residency.add(owner, 0, 100_000);
  for (let round = 0; round < 10; round += 1) {
    residency.observe(owner, 3, 5);
    for (let i = 0; i < 20; i += 1) residency.observe(owner, i, 0.002);
  }
  assert.ok(residency.has(owner, 0, 100_000), 'one in twenty');
  residency.observe(owner, 3, 5);
  residency.observe(owner, 9, 0.002);
  residency.observe(owner, 7, 5);
  assert.ok(!residency.has(owner, 100, 100));
  assert.ok(residency.has(owner, 99_000, 100_000), 'elsewhere it is as before');
});

test('reads at once are rationed, so that others have their turn', async () => {
  const budget = new TurnBudget();
  let taken = 0;
  while (budget.take(4096)) taken += 1;
  assert.equal(taken, 256);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(budget.take(4096));
});

test('what was read or written lately is read at once; the rest is not', async (t) => {
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder);
  await store.createVolume('v', 1024 * 1024);
  let disk = await store.open('v');
  await disk.write(0, new Uint8Array(8192).fill(1));
  await store.snapshot('v', 's');
  await disk.write(4096, new Uint8Array(4096).fill(2));
  const into = new Uint8Array(16_384).fill(0xee);
  assert.ok(disk.readNow(0, into), 'two layers and zeros, all known');
  const expected = new Uint8Array(16_384).fill(1, 0, 4096).fill(2, 4096, 8192);
  assert.deepEqual(into, expected);
  assert.ok(!disk.readNow(0, new Uint8Array(64 * 1024)), 'too large to be worth it');
  await store.close();

  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  disk = await store.open('v');
  assert.ok(!disk.readNow(0, into), 'nothing is known after a restart');
  await disk.read(0, into);
  assert.deepEqual(into, expected);
  assert.ok(disk.readNow(0, into.fill(0xee)));
  assert.deepEqual(into, expected);
});
