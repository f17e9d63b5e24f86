import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockCache } from '../cache/block-cache.ts';
import { Patience } from '../cache/patience.ts';
import { Residency } from '../cache/residency.ts';
import type { StoredFile } from '../system/file-layer.ts';
import type { Checksums } from './checksums.ts';
import { DataFile } from './data-file.ts';
import { SealedReads } from './sealed-reads.ts';

const BLOCK = 4096;

test('a large read is verified once, also where some of its blocks are cached', async () => {
  const file = { read: async (into: Uint8Array) => into.length } as unknown as StoredFile;
  const residency = new Residency();
  const data = new DataFile('ab', file, { residency, patience: new Patience() });
  const reads = new SealedReads(data, new BlockCache(64 * BLOCK), 'ab');
  let verified = 0;
  reads.checksums = {
    verify: async (_first: number, { length }: Uint8Array) => void (verified += length),
  } as unknown as Checksums;
  await reads.read(20 * BLOCK, new Uint8Array(2 * BLOCK)); // these two are cached now
  // Slow reads: what is believed of this neighbourhood is forgotten, the cache is not.
  for (const ms of [1, 1]) residency.observe(residency.ownerOf('ab'), 0, ms);
  const bulk = new Uint8Array(64 * BLOCK);
  verified = 0;
  await reads.read(0, bulk);
  assert.equal(verified, 62 * BLOCK);
  await reads.read(0, bulk);
  assert.equal(verified, 62 * BLOCK);
});
