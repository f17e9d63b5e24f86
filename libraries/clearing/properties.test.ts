import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Batch,
  type Bid,
  bind,
  type Clearing,
  clear,
  clearFor,
  encode,
  type Trade,
  totalsOf,
} from './index.ts';
import { type Dice, diceOf } from './testing/dice.ts';
import { aBatch, aBid, anAsk } from './testing/orders.ts';
import { anyBatch } from './testing/random.ts';

const RUNS = Number(process.env.RUNS ?? 15) * 20;
const CREDIT = 1_000_000n;

const priceOf = (clearing: Clearing, bid: string) =>
  clearing.trades.find((trade) => trade.bid === bid)?.price;
const rulesOf = ({ classes }: Clearing) => classes.map(({ rule }) => rule);

/** One order a buyer; asks that take any length: what the promise of truthfulness is about. */
function singleMinded(seed: number): Batch {
  const batch = anyBatch(seed);
  const asks = batch.asks.map((ask) => ({ ...ask, minLease: 1, reserve: ask.reserve * CREDIT, subsidy: 0n }));
  const bids = batch.bids.map((bid, at) => ({
    ...bid,
    buyer: `buyer-${at}`,
    limit: bid.limit * CREDIT + 7n,
  }));
  return { ...batch, asks: asks.map((ask) => ({ ...ask, allow: null })), bids, commitments: [] };
}

function narrowerLie(truth: Bid, dice: Dice): Bid {
  const late = dice(0, truth.latest - truth.earliest);
  const lies: Partial<Bid>[] = [
    { limit: (truth.limit * BigInt(dice(0, 200))) / 100n },
    { nodes: dice(1, truth.nodes + 3) },
    { slots: dice(1, truth.slots + 3) },
    { earliest: truth.earliest + late, latest: truth.earliest + dice(late, truth.latest - truth.earliest) },
  ];
  return dice(0, 4) === 4 ? Object.assign({}, truth, ...lies) : { ...truth, ...lies[dice(0, 3)] };
}

/** Worth what the true need is worth if the lease covers it, else nothing; less what was paid. */
function gainOf(truth: Bid, trade: Trade | undefined): bigint {
  if (trade === undefined) return 0n;
  const nodes = trade.hosts.reduce((sum, host) => sum + host.nodes, 0);
  const from = Math.max(trade.start, truth.earliest);
  const serves = nodes >= truth.nodes && from <= truth.latest && from + truth.slots <= trade.end;
  return (serves ? truth.limit * BigInt(truth.nodes * truth.slots) : 0n) - totalsOf(trade).paid;
}

function gainsNothing(seed: number, batch: Batch, lieOf: (truth: Bid, dice: Dice) => Bid): void {
  const dice = diceOf(seed);
  const honest = clear(batch);
  for (const [at, truth] of batch.bids.entries()) {
    const lie = lieOf(truth, dice);
    const gained = gainOf(truth, clearFor(lie.id, { ...batch, bids: batch.bids.with(at, lie) }));
    const own = honest.trades.find(({ bid }) => bid === truth.id);
    assert.ok(gained <= gainOf(truth, own), `seed ${seed}: "${truth.id}" gains ${gained} by a lie`);
  }
}

test('by rank no lie about limit, nodes, length or a narrower window pays a buyer of one order', () => {
  for (let seed = 0; seed < RUNS; seed++)
    gainsNothing(seed, { ...singleMinded(seed), exactUpTo: 0 }, narrowerLie);
});

test('for the greatest surplus no lie does, that of a wider window neither', () => {
  let lied = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const batch = singleMinded(seed);
    // Some are too many, and of some the search is too long.
    if (clear(batch).classes.some(({ rule }) => rule === 'rank')) continue;
    gainsNothing(seed, batch, (truth, dice) => {
      const said = dice(0, 1) === 0 ? truth : narrowerLie(truth, dice);
      const earliest = Math.max(0, said.earliest - dice(0, 3));
      return { ...said, earliest, latest: said.latest + dice(0, 3) };
    });
    lied += batch.bids.length;
  }
  assert.ok(lied > RUNS);
});

test('nobody loses by taking part, and every trade balances to the micro-credit', () => {
  for (let seed = 0; seed < RUNS * 3; seed++) {
    const batch = anyBatch(seed);
    for (const trade of clear(batch).trades) {
      assert.ok(trade.price <= batch.bids.find(({ id }) => id === trade.bid)!.limit);
      let hosted = 0;
      for (const { ask, nodes, gross, fee, subsidy, withheld } of trade.hosts) {
        hosted += nodes;
        assert.ok(gross - fee + subsidy >= batch.asks.find(({ id }) => id === ask)!.reserve);
        assert.ok(withheld >= 0n && subsidy >= 0n && fee >= 0n);
      }
      const { paid, fee, withheld, subsidy, owners } = totalsOf(trade);
      assert.equal(paid, trade.price * BigInt(hosted * (trade.end - trade.start)));
      const received = [...owners.values()].reduce((sum, { amount }) => sum + amount, 0n);
      assert.equal(paid + subsidy, fee + withheld + received);
    }
  }
});

test('what is sold can be bound to machines, each lease on its own from start to end', () => {
  for (let seed = 0; seed < RUNS * 3; seed++) {
    const batch = anyBatch(seed);
    const { trades } = clear(batch);
    for (const { id, nodes } of batch.asks) {
      const before = batch.commitments
        .filter(({ ask }) => ask === id)
        .map((lease, at) => ({ ...lease, id: `c${at}` }));
      const sold = trades.flatMap(({ bid, start, end, hosts }) =>
        hosts
          .filter(({ ask }) => ask === id)
          .map(({ nodes }, part) => ({ id: `${bid} ${part}`, nodes, start, end })),
      );
      const leases = [...before, ...sold];
      const bound = bind(nodes, leases);
      for (let slot = batch.from; slot < batch.from + batch.slots; slot++) {
        const used = leases.filter(({ start, end }) => start <= slot && slot < end);
        const machines = used.flatMap((lease) => bound.get(lease.id)!);
        assert.equal(new Set(machines).size, machines.length, `seed ${seed}: a machine serves two leases`);
      }
    }
  }
});

test('a wider window never raises the price, nor loses what was won', () => {
  let compared = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const batch = singleMinded(seed);
    const honest = clear(batch);
    for (const [at, bid] of batch.bids.entries()) {
      const price = priceOf(honest, bid.id);
      if (price === undefined) continue;
      const wide = { ...bid, earliest: Math.max(0, bid.earliest - 2), latest: bid.latest + 3 };
      const widened = clear({ ...batch, bids: batch.bids.with(at, wide) });
      // A wider window can make the search too long.
      if (encode(rulesOf(widened)) !== encode(rulesOf(honest))) continue;
      const widePrice = priceOf(widened, bid.id);
      assert.ok(widePrice !== undefined && widePrice <= price, `seed ${seed}: "${bid.id}"`);
      compared++;
    }
  }
  assert.ok(compared > RUNS);
});

test('an order that ages is served, however dear newer ones are', () => {
  const asks = [anAsk({ nodes: 4, end: 1000, reserve: 10n })];
  for (let age = 0; age < 200; age++) {
    const old = aBid({ id: 'old', nodes: 4, limit: 12n, weight: BigInt(1_000_000 + age * 500_000) });
    const rivals = Array.from({ length: 6 }, (_, at) => aBid({ id: `new-${age}-${at}`, limit: 100n }));
    if (priceOf(clear(aBatch({ asks, bids: [old, ...rivals] })), 'old') !== undefined) return;
  }
  assert.fail('the old order starved');
});
