/**
 * Nodes for kinds that find different rows: a flow of least cost. Each kind in turn takes what is cheapest along a path on
 * which others may move to other rows (Bellman and Ford's, for moving gives money back).
 */
import type { Kind, Program } from './program.ts';

/** Who takes which row. */
type Move = { kind: number; row: number };

export class Flow {
  readonly #program: Program;
  readonly #found: readonly (readonly number[])[];

  /** `found`: the rows of each kind. */
  constructor(program: Program, found: readonly (readonly number[])[]) {
    this.#program = program;
    this.#found = found;
  }

  /** Of `loads` nodes by kind, for one slot of a stretch; infinite where nodes are too few. */
  cost(stretch: number, loads: Int32Array): number {
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

  /** The moves by which one node more of `kind` costs least; undefined where there are none. */
  #cheapestPath(kind: number, left: Int32Array, taken: Int32Array): Move[] | undefined {
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
        for (const row of this.#found[mover]!)
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
      for (const row of this.#found[mover]!) {
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
