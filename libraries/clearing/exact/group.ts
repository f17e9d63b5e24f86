/**
 * Rows whose nodes stand for each other: whoever has nodes of a group may change from one to another in each stretch of
 * the calendar, so the cheapest serve, those of the greatest weight first. With all rows in one group no real schedule
 * costs less, and with each row in a group of its own it is the real schedule.
 */
import { Flow } from './flow.ts';
import type { Program } from './program.ts';

/** What a kind finds in the group. */
type Pool = {
  rows: readonly number[];
  /** By stretch: nodes of these rows. */
  free: Int32Array;
  /** Kinds that find these rows alone, or fewer: together they find no more. */
  within: readonly number[];
  /** Kinds that find these rows, or more. */
  beyond: readonly number[];
};

export class Group {
  readonly rows: readonly number[];
  readonly #program: Program;
  readonly #pools: readonly Pool[];
  /** Undefined where all kinds that find something here find the same: whoever comes first takes the cheapest. */
  readonly #flow: Flow | undefined;

  constructor(program: Program, rows: readonly number[]) {
    this.rows = rows;
    this.#program = program;
    const { kinds, free, width } = program;
    const found = kinds.map(({ reach }) => rows.filter((row) => reach[row] === 1));
    this.#pools = found.map((own) => ({
      rows: own,
      free: sumOf(own, free, width),
      within: placesOf(found, (other) => other.every((row) => own.includes(row))),
      beyond: placesOf(found, (other) => own.every((row) => other.includes(row))),
    }));
    const isOnePool = found.every((own) => own.length === 0 || own.length === rows.length);
    this.#flow = isOnePool ? undefined : new Flow(program, found);
  }

  /**
   * Nodes that `kind` still finds in a stretch beside what is taken of this group: that of the first kind stands in `taken`
   * at `first`, each other kind's `step` further.
   */
  left(kind: number, stretch: number, taken: Int32Array, first: number, step: number): number {
    const own = this.#pools[kind]!;
    if (own.rows.length === 0) return 0;
    let least = Number.MAX_SAFE_INTEGER;
    for (const beyond of own.beyond) {
      const { free, within } = this.#pools[beyond]!;
      let nodes = free[stretch]!;
      for (const inner of within) nodes -= taken[first + inner * step]!;
      if (nodes < least) least = nodes;
    }
    return least;
  }

  /** Of `loads` nodes by kind, in a stretch; infinite where nodes are too few. */
  cost(stretch: number, loads: Int32Array): number {
    const cost = this.#flow?.cost(stretch, loads) ?? this.#inTurn(stretch, loads);
    return cost * this.#program.lengths[stretch]!;
  }

  #inTurn(stretch: number, loads: Int32Array): number {
    const { kinds, costs, width, free } = this.#program;
    let cost = 0;
    let at = 0;
    let left = free[this.rows[0]! * width + stretch]!;
    for (let kind = 0; kind < loads.length; kind++) {
      const { weight } = kinds[kind]!;
      for (let missing = loads[kind]!; missing > 0; ) {
        while (left === 0) {
          if (++at === this.rows.length) return Number.POSITIVE_INFINITY;
          left = free[this.rows[at]! * width + stretch]!;
        }
        const taken = Math.min(left, missing);
        cost += taken * weight * costs[this.rows[at]!]!;
        missing -= taken;
        left -= taken;
      }
    }
    return cost;
  }
}

function placesOf<One>(all: readonly One[], is: (one: One) => boolean): number[] {
  return all.flatMap((one, at) => (is(one) ? [at] : []));
}

function sumOf(rows: readonly number[], free: Int32Array, width: number): Int32Array {
  const sum = new Int32Array(width);
  for (const row of rows) for (let slot = 0; slot < width; slot++) sum[slot]! += free[row * width + slot]!;
  return sum;
}
