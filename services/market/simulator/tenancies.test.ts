import assert from 'node:assert/strict';
import { test } from 'node:test';
import { House, type Lent } from './house.ts';
import { Tenancies } from './tenancies.ts';
import type { Grant, Recalled, Venue } from './venues/venue.ts';

const TIMES = { slotS: 900, provisionS: 180 };

function setUp(recalled: Recalled[]) {
  const houses = [new House(2), new House(1)];
  const venue: Venue = {
    ...{ match: () => [], dismiss() {}, close: () => ({ net: [], hash: '' }) },
    ...{ recall: () => recalled, release: (_, grant) => grant.end },
  };
  const back: { house: House; lent: Lent; at: number }[] = [];
  const tenancies = new Tenancies(TIMES, venue, houses, (house, lent) =>
    back.push({ house, lent, at: lent.until }),
  );
  return { houses, tenancies, back };
}

const grant = (id: string, end: number, owner: number, nodes: number): Grant => ({
  ...{ id, start: 10, end, price: 1n, hosts: [{ owner, nodes, recallable: true }] },
});

test('of two nodes one is had back: it returns after its notice, the other at the end', () => {
  const { houses, tenancies, back } = setUp([{ id: 'a', nodes: 1, at: 12, instead: [] }]);
  const tenancy = tenancies.open(grant('a', 20, 0, 2));
  assert.equal(houses[0]!.free, 0);
  const losses = tenancies.recall(0, 0, 1);
  assert.deepEqual(losses, [{ tenancy, at: 12 * 900, moved: false }]);
  assert.deepEqual(
    [...houses[0]!.lent].map(({ nodes, until, recallable }) => [nodes, until, recallable]),
    [
      [1, 20 * 900 + 180, true],
      [1, 12 * 900 + 180, false],
    ],
  );
  assert(back.some(({ at }) => at === 12 * 900 + 180));
  assert.equal(tenancies.nodeSlots, 10 + 2);
});

test('a substitute that another has until then goes from tenant to tenant', () => {
  const instead = [{ owner: 1, nodes: 1, recallable: false }];
  const { houses, tenancies } = setUp([{ id: 'a', nodes: 1, at: 11, instead }]);
  tenancies.open(grant('short', 11, 1, 1));
  tenancies.open(grant('a', 20, 0, 1));
  const [loss] = tenancies.recall(0, 0, 1);
  assert.equal(loss!.moved, true);
  const lent = [...houses[1]!.lent].filter(({ nodes }) => nodes > 0);
  assert.deepEqual(
    lent.map(({ nodes, until }) => [nodes, until]),
    [[1, 20 * 900 + 180]],
  );
  assert.equal(houses[1]!.free, 0);
});

test('nodes that are nobody’s to give are an error', () => {
  const instead = [{ owner: 1, nodes: 2, recallable: false }];
  const { tenancies } = setUp([{ id: 'a', nodes: 2, at: 12, instead }]);
  tenancies.open(grant('a', 20, 0, 2));
  assert.throws(() => tenancies.recall(0, 0, 2), /sold twice/);
});
