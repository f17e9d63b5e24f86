/** Does it ever pay to lie? One buyer with one order at a time says something else than he needs. */
import {
  type Batch,
  type Bid,
  type Clearing,
  clear,
  clearFor,
  type Trade,
  totalsOf,
} from '@bullion/clearing';
import { type Dice, diceOf } from '../../libraries/clearing/testing/dice.ts';
import type { BenchOptions, Figure } from '../common/figures.ts';
import { tinyBatch } from './small.ts';
import { spread } from './spread.ts';

const LIES_PER_BATCH = 50;
/** By rank, a part of the tries: what does not hold there is known. */
const BY_RANK = 20;

type Count = { profitable: number; wider: number };
type Result = { surplus: Count; rank: Count & { tries: number }; broken: number; tooLong: number };

export async function measureMisreports({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const tries = quick ? 5_000 : 1_000_000;
  const all: Result = {
    surplus: { profitable: 0, wider: 0 },
    rank: { profitable: 0, wider: 0, tries: 0 },
    broken: 0,
    tooLong: 0,
  };
  await spread<Result>(new URL(import.meta.url), tries / LIES_PER_BATCH, (result, done) => {
    all.surplus.profitable += result.surplus.profitable;
    all.surplus.wider += result.surplus.wider;
    all.rank.profitable += result.rank.profitable;
    all.rank.wider += result.rank.wider;
    all.rank.tries += result.rank.tries;
    all.broken += result.broken;
    all.tooLong += result.tooLong;
    if (done % 1000 === 0) say(`${done * LIES_PER_BATCH} misreports, ${all.surplus.profitable} of profit`);
  });
  const { surplus, rank } = all;
  return {
    misreports_profitable: {
      value: surplus.profitable,
      unit: '',
      target: '0',
      note: `of ${tries} tries of every kind on batches of 3 to 6 bids, cleared for the greatest surplus (${all.tooLong} batches were not)`,
    },
    misreports_by_rank_profitable: {
      value: rank.profitable,
      unit: '',
      note: `of ${rank.tries} tries on the same batches by rank; ${rank.wider} of these claim a window wider than their own, which can pay there`,
    },
    rationality_violations: {
      value: all.broken,
      unit: '',
      target: '0',
      note: 'trades above a limit, below a reserve, or not balanced to the micro-credit',
    },
  };
}

export function work(seed: number): Result {
  const dice = diceOf(1_000_000 + seed);
  const batch = tinyBatch(dice);
  const honest = clear(batch);
  const byRank = { ...batch, exactUpTo: 0 };
  const result: Result = {
    surplus: lie(batch, honest, dice, LIES_PER_BATCH),
    rank: { profitable: 0, wider: 0, tries: 0 },
    broken: violations(batch, honest),
    tooLong: honest.classes[0]!.rule === 'surplus' ? 0 : 1,
  };
  if (seed % BY_RANK === 0)
    result.rank = { ...lie(byRank, clear(byRank), dice, LIES_PER_BATCH), tries: LIES_PER_BATCH };
  return result;
}

function lie(batch: Batch, honest: Clearing, dice: Dice, times: number): Count {
  const count = { profitable: 0, wider: 0 };
  for (let time = 0; time < times; time++) {
    const at = dice(0, batch.bids.length - 1);
    const truth = batch.bids[at]!;
    const said = lieOf(truth, dice);
    const lied = clearFor(said.id, { ...batch, bids: batch.bids.with(at, said) });
    const told = honest.trades.find(({ bid }) => bid === truth.id);
    if (gainOf(truth, lied) <= gainOf(truth, told)) continue;
    count.profitable++;
    if (said.earliest < truth.earliest || said.latest > truth.latest) count.wider++;
  }
  return count;
}

function lieOf(truth: Bid, dice: Dice): Bid {
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
function gainOf(truth: Bid, trade: Trade | undefined): bigint {
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
    const nodes = trade.hosts.reduce((sum, host) => sum + host.nodes, 0);
    if (paid !== trade.price * BigInt(nodes * (trade.end - trade.start))) count++;
    if (paid + subsidy !== fee + withheld + received) count++;
  }
  return count;
}
