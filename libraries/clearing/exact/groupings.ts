/** From one group of all rows to each row by itself: in each step all groups are cut where the cost of their rows rises most. */
import { Group } from './group.ts';
import type { Program } from './program.ts';
import type { Grouping } from './walk.ts';

export function groupingsOf(program: Program): Grouping[] {
  const all = Array.from(program.costs, (_, row) => row);
  const found: Grouping[] = [];
  for (let parts = [{ rows: all, parent: 0 }]; ; ) {
    const isFinest = parts.every(({ rows }) => rows.length <= 1);
    const groups = parts.map(({ rows }) => new Group(program, rows));
    found.push({ groups, parents: parts.map(({ parent }) => parent), isFinest });
    if (isFinest) return found;
    parts = parts.flatMap(({ rows }, parent) =>
      cut(rows, program.costs).map((part) => ({ rows: part, parent })),
    );
  }
}

/** In two, if there are two. `rows`: from the cheapest. */
function cut(rows: readonly number[], costs: Float64Array): number[][] {
  if (rows.length < 2) return [[...rows]];
  const rise = (at: number): number => costs[rows[at]!]! - costs[rows[at - 1]!]!;
  let best = Math.ceil(rows.length / 2);
  for (let at = 1; at < rows.length; at++) if (rise(at) > rise(best)) best = at;
  return [rows.slice(0, best), rows.slice(best)];
}
