import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keeper } from '../policies/ask.ts';
import { impatient, longAbroad, rentAhead } from '../policies/bid.ts';
import { House } from './house.ts';
import { outcomes } from './outcome.ts';
import { simulate, type Trading } from './simulate.ts';
import { KNOBS, runSystem, SYSTEMS } from './systems.ts';
import { madeWorkload } from './testing.ts';
import { marketVenue } from './venues/market.ts';
import type { Venue } from './venues/venue.ts';

/** Lends all that it does not use at once. */
const tradingAt = (venue: Venue): Trading => ({
  ...{
    venue,
    ask: keeper({ coverPpm: 0, delayedMaxPpm: 1e9, ladder: [96], reserve: 1000n, week: 0 }),
    bid: impatient(10),
  },
  ...{
    abroad: longAbroad(50_000),
    ahead: rentAhead({ slots: 12, limit: 2_000_000n, most: 4 }),
    soon: () => 1,
    longest: 96,
  },
});

test('the same seed makes the same log, in each system; another seed another', () => {
  for (const system of SYSTEMS) {
    const hashes = [1, 1, 2].map((seed) => runSystem(system, madeWorkload(seed), KNOBS).logHash);
    assert.equal(hashes[0], hashes[1], system);
    assert.notEqual(hashes[0], hashes[2], system);
  }
});

test('every job runs once, not before it was brought, and all lent nodes come back', () => {
  for (const system of SYSTEMS) {
    const workload = madeWorkload(3);
    const { ran } = runSystem(system, workload, KNOBS);
    assert.equal(ran.size, workload.jobs.length, system);
    for (const { job, start } of ran.values()) assert(start >= job.submit, `${system}: job ${job.id}`);
  }
});

test('at no time are more nodes in use than there are', () => {
  const workload = madeWorkload(4);
  const venue = marketVenue(KNOBS.slotS, workload.owners);
  const { ran, rentedNodeSlots } = simulate(workload, {
    ...{ slotS: KNOBS.slotS, provisionS: KNOBS.provisionS, remembered: 96 },
    trading: tradingAt(venue),
  });
  assert(rentedNodeSlots > 0, 'nothing was let, so nothing was tested');
  const all = workload.owners.reduce((sum, { nodes }) => sum + nodes, 0);
  const changes = [...ran.values()].flatMap(({ job, start }) => [
    { at: start, by: job.nodes },
    { at: start + job.run, by: -job.nodes },
  ]);
  let used = 0;
  for (const { by } of changes.sort((a, b) => a.at - b.at || a.by - b.by)) {
    used += by;
    assert(used <= all, `${used} nodes of ${all} in use`);
  }
});

test("the simulated market's money is all accounted for, and nothing was refused", () => {
  const workload = madeWorkload(5);
  const venue = marketVenue(KNOBS.slotS, workload.owners);
  const { net } = simulate(workload, {
    ...{ slotS: KNOBS.slotS, provisionS: KNOBS.provisionS, remembered: 96 },
    trading: tradingAt(venue),
  });
  const { ledger, leases } = venue.market.state;
  const fees = ledger.balance('market:fee') + ledger.balance('market:insurance');
  assert(fees > 0n);
  assert.equal(
    net.reduce((sum, one) => sum + one, 0n),
    -fees,
  );
  assert.equal([...leases.values()].filter(({ state }) => state !== 'ended').length, 0);
  assert.deepEqual([...venue.refusals], []);
});

test('an owner that lends more than it has is an error of the simulation, not a smaller house', () => {
  const house = new House(2);
  house.lend(2, 100);
  assert.throws(() => house.lend(1, 100), /sold twice/);
});

test('where busy days differ, the market shortens what users wait', () => {
  const workload = madeWorkload(6);
  const wait = (system: (typeof SYSTEMS)[number]) =>
    outcomes(workload, runSystem(system, workload, KNOBS)).reduce((sum, { meanWaitS }) => sum + meanWaitS, 0);
  assert(wait('market') < wait('static'));
});

test('rented nodes can be used only after they were provisioned, from the next slot on', () => {
  const workload = madeWorkload(7);
  for (const { job, start, rented } of runSystem('market', workload, {
    ...KNOBS,
    ...{ provisionS: 900, aheadMost: 0 },
  }).ran.values()) {
    if (rented === 0) continue;
    assert.equal(start % KNOBS.slotS, 0);
    assert(start >= job.submit + 900 + 60 - 1, `job ${job.id}`);
  }
});
