/** Does it ever pay to lie? One buyer with one order at a time says something else than he needs. */
import { type Batch, type Bid, type Clearing, clear, totalsOf } from '@bullion/clearing';
import type { BenchOptions, Figure } from '../common/figures.ts';
import { type Dice, diceOf } from './dice.ts';
import { smallBatch } from './ilp.ts';

const LIES_PER_BATCH = 50;
const CREDIT = 1_000_000n;

export async function measureMisreports({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const tries = quick ? 5_000 : 1_000_000;
  let profitable = 0;
  let wider = 0;
  let broken = 0;
  for (let seed = 0; seed * LIES_PER_BATCH < tries; seed++) {
    const dice = diceOf(1_000_000 + seed);
    const batch = crowded(smallBatch(dice), dice);
    const honest = clear(batch);
    broken += violations(batch, honest);
    for (let lie = 0; lie < LIES_PER_BATCH; lie++) {
      const at = dice(0, batch.bids.length - 1);
      const truth = batch.bids[at]!;
      const said = lieOf(truth, dice);
      const clearing = clear({ ...batch, bids: batch.bids.with(at, said) });
      if (gainOf(truth, clearing) <= gainOf(truth, honest)) continue;
      profitable++;
      if (said.earliest < truth.earliest || said.latest > truth.latest) wider++;
    }
    if (seed % 1000 === 999) say(`${(seed + 1) * LIES_PER_BATCH} misreports, ${profitable} of profit`);
  }
  return {
    misreports_profitable: {
      value: profitable,
      unit: '',
      target: '0',
      note: `of ${tries} tries, of every kind`,
    },
    misreports_inside_window_profitable: {
      value: profitable - wider,
      unit: '',
      target: '0',
      note: 'the same without those who claim a window wider than their own: that lie can pay',
    },
    rationality_violations: {
      value: broken,
      unit: '',
      target: '0',
      note: 'trades above a limit, below a reserve, or not balanced to the micro-credit',
    },
  };
}

/**
 * Fewer bids, with weights: shorter to clear, and as hard on the property. Prices are in micro-credits, as they really
 * are: on a grid so coarse that a step is worth a percent, rounding alone makes a bigger order cheaper now and then.
 */
const crowded = (batch: Batch, dice: Dice): Batch => ({
  ...batch,
  asks: batch.asks.slice(0, 3).map((ask) => ({ ...ask, reserve: ask.reserve * CREDIT })),
  bids: batch.bids.slice(0, 12).map((bid) => ({
    ...bid,
    limit: bid.limit * CREDIT + BigInt(dice(0, 999_999)),
    weight: BigInt(dice(10, 20)) * 100_000n,
  })),
});

export function lieOf(truth: Bid, dice: Dice): Bid {
  const about = dice(0, 4);
  const said = { ...truth };
  if (about === 0 || about === 4) said.limit = (truth.limit * BigInt(dice(0, 200_000))) / 100_000n;
  if (about === 1 || about === 4) said.nodes = dice(1, truth.nodes + 3);
  if (about === 2 || about === 4) said.slots = dice(1, truth.slots + 3);
  if (about === 3 || about === 4) {
    said.earliest = Math.max(0, truth.earliest + dice(-3, 3));
    said.latest = said.earliest + dice(0, truth.latest - truth.earliest + 3);
  }
  return said;
}

/** Worth what the true need is worth if the lease covers it, else nothing; less what was paid. */
export function gainOf(truth: Bid, { trades }: Clearing): bigint {
  const trade = trades.find(({ bid }) => bid === truth.id);
  if (trade === undefined) return 0n;
  const nodes = trade.hosts.reduce((sum, host) => sum + host.nodes, 0);
  const from = Math.max(trade.start, truth.earliest);
  const serves = nodes >= truth.nodes && from <= truth.latest && from + truth.slots <= trade.end;
  const worth = serves ? truth.limit * BigInt(truth.nodes * truth.slots) : 0n;
  return worth - totalsOf(trade).paid;
}

function violations(batch: Batch, { trades }: Clearing): number {
  let count = 0;
  for (const trade of trades) {
    if (trade.price > batch.bids.find(({ id }) => id === trade.bid)!.limit) count++;
    for (const { ask, gross, fee, subsidy } of trade.hosts)
      if (gross - fee + subsidy < batch.asks.find(({ id }) => id === ask)!.reserve) count++;
    const { paid, fee, withheld, subsidy, owners } = totalsOf(trade);
    const received = [...owners.values()].reduce((sum, { amount }) => sum + amount, 0n);
    if (paid + subsidy !== fee + withheld + received) count++;
  }
  return count;
}
