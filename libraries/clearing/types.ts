/**
 * What goes into a clearing and what comes out of it.
 *
 * Units: money is micro-credits per node-slot, bigint; time is slots (of 15 minutes, counted from any fixed origin);
 * nodes are counts. Intervals are half-open: [start, end). Parties, classes and orders are opaque strings; what is
 * published has parties and orders under names that are the batch's own (`names.ts`).
 */

/** Nodes of one class that an owner lends. The owner keeps them out of every other use while the ask stands. */
export type Ask = {
  id: string;
  owner: string;
  class: string;
  nodes: number;
  start: number;
  end: number;
  /** What the owner must receive at least, after the fee. */
  reserve: bigint;
  /** The ask ranks as if its reserve were lower by this; what the owner lacks is paid to him as a subsidy. */
  subsidy: bigint;
  /** Null: firm. A number: the owner may take nodes back after this many slots of notice. */
  notice: number | null;
  /** Bids for fewer slots are not hosted. */
  minLease: number;
  /** Buyers that may be hosted; null: anyone. */
  allow: readonly string[] | null;
  /** Of this ask's nodes one buyer, with those it is one with, holds at most this many at once; null: all. */
  maxPerBuyer: number | null;
  /** The security that nodes of this ask can give; a bid accepts its own tier and higher ones. */
  tier: number;
  /** One name for all parties of its legal owner, such as the first of theirs; left out where it is the owner's own. */
  behind?: string;
};

/** `nodes` nodes of any one of `classes`, together, for `slots` slots, starting from `earliest` to `latest` (included). */
export type Bid = {
  id: string;
  buyer: string;
  classes: readonly string[];
  nodes: number;
  slots: number;
  earliest: number;
  latest: number;
  /** What a node-slot is worth to the buyer: he never pays more. */
  limit: bigint;
  /** Null: only firm nodes. A number: recallable ones too, with at least this many slots of notice. */
  minNotice: number | null;
  /** All nodes from one owner. */
  sameOwner: boolean;
  tier: number;
  /** Rank is multiplied by it: age, newcomers, contribution. `WEIGHT_ONE` is 1. The buyer has no hand in it. */
  weight: bigint;
  /** The buyer's secret until the order is disclosed: makes its hash say nothing. */
  nonce: string;
  /** As an ask's. */
  behind?: string;
};

/** Nodes of an ask that were let before. */
export type Commitment = {
  ask: string;
  buyer: string;
  nodes: number;
  start: number;
  end: number;
  /** As an ask's. */
  behind?: string;
};

/** Circuit breaker: what trades in a class at a price outside [low, high] is held back. */
export type Band = { class: string; low: bigint; high: bigint };

export type Batch = {
  /** Breaks ties; to be unknown while orders can still be changed (see `batchSeed`). */
  seed: string;
  /** The first slot that can be let. */
  from: number;
  /** How many slots from there. */
  slots: number;
  /** The market's fee: millionths of what an owner receives. */
  feePpm: number;
  /** The number of the rules that it is cleared by (`ENGINE`); left out in batches from before there was one. */
  engine?: number;
  /**
   * Classes that bids tie together, with at most so many bids that reach what is asked, are cleared for the greatest surplus;
   * with more, by rank; 0: all by rank.
   */
  exactUpTo: number;
  /** So many steps at most a component's search may take; else it is cleared by rank. 100 million are about a second. */
  exactSteps: number;
  asks: readonly Ask[];
  commitments: readonly Commitment[];
  bids: readonly Bid[];
  bands: readonly Band[];
};

/** A part of a trade: nodes of one ask at one price. All amounts are per node-slot. */
export type Host = {
  ask: string;
  owner: string;
  nodes: number;
  /** What the buyer pays for these nodes. */
  price: bigint;
  /** Of this price; the owner receives `gross - fee + subsidy`. Less than the price only for `withheld`. */
  gross: bigint;
  fee: bigint;
  subsidy: bigint;
  /** `price - gross`: what the owner's own bids added to the price. It goes to the insurance fund, not to him. */
  withheld: bigint;
};

export type Trade = {
  bid: string;
  buyer: string;
  class: string;
  start: number;
  end: number;
  /** Per node-slot: the least limit with which the bid would have won. Of hosts at several prices the exact average. */
  price: bigint;
  hosts: readonly Host[];
};

/** How a component was cleared: for the greatest surplus, or by rank. */
export type Rule = 'surplus' | 'rank';

export type ClassSummary = {
  class: string;
  rule: Rule;
  /** Node-slots that trade, or would if they were not held back. */
  volume: number;
  /** Volume-weighted; null without volume. */
  median: bigint | null;
  /** Of its trades some were held back: their prices lie outside the band. */
  held: boolean;
};

export type Clearing = { trades: readonly Trade[]; classes: readonly ClassSummary[] };

export const WEIGHT_ONE = 1_000_000n;
