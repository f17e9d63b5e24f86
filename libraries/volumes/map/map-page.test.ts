import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type BlockState,
  decodePage,
  encodePage,
  fillStates,
  MapPageError,
  PAGE_BLOCKS,
  PAGE_BYTES,
  PAGE_ENTRY_BYTES,
  runLength,
  stateAt,
} from './map-page.ts';
import { isZero } from './zeros.ts';

const fills = fc.array(
  fc.tuple(fc.nat(PAGE_BLOCKS - 1), fc.integer({ min: 1, max: 4000 }), fc.constantFrom<BlockState>(0, 1, 2)),
  { maxLength: 12 },
);

function pageOf(parts: [number, number, BlockState][]): { entries: Uint8Array; plain: Uint8Array } {
  const entries = new Uint8Array(PAGE_ENTRY_BYTES);
  const plain = new Uint8Array(PAGE_BLOCKS);
  for (const [first, length, state] of parts) {
    const count = Math.min(length, PAGE_BLOCKS - first);
    const changes = plain.subarray(first, first + count).some((one) => one !== state);
    assert.equal(fillStates(entries, first, count, state), changes);
    plain.fill(state, first, first + count);
  }
  return { entries, plain };
}

test('a page holds the states it was given, in memory and through the form of the disk', () => {
  fc.assert(
    fc.property(
      fills,
      fc.nat(2 ** 20),
      fc.nat(0xffffffff),
      fc.nat(PAGE_BLOCKS - 1),
      (parts, page, seed, from) => {
        const { entries, plain } = pageOf(parts);
        for (let i = 0; i < PAGE_BLOCKS; i += 97) assert.equal(stateAt(entries, i), plain[i]);
        const different = plain.subarray(from).findIndex((one) => one !== plain[from]);
        const expected = different < 0 ? PAGE_BLOCKS - from : different;
        assert.equal(runLength(entries, from, PAGE_BLOCKS), expected);
        assert.equal(runLength(entries, from, 10), Math.min(10, expected));
        assert.deepEqual(decodePage(encodePage(entries, page, seed), page, seed), entries);
      },
    ),
  );
});

test('a torn page is a mixture of its old and its new entries', () => {
  fc.assert(
    fc.property(fills, fills, fc.nat(255), (before, after, mask) => {
      const old = pageOf(before);
      const both = pageOf([...before, ...after]);
      const torn = encodePage(old.entries, 3, 1);
      const next = encodePage(both.entries, 3, 1);
      for (let sector = 0; sector < 8; sector += 1) {
        if (mask & (1 << sector)) torn.set(next.subarray(sector * 512, (sector + 1) * 512), sector * 512);
      }
      const entries = decodePage(torn, 3, 1)!;
      for (let i = 0; i < PAGE_BLOCKS; i += 1) {
        const state = stateAt(entries, i);
        if (state !== old.plain[i]) assert.equal(state, both.plain[i]);
      }
    }),
    { numRuns: 30 },
  );
});

test('any flipped bit is noticed, and so is a sector of another layer or another place', () => {
  const { entries } = pageOf([[5, 3000, 1]]);
  const page = encodePage(entries, 7, 1234);
  fc.assert(
    fc.property(fc.nat(PAGE_BYTES * 8 - 1), (bit) => {
      const damaged = page.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => decodePage(damaged, 7, 1234), MapPageError);
    }),
  );
  assert.throws(() => decodePage(page, 7, 1235), MapPageError);
  assert.throws(() => decodePage(page, 8, 1234), MapPageError);
  assert.throws(() => decodePage(page.subarray(0, 512), 7, 1234), MapPageError);
});

test('a page that was never written has nothing', () => {
  assert.equal(decodePage(new Uint8Array(PAGE_BYTES), 0, 1), undefined);
});

test('zeros are told from what only looks like them', () => {
  assert.ok(isZero(new Uint8Array(0)));
  assert.ok(isZero(new Uint8Array(200_000)));
  for (const at of [0, 1, 65_535, 65_536, 199_999]) {
    const bytes = new Uint8Array(200_000);
    bytes[at] = 1;
    assert.ok(!isZero(bytes));
  }
});
