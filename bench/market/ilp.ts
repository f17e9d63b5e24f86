/** How much of the best possible surplus the auction finds: against the exact optimum of small random batches. */

import { createRequire } from 'node:module';
import { type Batch, type Bid, clear, grossFor, WEIGHT_ONE } from '@bullion/clearing';
import type { Highs } from 'highs';
import { type BenchOptions, type Figure, rounded } from '../common/figures.ts';
import { type Dice, diceOf } from './dice.ts';

/** It is a CommonJS module that is a function, which its types do not say. */
const loadHighs = createRequire(import.meta.url)('highs') as () => Promise<Highs>;

const SLOTS = 16;
/** An instance whose optimum is not proved in this time does not count, and is said. */
const LIMIT_S = 10;

export async function measureIlp({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const runs = quick ? 30 : 1_000;
  const highs = await loadHighs();
  const shares: number[] = [];
  let unproved = 0;
  for (let seed = 0; seed < runs; seed++) {
    const batch = smallBatch(diceOf(seed));
    const solution = highs.solve(programOf(batch), { time_limit: LIMIT_S });
    if (solution.Status !== 'Optimal') unproved++;
    else if (solution.ObjectiveValue > 0) shares.push(surplusOf(batch) / solution.ObjectiveValue);
    if (seed % 100 === 99) say(`${seed + 1} of ${runs} batches against their optimum`);
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const note = `${shares.length} random batches of 10 to 24 bids, ${unproved} optima not proved in ${LIMIT_S} s`;
  return {
    ilp_mean: { value: rounded(mean, 4), unit: '', target: '>= 0.95', note },
    ilp_min: { value: rounded(Math.min(...shares), 4), unit: '', target: '>= 0.85', note },
  };
}

/** One class, firm nodes, two to four owners; demand from slack to thrice the supply. */
export function smallBatch(dice: Dice): Batch {
  const aBid = (at: number): Bid => {
    const slots = dice(1, 6);
    const earliest = dice(0, SLOTS - slots);
    return {
      id: `bid-${at}`,
      buyer: `buyer-${at}`,
      classes: ['c'],
      nodes: dice(1, 6),
      slots,
      earliest,
      latest: Math.min(SLOTS - slots, earliest + dice(0, 6)),
      limit: BigInt(dice(20, 120)),
      minNotice: null,
      sameOwner: false,
      tier: 0,
      weight: WEIGHT_ONE,
      nonce: '',
    };
  };
  const asks = Array.from({ length: dice(2, 4) }, (_, at) => ({
    id: `ask-${at}`,
    owner: `owner-${at}`,
    class: 'c',
    nodes: dice(1, 6),
    start: 0,
    end: SLOTS,
    reserve: BigInt(dice(5, 40)),
    subsidy: 0n,
    notice: null,
    minLease: 1,
    allow: null,
    maxPerBuyer: null,
    tier: 0,
  }));
  const bids = Array.from({ length: dice(10, 24) }, (_, at) => aBid(at));
  return {
    seed: `${dice(0, 1e9)}`,
    from: 0,
    slots: SLOTS,
    feePpm: 0,
    exactUpTo: 64,
    asks,
    commitments: [],
    bids,
    bands: [],
  };
}

/** What buyers value beyond what owners ask. */
function surplusOf(batch: Batch): number {
  const asks = new Map(batch.asks.map((ask) => [ask.id, ask]));
  const bids = new Map(batch.bids.map((bid) => [bid.id, bid]));
  let sum = 0;
  for (const { bid, hosts, start, end } of clear(batch).trades)
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
