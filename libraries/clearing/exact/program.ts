/**
 * A batch as a choice program: each bid takes one of its choices (a group of asks and a start) or none; a choice takes
 * its nodes from rows of the calendar for the whole lease. What is to be had most of is the weighted surplus,
 * `weight * (value - what the nodes are asked for)`, summed over bids.
 *
 * The calendar is cut where choices start and end: a long horizon with few of them is short here.
 *
 * Money is scaled by a power of two so that it fills the whole numbers that a double holds exactly, with room for sums:
 * whatever decides is then exact, and multipliers have fine steps even where prices are small.
 */
import { larger } from '../amounts.ts';
import type { Entrant, Field } from '../fast/field.ts';

/** One way to serve a bid. Arrays run in parallel: by row of the group. */
export type Choice = {
  index: number;
  bid: number;
  kind: number;
  /** Its first slot. */
  slot: number;
  /** Stretches of the calendar: [start, end). */
  start: number;
  end: number;
  nodes: number;
  /** Scaled. */
  weight: number;
  /** Weighted, of all nodes and slots; less by one for each slot that it starts later, if that stays below `unit` in all. */
  value: number;
  rows: Int32Array;
  /** Constraint of what this buyer may hold of the row's ask; -1 where there is none. */
  caps: Int32Array;
  /** What one node of the row costs for the whole lease, weighted. */
  costs: Float64Array;
  /** Nodes that are free all through. */
  most: Int32Array;
};

/** Choices of one weight that draw from the same rows: a calendar of what is taken need not tell them apart. */
export type Kind = {
  weight: number;
  rows: Int32Array;
  /** By row: 1 where it is one of them. */
  reach: Uint8Array;
};

export type Bidder = { entrant: Entrant; weight: bigint; choices: readonly Choice[] };

export type Program = {
  /** Stretches of the calendar: between two that follow each other some choice starts or ends. */
  width: number;
  /** Of each stretch: its slots. */
  lengths: Int32Array;
  /** Rows of the calendar that constrain: asks, and caps that several bids share. */
  rows: number;
  free: Int32Array;
  /** Of rows that are asks, which come first, from the cheapest: what a node-slot costs. */
  costs: Float64Array;
  bids: readonly Bidder[];
  choices: readonly Choice[];
  /** From the greatest weight. */
  kinds: readonly Kind[];
  /** One micro-credit with a weight of one. */
  unit: number;
};

/** Sums stay below it: of 2^53, some bits are left for the steps of multipliers and for slack. */
const ROOM = 2 ** 49;

/** Undefined where the batch's money is beyond what doubles hold exactly. */
export function programOf(field: Field, entrants: readonly Entrant[]): Program | undefined {
  const weights = weightsOf(entrants);
  const dearest = field.prices.at(-1) ?? 0n;
  const most = entrants.reduce(
    (sum, { bid, size }, index) => sum + weights[index]! * larger(bid.limit, dearest) * size,
    1n,
  );
  if (most >= ROOM) return undefined;
  let unit = 1;
  while (Number(most) * unit * 2 < ROOM) unit *= 2;
  return new Builder(field, entrants, weights, unit).build();
}

/** In thousandths, at least one; without their common factor, so that equal weights are all 1. */
function weightsOf(entrants: readonly Entrant[]): bigint[] {
  const weights = entrants.map(({ weight }) => larger(weight / 1000n, 1n));
  const common = weights.reduce(commonFactor, 0n);
  return weights.map((weight) => weight / common);
}

const commonFactor = (a: bigint, b: bigint): bigint => (b === 0n ? a : commonFactor(b, a % b));

class Builder {
  readonly #field: Field;
  readonly #entrants: readonly Entrant[];
  readonly #weights: readonly bigint[];
  readonly #unit: number;
  /** Of equal schedules the one that starts earliest is to be had. 0 where there is no room to count it. */
  readonly #late: 0 | 1;
  readonly #sharedCaps: ReadonlySet<number>;
  readonly #kinds = new Map<string, { weight: number; rows: Int32Array }>();

  constructor(field: Field, entrants: readonly Entrant[], weights: readonly bigint[], unit: number) {
    this.#field = field;
    this.#entrants = entrants;
    this.#weights = weights;
    this.#unit = unit;
    this.#late = entrants.reduce((sum, { first, last }) => sum + Math.max(0, last - first), 0) < unit ? 1 : 0;
    this.#sharedCaps = sharedCaps(entrants);
  }

  build(): Program {
    const found = this.#entrants.map((entrant, bid) =>
      entrant.reach.groups.flatMap((_, group) => this.#choicesOf(entrant, bid, group)),
    );
    const marks = [...new Set(found.flat().flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
    const stretchAt = new Map(marks.map((slot, stretch) => [slot, stretch]));
    const heaviest = [...this.#kinds.values()].sort((a, b) => b.weight - a.weight);
    const kindAt = new Map([...this.#kinds.values()].map((kind, at) => [at, heaviest.indexOf(kind)]));
    const choices: Choice[] = [];
    const bids = this.#entrants.map((entrant, bid) => {
      const own = found[bid]!.map((choice, at) => ({
        ...choice,
        index: choices.length + at,
        kind: kindAt.get(choice.kind)!,
        start: stretchAt.get(choice.start)!,
        end: stretchAt.get(choice.end)!,
      }));
      choices.push(...own);
      return { entrant, weight: this.#weights[bid]!, choices: own };
    });
    const width = Math.max(0, marks.length - 1);
    const lengths = Int32Array.from({ length: width }, (_, at) => marks[at + 1]! - marks[at]!);
    const free = this.#freeIn(marks);
    const costs = Float64Array.from(this.#field.levels, (level) => Number(this.#field.prices[level]!));
    const kinds = heaviest.map(({ weight, rows }) => ({
      weight,
      rows,
      reach: Uint8Array.from(costs, (_, row) => (rows.includes(row) ? 1 : 0)),
    }));
    return { width, lengths, rows: this.#rows, free, costs, bids, choices, kinds, unit: this.#unit };
  }

  get #rows(): number {
    return this.#field.width === 0 ? 0 : this.#field.free.length / this.#field.width;
  }

  /** By row and stretch between two marks: nodes that are free all through it. */
  #freeIn(marks: readonly number[]): Int32Array {
    const { width, free } = this.#field;
    const stretches = Math.max(0, marks.length - 1);
    return Int32Array.from({ length: this.#rows * stretches }, (_, at) => {
      const row = Math.floor(at / stretches) * width;
      const stretch = at % stretches;
      const within = free.subarray(row + marks[stretch]!, row + marks[stretch + 1]!);
      // A buyer may hold more than a cap that was lowered since.
      return within.reduce((least, nodes) => Math.max(0, Math.min(least, nodes)), Number.MAX_SAFE_INTEGER);
    });
  }

  #choicesOf(entrant: Entrant, bid: number, group: number): Choice[] {
    const { width, free, levels, prices } = this.#field;
    const { first, last, slots, nodes, size, reach } = entrant;
    const weight = Number(this.#weights[bid]!) * this.#unit;
    const found: Choice[] = [];
    const { rows: reached, caps: capped } = reach.groups[group]!;
    const kind = this.#kindOf(reached, weight);
    for (let start = first; start <= last; start++) {
      const rows: number[] = [];
      const caps: number[] = [];
      const costs: number[] = [];
      const most: number[] = [];
      for (let at = 0; at < reached.length; at++) {
        const row = reached[at]!;
        const cap = capped[at]!;
        let least = nodes;
        for (let slot = start; slot < start + slots; slot++) {
          least = Math.min(least, free[row * width + slot]!);
          if (cap >= 0) least = Math.min(least, free[cap * width + slot]!);
        }
        if (least <= 0) continue;
        rows.push(row);
        caps.push(this.#sharedCaps.has(cap) ? cap : -1);
        costs.push(weight * Number(prices[levels[row]!]!) * slots);
        most.push(least);
      }
      if (most.reduce((sum, one) => sum + one, 0) < nodes) continue;
      found.push({
        index: -1,
        bid,
        kind,
        slot: start,
        start,
        end: start + slots,
        nodes,
        weight,
        value: weight * Number(entrant.bid.limit) * Number(size) - this.#late * (start - first),
        rows: Int32Array.from(rows),
        caps: Int32Array.from(caps),
        costs: Float64Array.from(costs),
        most: Int32Array.from(most),
      });
    }
    return found;
  }

  /** In the order in which they were met. */
  #kindOf(rows: Int32Array, weight: number): number {
    const key = `${weight} ${rows}`;
    if (!this.#kinds.has(key)) this.#kinds.set(key, { weight, rows });
    return [...this.#kinds.keys()].indexOf(key);
  }
}

function sharedCaps(entrants: readonly Entrant[]): Set<number> {
  const users = new Map<number, number>();
  for (const { reach } of entrants)
    for (const cap of new Set(reach.groups.flatMap(({ caps }) => [...caps])))
      users.set(cap, (users.get(cap) ?? 0) + 1);
  return new Set([...users].filter(([cap, count]) => cap >= 0 && count > 1).map(([cap]) => cap));
}
