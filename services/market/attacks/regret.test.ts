/**
 * What an owner gains by asking for more, or less, than its nodes are worth to it. No market with exact budgets takes
 * that away; it is measured, and the more owners there are the less it is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, type Clearing, clear, WEIGHT_ONE } from '@bullion/clearing';
import { type Dice, diceOf } from '../../../libraries/clearing/testing/dice.ts';
import { CREDIT } from '../testing/floor.ts';

/** `BOOKS=200` for a figure that can be relied on. */
const BOOKS = Number(process.env.BOOKS ?? 12);
const SLOTS = 16;
/** Of its true cost, in percent: what an owner tries to ask. */
const TRIES = [80, 90, 105, 110, 120, 135, 150, 200, 300];

/** Of so many owners; buyers want as much as there is, or twice that. For the greatest surplus few nodes, so that it is found. */
function book(dice: Dice, owners: number, demand: number, exactUpTo: number): Batch {
  const most = exactUpTo === 0 ? 5 : 2;
  const asks = Array.from({ length: owners }, (_, at) => ({
    ...{ id: `a${at}`, owner: `o${at}`, class: 'c', nodes: dice(most - 1, most), start: 0, end: SLOTS },
    ...{ reserve: (BigInt(dice(50, 150)) * CREDIT) / 100n, subsidy: 0n, notice: null, minLease: 1 },
    ...{ allow: null, maxPerBuyer: null, tier: 0 },
  }));
  const bids: Batch['bids'][number][] = [];
  let left = asks.reduce((sum, { nodes }) => sum + nodes * SLOTS, 0) * demand;
  for (let at = 0; left > 0; at++) {
    const [nodes, slots] = [dice(1, 3), dice(3, 12)];
    const earliest = dice(0, SLOTS - slots);
    const latest = Math.min(SLOTS - slots, earliest + dice(0, 6));
    left -= nodes * slots;
    bids.push({
      ...{ id: `b${at}`, buyer: `y${at}`, classes: ['c'], nodes, slots, earliest, latest },
      ...{ limit: (BigInt(dice(60, 400)) * CREDIT) / 100n, minNotice: null, sameOwner: false },
      ...{ tier: 0, weight: WEIGHT_ONE, nonce: '' },
    });
  }
  return {
    ...{ seed: String(dice(0, 1e9)), from: 0, slots: SLOTS, feePpm: 0, exactUpTo, exactSteps: 3_000_000 },
    ...{ asks, commitments: [], bids, bands: [] },
  };
}

/** What an owner has of a clearing beyond what its nodes cost it. */
function gainOf({ trades }: Clearing, owner: string, cost: bigint): number {
  let gain = 0n;
  for (const { hosts, start, end } of trades)
    for (const host of hosts)
      if (host.owner === owner) gain += (host.gross - host.fee - cost) * BigInt(host.nodes * (end - start));
  return Number(gain);
}

function surplusOf({ trades }: Clearing, { asks, bids }: Batch): number {
  let sum = 0n;
  for (const { bid, hosts, start, end } of trades) {
    const { limit } = bids.find(({ id }) => id === bid)!;
    for (const host of hosts)
      sum += (limit - asks.find(({ id }) => id === host.ask)!.reserve) * BigInt(host.nodes * (end - start));
  }
  return Number(sum);
}

/** The best of its tries for the first owner, of all that everybody gains; the mean over the books. */
function regret(owners: number, demand: number, exactUpTo: number): number {
  let [sum, books] = [0, 0];
  for (let seed = 1; seed <= BOOKS; seed++) {
    const batch = book(diceOf(seed), owners, demand, exactUpTo);
    const honest = clear(batch);
    const rule = exactUpTo === 0 ? 'rank' : 'surplus';
    if (honest.classes.some((one) => one.rule !== rule)) continue;
    books++;
    const [first, ...others] = batch.asks;
    const plain = gainOf(honest, first!.owner, first!.reserve);
    let best = 0;
    for (const percent of TRIES) {
      const asks = [{ ...first!, reserve: (first!.reserve * BigInt(percent)) / 100n }, ...others];
      const gain = gainOf(clear({ ...batch, asks }), first!.owner, first!.reserve) - plain;
      if (gain > best) best = gain;
    }
    sum += best / (surplusOf(honest, batch) || 1);
  }
  assert.ok(books > BOOKS / 2, `only ${books} of ${BOOKS} books were cleared by the rule that is measured`);
  return sum / books;
}

for (const [rule, exactUpTo, sizes, most] of [
  ['by rank', 0, [3, 6, 12], 0.3],
  // A handful of orders a book: each counts for more.
  ['for the greatest surplus', 24, [3], 0.5],
] as const)
  test(`an owner that asks for more than its cost gains a small part of what all gain (${rule})`, (t) => {
    const measured = sizes.map((owners) => {
      const [slack, tight] = [regret(owners, 1, exactUpTo), regret(owners, 2, exactUpTo)];
      t.diagnostic(`${owners} owners: ${slack.toFixed(3)} slack, ${tight.toFixed(3)} tight`);
      return { owners, slack, tight };
    });
    for (const { owners, slack, tight } of measured)
      assert.ok(Math.max(slack, tight) <= most / owners, `${owners} owners: ${slack}, ${tight}`);
  });
