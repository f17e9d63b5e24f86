/** How much of the best possible surplus the auction finds: against the exact optimum of small random batches. */
import { createRequire } from 'node:module';
import { type Batch, type Clearing, clear, grossFor } from '@bullion/clearing';
import type { Highs } from 'highs';
import { diceOf } from '../../libraries/clearing/testing/dice.ts';
import { type BenchOptions, type Figure, rounded } from '../common/figures.ts';
import { smallBatch } from './small.ts';
import { spread } from './spread.ts';

/** It is a CommonJS module that is a function, which its types do not say. */
const loadHighs = createRequire(import.meta.url)('highs') as () => Promise<Highs>;
let highs: Promise<Highs> | undefined;

/** An instance whose optimum is not proved in this time does not count, and is said. */
const LIMIT_S = 10;

/** Shares of the optimum. `share` is null where the optimum was not proved or is nothing. */
type Result = { share: number | null; byRank: number; rule: string; unproved: boolean };

export async function measureIlp({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const runs = quick ? 30 : 1_000;
  const results: Result[] = [];
  await spread<Result>(new URL(import.meta.url), runs, (result, done) => {
    results.push(result);
    if (done % 100 === 0) say(`${done} of ${runs} batches against their optimum`);
  });
  const counted = results.filter(({ share }) => share !== null);
  const shares = counted.map(({ share }) => share!);
  const ranked = counted.map(({ byRank }) => byRank);
  const tooLong = counted.filter(({ rule }) => rule === 'rank').length;
  const unproved = results.filter((result) => result.unproved).length;
  const note = `${shares.length} random batches of 10 to 24 bids; ${tooLong} went by rank, their search being too long; ${unproved} optima not proved in ${LIMIT_S} s`;
  const all = 'the same batches, all by rank';
  return {
    ilp_mean: { value: rounded(mean(shares), 4), unit: '', target: '>= 0.95', note },
    ilp_min: { value: rounded(Math.min(...shares), 4), unit: '', target: '>= 0.85', note },
    ilp_by_rank_mean: { value: rounded(mean(ranked), 4), unit: '', note: all },
    ilp_by_rank_min: { value: rounded(Math.min(...ranked), 4), unit: '', note: all },
  };
}

export async function work(seed: number): Promise<Result> {
  const batch = smallBatch(diceOf(seed));
  highs ??= loadHighs();
  const solution = (await highs).solve(programOf(batch), { time_limit: LIMIT_S });
  const unproved = solution.Status !== 'Optimal';
  if (unproved || solution.ObjectiveValue <= 0) return { share: null, byRank: 0, rule: '', unproved };
  const clearing = clear(batch);
  return {
    share: surplusOf(batch, clearing) / solution.ObjectiveValue,
    byRank: surplusOf(batch, clear({ ...batch, exactUpTo: 0 })) / solution.ObjectiveValue,
    rule: clearing.classes[0]!.rule,
    unproved,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What buyers value beyond what owners ask. */
function surplusOf(batch: Batch, { trades }: Clearing): number {
  const asks = new Map(batch.asks.map((ask) => [ask.id, ask]));
  const bids = new Map(batch.bids.map((bid) => [bid.id, bid]));
  let sum = 0;
  for (const { bid, hosts, start, end } of trades)
    for (const { ask, nodes } of hosts)
      sum += Number(bids.get(bid)!.limit - asks.get(ask)!.reserve) * nodes * (end - start);
  return sum;
}

/**
 * In CPLEX's LP format: x says whether a bid starts at a slot, y how many nodes of which ask it gets. y may be broken:
 * the optimum can then only be higher, and the share lower.
 */
function programOf(batch: Batch): string {
  const objective: string[] = [];
  const rows: string[] = [];
  const binaries: string[] = [];
  const load = new Map<string, string[]>();
  for (const [i, bid] of batch.bids.entries()) {
    const starts: string[] = [];
    for (let s = bid.earliest; s <= bid.latest; s++) {
      const x = `x_${i}_${s}`;
      binaries.push(x);
      starts.push(x);
      const parts = batch.asks.map((ask, a) => {
        const y = `y_${i}_${s}_${a}`;
        objective.push(`${(Number(bid.limit) - Number(grossFor(ask.reserve, 0))) * bid.slots} ${y}`);
        for (let slot = s; slot < s + bid.slots; slot++) {
          const key = `${a} ${slot}`;
          load.set(key, [...(load.get(key) ?? []), y]);
        }
        return y;
      });
      rows.push(`${parts.join(' + ')} - ${bid.nodes} ${x} = 0`);
    }
    rows.push(`${starts.join(' + ')} <= 1`);
  }
  for (const [key, used] of load)
    rows.push(`${used.join(' + ')} <= ${batch.asks[Number(key.split(' ')[0])]!.nodes}`);
  const signed = objective.join(' + ').replaceAll('+ -', '- ');
  return `Maximize\n obj: ${signed}\nSubject To\n${rows.map((row, at) => ` c${at}: ${row}`).join('\n')}\nBinary\n ${binaries.join(' ')}\nEnd\n`;
}
