/**
 * Rows whose nodes stand for each other: whoever has nodes of a group may change from one to another in each stretch of
 * the calendar, so the cheapest serve, those of the greatest weight first. With all rows in one group no real schedule
 * costs less, and with each row in a group of its own it is the real schedule.
 */
import type { Kind, Program } from './program.ts';

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
  /** All kinds that find something here find the same: whoever comes first takes the cheapest. */
  readonly #isOnePool: boolean;

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
    const sizes = new Set(found.map(({ length }) => length).filter((size) => size > 0));
    this.#isOnePool = sizes.size <= 1 && found.every((own) => own.length === 0 || own.length === rows.length);
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
    const cost = this.#isOnePool ? this.#inTurn(stretch, loads) : this.#flow(stretch, loads);
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

  /**
   * Kinds that find different rows: a flow of least cost. Each kind in turn takes what is cheapest along a path on which
   * others may move to other rows (Bellman and Ford's, for moving gives money back).
   */
  #flow(stretch: number, loads: Int32Array): number {
    const { kinds, rows, width, free } = this.#program;
    const taken = new Int32Array(kinds.length * rows);
    const left = Int32Array.from({ length: rows }, (_, row) => free[row * width + stretch]!);
    for (let kind = 0; kind < kinds.length; kind++)
      for (let missing = loads[kind]!; missing > 0; ) {
        const path = this.#cheapestPath(kind, left, taken);
        if (path === undefined) return Number.POSITIVE_INFINITY;
        const end = path.at(-1)!.row;
        let nodes = Math.min(missing, left[end]!);
        // All but the first take over from whom they drive out.
        for (let at = 1; at < path.length; at++)
          nodes = Math.min(nodes, taken[path[at]!.kind * rows + path[at - 1]!.row]!);
        for (const [at, { kind: mover, row }] of path.entries()) {
          taken[mover * rows + row]! += nodes;
          if (at > 0) taken[mover * rows + path[at - 1]!.row]! -= nodes;
        }
        left[end]! -= nodes;
        missing -= nodes;
      }
    let cost = 0;
    for (let at = 0; at < taken.length; at++)
      if (taken[at]! > 0) cost += taken[at]! * this.#unit(kinds[Math.floor(at / rows)]!, at % rows);
    return cost;
  }

  #unit({ weight }: Kind, row: number): number {
    return weight * this.#program.costs[row]!;
  }

  /** Who takes which row, so that one node more of `kind` costs least; undefined where there is none. */
  #cheapestPath(
    kind: number,
    left: Int32Array,
    taken: Int32Array,
  ): { kind: number; row: number }[] | undefined {
    const { kinds, rows } = this.#program;
    const reached = new Float64Array(kinds.length).fill(Number.POSITIVE_INFINITY);
    /** By kind: who drives it out, and of which row. */
    const by = new Int32Array(kinds.length).fill(-1);
    const from = new Int32Array(kinds.length).fill(-1);
    reached[kind] = 0;
    for (let round = 0, moved = true; moved && round < kinds.length; round++) {
      moved = false;
      for (let mover = 0; mover < kinds.length; mover++) {
        if (reached[mover] === Number.POSITIVE_INFINITY) continue;
        for (const row of this.#pools[mover]!.rows)
          for (let other = 0; other < kinds.length; other++) {
            if (other === mover || taken[other * rows + row] === 0) continue;
            const cost = reached[mover]! + this.#unit(kinds[mover]!, row) - this.#unit(kinds[other]!, row);
            if (cost >= reached[other]!) continue;
            reached[other] = cost;
            by[other] = mover;
            from[other] = row;
            moved = true;
          }
      }
    }
    let best = Number.POSITIVE_INFINITY;
    let last = -1;
    let end = -1;
    for (let mover = 0; mover < kinds.length; mover++)
      for (const row of this.#pools[mover]!.rows) {
        const cost = reached[mover]! + this.#unit(kinds[mover]!, row);
        if (left[row] === 0 || cost >= best) continue;
        best = cost;
        last = mover;
        end = row;
      }
    if (last < 0) return undefined;
    const path = [{ kind: last, row: end }];
    for (let mover = last; mover !== kind; mover = by[mover]!)
      path.unshift({ kind: by[mover]!, row: from[mover]! });
    return path;
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
