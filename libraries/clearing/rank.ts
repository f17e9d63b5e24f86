/**
 * Who comes first. The score of a bid is weight * (value - cost) / sqrt(size): size is nodes * slots, value is
 * limit * size, cost is the least that its nodes would cost on a calendar without any other bid. Scores are compared
 * by their squares, in integers: nothing is rounded. (With cost 0 this is Lehmann, O'Callaghan and Shoham's greedy.)
 *
 * The cost depends on nothing that a buyer says of money, rises with what he asks for and falls with the width of his
 * window; so the limit he needs to be at a given rank does, too, and greedy by this score stays truthful.
 */
import { createHash } from 'node:crypto';

export type Scored = {
  /** Breaks ties; less comes first. */
  tie: string;
  size: bigint;
  weight: bigint;
  /** Of all nodes and slots together. */
  cost: bigint;
};

/** What a buyer offers above the cost, weighted; never below zero (such a bid cannot win at any rank). */
export function weightedGain({ size, weight, cost }: Scored, limit: bigint): bigint {
  const gain = limit * size - cost;
  return gain > 0n ? weight * gain : 0n;
}

/** Below zero: `a` at limit `atA` comes before `b` at limit `atB`. Zero only for one bid with itself. */
export function compareRank(a: Scored, atA: bigint, b: Scored, atB: bigint): number {
  const gainA = weightedGain(a, atA);
  const gainB = weightedGain(b, atB);
  const left = gainA * gainA * b.size;
  const right = gainB * gainB * a.size;
  if (left !== right) return left > right ? -1 : 1;
  return a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0;
}

/** The least limit with which `bid` comes before `other` at `otherLimit`. */
export function limitToPass(bid: Scored, other: Scored, otherLimit: bigint): bigint {
  const gain = weightedGain(other, otherLimit);
  // Any limit will do against one who offers nothing and loses the tie.
  if (gain === 0n && bid.tie < other.tie) return 0n;
  // weight * (limit * size - cost) >= gain * sqrt(size / other.size); the root is taken rounded down, then stepped up.
  const root = squareRoot((gain * gain * bid.size) / other.size);
  let limit = (root / bid.weight + bid.cost) / bid.size;
  while (compareRank(bid, limit, other, otherLimit) > 0) limit += 1n;
  while (limit > 0n && compareRank(bid, limit - 1n, other, otherLimit) < 0) limit -= 1n;
  return limit;
}

/** Rounded down. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export const tieOf = (seed: string, id: string): string =>
  createHash('sha256').update(`${seed}\n${id}`).digest('hex');
