import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../market/index.ts';
import { keeper, takeBackWhatLacks } from '../policies/ask.ts';
import { impatient, longAbroad, rentAhead } from '../policies/bid.ts';
import { House } from './house.ts';
import { outcomes } from './outcome.ts';
import type { Trading } from './run.ts';
import { simulate } from './simulate.ts';
import { KNOBS, NO_BREAKER, runSystem, SYSTEMS } from './systems.ts';
import { madeWorkload } from './testing.ts';
import { marketVenue } from './venues/market.ts';
import type { Venue } from './venues/venue.ts';

const GREEDY = { coverPpm: 0, delayedMaxPpm: 1e9, reserve: 500_000n, slotsEach: 1, week: 0 };
const TIMES = { slotS: KNOBS.slotS, provisionS: KNOBS.provisionS, remembered: 96, slotsEach: 1 };

/** Lends all that it does not use at once. */
const tradingAt = (venue: Venue): Trading => ({
  ...{ venue, ask: keeper({ ...GREEDY, ladder: [96] }), bid: impatient(10) },
  abroad: longAbroad({ delayPpm: 50_000, budgetPpm: 0, spentPpm: 0 }),
  ahead: rentAhead({ slots: 12, limit: 2_000_000n, most: 4 }),
  ...{ soon: () => 1, longest: 96, stoppable: () => false, recall: null },
});

/** The same, but to be had back a slot after it is said; every job can be stopped. */
const recallingAt = (venue: Venue): Trading => ({
  ...tradingAt(venue),
  ask: keeper({
    ...GREEDY,
    ladder: [],
    recallable: { slots: 96, notice: 1, coverPpm: 0, reserve: 375_000n },
  }),
  ahead: () => null,
  ...{ stoppable: () => true, recall: { policy: takeBackWhatLacks, notice: 1 } },
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
    ...TIMES,
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
    ...TIMES,
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

test('owners have nodes back: those who rented them are moved or stopped, and every job still runs once, whole', () => {
  const told = { nodes: 0, moved: 0, stopped: 0 };
  for (const seed of [8, 9, 10]) {
    const workload = madeWorkload(seed);
    const venue = marketVenue(KNOBS.slotS, workload.owners);
    const { ran, recalls, net } = simulate(workload, { ...TIMES, trading: recallingAt(venue) });
    assert.equal(ran.size, workload.jobs.length);
    for (const { job, start } of ran.values()) {
      assert.equal(job.run, workload.jobs[job.id]!.run, `job ${job.id} lost work, or did some twice`);
      assert(start >= job.submit);
    }
    const { ledger, leases } = venue.market.state;
    const fees = ledger.balance('market:fee') + ledger.balance('market:insurance');
    assert.equal(
      net.reduce((sum, one) => sum + one, 0n),
      -fees,
    );
    assert([...leases.values()].every(({ state }) => state === 'ended'));
    assert.deepEqual([...venue.refusals], []);
    for (const what of ['nodes', 'moved', 'stopped'] as const) told[what] += recalls[what];
  }
  assert(told.nodes > 0 && told.stopped > 0, `nothing was recalled: ${JSON.stringify(told)}`);
  assert(told.moved > 0 && told.moved < told.nodes, `all or nothing was moved: ${JSON.stringify(told)}`);
});

test('the breaker as it is set lets an honest market trade', () => {
  const trades = (config: Partial<Config>) =>
    [11, 12].reduce((sum, seed) => {
      const workload = madeWorkload(seed);
      const trading = tradingAt(marketVenue(KNOBS.slotS, workload.owners, { config }));
      return sum + simulate(workload, { ...TIMES, trading }).prices.length;
    }, 0);
  const [free, watched] = [trades(NO_BREAKER), trades({})];
  assert(free > 100, `${free} trades say little`);
  assert(watched >= 0.95 * free, `${watched} of ${free} trades`);
});
