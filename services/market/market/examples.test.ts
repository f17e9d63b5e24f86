/** The worked examples of docs/market.md that no other test computes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT, Floor } from '../testing/floor.ts';

test('three bid for two nodes: the winners pay the least limit that still beats the third', () => {
  const floor = new Floor();
  for (const party of ['owner', 's1', 's2', 's3']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 2);
  floor.ask({ owner: 'owner', class: name, nodes: 2 });
  const bids = [2n, 3n, 4n].map((limit, n) =>
    floor.bid({ buyer: `s${n + 1}`, classes: [name], limit: limit * CREDIT }),
  );
  floor.clear();
  const leases = bids.map((id) => floor.market.state.leases.get(id));
  assert.equal(leases[0], undefined);
  for (const lease of leases.slice(1))
    assert.ok(lease!.price >= 2n * CREDIT && lease!.price <= 2n * CREDIT + 1n);
});

test('a recall of three nodes with 38 slots left and two of notice', () => {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 3);
  floor.ask({ owner: 'owner', class: name, nodes: 3, notice: 2 });
  floor.bid({ buyer: 'startup', classes: [name], nodes: 3, slots: 40, minNotice: 2 });
  floor.clear();
  floor.pass(2);
  const before = floor.free('startup');
  floor.do({ do: 'recall', key: 'r', by: 'owner', class: name, nodes: 3 });
  assert.equal(floor.free('startup') - before, 110_204_064n + 27_551_016n);
});

test('a reservation ten days ahead: nothing lost after four days, half after seven and a half', () => {
  for (const [days, lost] of [
    [4, 0n],
    [7.5, 15n],
  ] as const) {
    const floor = new Floor({ horizon: 96 * 30 });
    for (const party of ['owner', 'startup']) floor.credit(party, 1000);
    const name = floor.enroll('owner', 1);
    const at = floor.slot + 960;
    floor.ask({ owner: 'owner', class: name, end: at + 200, reserve: (98n * CREDIT) / 100n });
    const id = floor.bid({
      buyer: 'startup',
      classes: [name],
      slots: 100,
      earliest: at,
      latest: at,
      limit: CREDIT,
    });
    floor.clear();
    // The price is a hair under one credit: the reserve and the fee, rounded.
    const { held } = floor.market.state.leases.get(id)!;
    assert.ok(held > 29_999_900n && held <= 30n * CREDIT, String(held));
    floor.now += days * 86_400_000;
    floor.do({ do: 'tick' });
    floor.do({ do: 'release', lease: id, by: 'startup' });
    const paid = 1000n * CREDIT - floor.free('startup');
    assert.ok(paid >= lost * CREDIT - CREDIT / 10n && paid <= lost * CREDIT, `${paid} after ${days} days`);
    floor.checkBooks();
  }
});
