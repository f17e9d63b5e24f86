/**
 * A batch as numbers: each ask is a row of a calendar of free nodes, rows from the cheapest; each price a level. A row
 * more stands for each buyer and ask that caps what one buyer holds.
 */
import { buyerBehind } from '../behind.ts';
import { compareRank, type Scored, tieOf } from '../rank.ts';
import { groupsOf, type RankedAsk, startsOf } from '../supply.ts';
import type { Ask, Batch, Bid } from '../types.ts';

/** The asks within which a bid must find all its nodes. */
export type Group = {
  rows: Int32Array;
  /** Of each row: the row of what this buyer may still hold of that ask; -1 where there is no cap. */
  caps: Int32Array;
};

/** Bids that may use the same asks share this. */
export type Reach = {
  groups: readonly Group[];
  /** Of each ask's row: its group, and its cap; -1 where the bid may not use it. */
  groupOf: Int32Array;
  capOf: Int32Array;
};

export type Entrant = Scored & {
  bid: Bid;
  reach: Reach;
  nodes: number;
  slots: number;
  /** Starts, counted from the batch's first slot; `last` < `first` where there is none. */
  first: number;
  last: number;
  /** The dearest level within the limit; -1 where there is none. */
  limitLevel: number;
};

export type Field = {
  /** Slots in a row. */
  width: number;
  asks: readonly Ask[];
  prices: readonly bigint[];
  /** Of each ask's row. */
  levels: Int32Array;
  /** Before any bid of this batch is placed. */
  free: Int32Array;
};

export class FieldBuilder {
  readonly field: Field;
  readonly #batch: Batch;
  readonly #rowed: { ask: Ask; row: number }[];
  readonly #capRows = new Map<string, number>();
  readonly #caps: { ask: Ask; buyer: string }[] = [];
  readonly #reaches = new Map<string, Reach>();

  /** `ranked`: the asks of one component, as `rankAsks` orders them. */
  constructor(batch: Batch, ranked: readonly RankedAsk[], bids: readonly Bid[]) {
    this.#batch = batch;
    this.#rowed = ranked.map(({ ask }, row) => ({ ask, row }));
    const prices = [...new Set(ranked.map(({ price }) => price))];
    const levels = Int32Array.from(ranked, ({ price }) => prices.indexOf(price));
    const asks = ranked.map(({ ask }) => ask);
    for (const bid of bids) this.#reachOf(bid);
    this.field = { width: batch.slots, asks, prices, levels, free: this.#calendar() };
  }

  /** `cost`: the least that the bid's nodes would cost without other bids. */
  entrant(bid: Bid, cost: (entrant: Omit<Entrant, 'cost'>) => bigint): Entrant {
    const { prices } = this.field;
    const { first, last } = startsOf(this.#batch, bid);
    let limitLevel = -1;
    while (limitLevel + 1 < prices.length && prices[limitLevel + 1]! <= bid.limit) limitLevel++;
    const entrant = {
      bid,
      reach: this.#reachOf(bid),
      nodes: bid.nodes,
      slots: bid.slots,
      first: first - this.#batch.from,
      last: last - this.#batch.from,
      limitLevel,
      tie: tieOf(this.#batch.seed, bid.id),
      size: BigInt(bid.nodes * bid.slots),
      weight: bid.weight,
    };
    return { ...entrant, cost: cost(entrant) };
  }

  #reachOf(bid: Bid): Reach {
    const found = groupsOf(this.#rowed, bid);
    const groups = found.map((group) => ({
      rows: Int32Array.from(group, ({ row }) => row),
      caps: Int32Array.from(group, ({ ask }) => this.#capRow(ask, buyerBehind(bid))),
    }));
    const key = groups.map(({ rows, caps }) => `${rows}|${caps}`).join(';');
    const known = this.#reaches.get(key);
    if (known !== undefined) return known;
    const groupOf = new Int32Array(this.#rowed.length).fill(-1);
    const capOf = new Int32Array(this.#rowed.length).fill(-1);
    for (const [index, { rows, caps }] of groups.entries())
      for (let at = 0; at < rows.length; at++) {
        groupOf[rows[at]!] = index;
        capOf[rows[at]!] = caps[at]!;
      }
    const reach = { groups, groupOf, capOf };
    this.#reaches.set(key, reach);
    return reach;
  }

  #capRow(ask: Ask, buyer: string): number {
    if (ask.maxPerBuyer === null) return -1;
    const key = JSON.stringify([ask.id, buyer]);
    const row = this.#capRows.get(key) ?? this.#rowed.length + this.#caps.length;
    if (!this.#capRows.has(key)) {
      this.#capRows.set(key, row);
      this.#caps.push({ ask, buyer });
    }
    return row;
  }

  #calendar(): Int32Array {
    const { from, slots: width, commitments } = this.#batch;
    const free = new Int32Array((this.#rowed.length + this.#caps.length) * width);
    const add = (row: number, nodes: number, start: number, end: number) => {
      const [low, high] = [start, end].map((slot) => row * width + clamp(slot - from, width));
      for (let at = low!; at < high!; at++) free[at]! += nodes;
    };
    for (const { ask, row } of this.#rowed) add(row, ask.nodes, ask.start, ask.end);
    for (const [at, { ask }] of this.#caps.entries())
      add(this.#rowed.length + at, ask.maxPerBuyer!, ask.start, ask.end);
    const rows = new Map(this.#rowed.map(({ ask, row }) => [ask.id, row]));
    for (const commitment of commitments) {
      const { ask, nodes, start, end } = commitment;
      const row = rows.get(ask);
      if (row !== undefined) add(row, -nodes, start, end);
      const cap = this.#capRows.get(JSON.stringify([ask, buyerBehind(commitment)]));
      if (cap !== undefined) add(cap, -nodes, start, end);
    }
    return free;
  }
}

const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));

export const inRankOrder = (entrants: readonly Entrant[]): Entrant[] =>
  entrants.toSorted((a, b) => compareRank(a, a.bid.limit, b, b.bid.limit));
