import assert from 'node:assert/strict';
import test from 'node:test';
import { type Batch, clear, clearFor, encode, grossFor } from '../index.ts';
import { diceOf } from '../testing/dice.ts';
import { greatestSurplus } from '../testing/exhaustive.ts';
import { aBatch, aBid, anAsk } from '../testing/orders.ts';
import { anyBatch } from '../testing/random.ts';

const RUNS = Number(process.env.RUNS ?? 15) * 13;

/** Small enough to try everything, with every feature of orders. */
function tinyBatch(seed: number): Batch {
  const batch = anyBatch(seed);
  const dice = diceOf(seed);
  return {
    ...batch,
    exactUpTo: 100,
    slots: Math.min(batch.slots, 6),
    asks: batch.asks.slice(0, 3).map((ask) => ({ ...ask, class: 'c0', nodes: Math.min(ask.nodes, 3) })),
    commitments: [],
    bids: batch.bids.slice(0, dice(1, 5)).map((bid) => {
      const earliest = batch.from + dice(0, 2);
      const window = { earliest, latest: earliest + dice(0, 2), slots: dice(1, 3) };
      const weight = (bid.weight / 1000n) * 1000n;
      return { ...bid, ...window, classes: ['c0'], nodes: dice(1, 3), weight };
    }),
  };
}

function surplusOf(batch: Batch): bigint {
  const bids = new Map(batch.bids.map((bid) => [bid.id, bid]));
  const asks = new Map(batch.asks.map((ask) => [ask.id, ask]));
  let sum = 0n;
  for (const { bid: id, start, end, hosts } of clear(batch).trades)
    for (const { ask, nodes } of hosts) {
      const { reserve, subsidy } = asks.get(ask)!;
      const asked = grossFor(reserve > subsidy ? reserve - subsidy : 0n, batch.feePpm);
      const { limit, weight } = bids.get(id)!;
      sum += (weight / 1000n) * (limit - asked) * BigInt(nodes * (end - start));
    }
  return sum;
}

test('no schedule has a greater surplus: all are tried', () => {
  let trades = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const batch = tinyBatch(seed);
    const { classes, trades: found } = clear(batch);
    for (const { rule } of classes) assert.equal(rule, 'surplus');
    assert.equal(surplusOf(batch), greatestSurplus(batch), `of the batch with seed ${seed}`);
    trades += found.length;
  }
  assert.ok(trades > RUNS / 2, 'hardly any batch traded: this test compared nothing');
});

/** Demand of up to thrice the supply, on asks whose prices differ. */
function crowded(seed: number): Batch {
  const dice = diceOf(seed);
  const asks = Array.from({ length: 4 }, (_, n) =>
    anAsk({ id: `${n}`, owner: `o${n}`, nodes: dice(1, 6), reserve: BigInt(dice(5, 40)) }),
  );
  const bids = Array.from({ length: 20 }, (_, n) => {
    const slots = dice(1, 6);
    const earliest = dice(0, 16 - slots);
    const latest = Math.min(16 - slots, earliest + dice(0, 6));
    return aBid({
      id: `${n}`,
      buyer: `b${n}`,
      nodes: dice(1, 6),
      slots,
      earliest,
      latest,
      limit: BigInt(dice(20, 120)),
    });
  });
  return aBatch({ asks, bids, exactUpTo: 20, exactSteps: 30_000_000 });
}

test('most crowded batches are not too long, prices included', () => {
  const rules = Array.from({ length: 5 }, (_, seed) => clear(crowded(seed)).classes[0]!.rule);
  assert.ok(rules.filter((rule) => rule === 'surplus').length >= 3, rules.join(' '));
});

test('of equal schedules the one that starts earliest is taken', () => {
  const asks = [anAsk({ id: 'a', nodes: 1 }), anAsk({ id: 'b', nodes: 1 })];
  const bids = [0, 1, 2].map((n) => aBid({ id: `${n}`, latest: 12 }));
  const starts = clear(aBatch({ asks, bids })).trades.map(({ start }) => start);
  assert.deepEqual(starts.toSorted(), [0, 0, 4]);
});

test('each winner pays what its winning takes from all others', () => {
  let compared = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const batch = tinyBatch(seed);
    const all = greatestSurplus(batch);
    for (const { bid: id, price } of clear(batch).trades) {
      const { limit, nodes, slots, weight } = batch.bids.find((bid) => bid.id === id)!;
      const without = greatestSurplus({ ...batch, bids: batch.bids.filter((bid) => bid.id !== id) });
      const size = BigInt(nodes * slots);
      const taken = without - (all - (weight / 1000n) * limit * size);
      const whole = roundedUp(taken, weight / 1000n);
      assert.equal(price, roundedUp(whole, size), `seed ${seed}: "${id}"`);
      compared++;
    }
  }
  assert.ok(compared > RUNS / 2);
});

test('one bid’s outcome is that of the whole clearing, by either rule', () => {
  for (let seed = 0; seed < RUNS / 2; seed++)
    for (const exactUpTo of [0, 12]) {
      const batch = { ...anyBatch(seed), exactUpTo };
      const { trades } = clear(batch);
      for (const { id } of batch.bids) {
        const own = trades.find(({ bid }) => bid === id);
        assert.equal(encode(clearFor(id, batch) ?? null), encode(own ?? null), `seed ${seed}: "${id}"`);
      }
    }
});

const roundedUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;
