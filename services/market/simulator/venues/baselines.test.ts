import assert from 'node:assert/strict';
import { test } from 'node:test';
import { esiLeap, flocx, kDouble, posted } from './baselines.ts';
import type { Offer, Wish } from './venue.ts';

const SLOT = 900;
const offer = (of: Partial<Offer>): Offer => ({
  ...{ owner: 0, nodes: 4, end: 20, reserve: 100n, tier: 0, notice: null },
  ...of,
});
const wish = (of: Partial<Wish>): Wish => ({
  ...{ id: 'b', owner: 2, nodes: 4, slots: 10, limit: 200n, submit: 0, tier: 0, minNotice: null },
  ...of,
});

test('esi-leap: who comes first claims, without a price, from several owners', () => {
  const offers = [offer({}), offer({ owner: 1 })];
  const wishes = [wish({ id: 'late', submit: 9 }), wish({ id: 'early', nodes: 6 })];
  const grants = esiLeap(SLOT, 3).match(0, 10, offers, wishes);
  assert.deepEqual(grants, [
    {
      ...{ id: 'early', start: 10, end: 20, price: 0n },
      hosts: [
        { owner: 0, nodes: 4, recallable: false },
        { owner: 1, nodes: 2, recallable: false },
      ],
    },
  ]);
});

test('FLOCX takes one node too many, at the bid, below the reserve too, and only strictly within the offer', () => {
  const at = (of: Offer) => flocx(SLOT, 3).match(0, 10, [of], [wish({ nodes: 3, limit: 5n })]);
  assert.deepEqual(at(offer({ end: 21 }))[0]!.hosts, [{ owner: 0, nodes: 4, recallable: false }]);
  assert.equal(at(offer({ end: 21 }))[0]!.price, 5n);
  assert.deepEqual(at(offer({ end: 20 })), []);
});

test('a posted price turns away who would pay less and who asks for more; what is paid balances', () => {
  const venue = posted(SLOT, 3, 150n);
  assert.deepEqual(venue.match(0, 10, [offer({})], [wish({ limit: 149n })]), []);
  assert.deepEqual(venue.match(0, 10, [offer({ reserve: 151n })], [wish({})]), []);
  assert.equal(venue.match(0, 10, [offer({})], [wish({})]).length, 1);
  assert.deepEqual(venue.close(0).net, [6000n, 0n, -6000n]);
});

test('nobody rents from itself', () => {
  assert.deepEqual(esiLeap(SLOT, 3).match(0, 10, [offer({ owner: 2 })], [wish({})]), []);
});

test('a k-double auction has one price, midway between the last limit that won and the dearest reserve', () => {
  const venue = kDouble(SLOT, 3);
  const wishes = [wish({ id: 'low', limit: 120n }), wish({ id: 'high', limit: 300n })];
  const one = venue.match(0, 10, [offer({})], wishes);
  assert.deepEqual(
    one.map(({ id, price }) => [id, price]),
    [['high', 200n]],
  );
  const both = venue.match(0, 10, [offer({ nodes: 8 })], wishes);
  assert.deepEqual(
    both.map(({ id, price }) => [id, price]),
    [
      ['high', 110n],
      ['low', 110n],
    ],
  );
});
