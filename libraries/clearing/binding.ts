/**
 * Late binding. The calendar holds counts; which machine serves which lease is decided when it starts. Leases are
 * intervals, and interval graphs are perfect: where at no slot more leases stand than there are nodes, each lease can
 * keep its nodes from its start to its end, if only nodes are given out in the order of starts.
 */
import { ClearingError } from './errors.ts';

export type Holding = { id: string; nodes: number; start: number; end: number };

/** Node numbers (from 0) for each holding of one ask. Throws where counts were over capacity: a double sale. */
export function bind(capacity: number, holdings: readonly Holding[]): Map<string, number[]> {
  const freeFrom = new Array<number>(capacity).fill(Number.NEGATIVE_INFINITY);
  const bound = new Map<string, number[]>();
  const inOrder = holdings.toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  for (const { id, nodes, start, end } of inOrder) {
    const chosen: number[] = [];
    for (let node = 0; node < capacity && chosen.length < nodes; node++)
      if (freeFrom[node]! <= start) chosen.push(node);
    if (chosen.length < nodes)
      throw new ClearingError(
        'binding-impossible',
        `Cannot bind "${id}": at slot ${start} only ${chosen.length} of ${nodes} nodes are free.`,
        'The calendar was sold twice; do not start this lease.',
      );
    for (const node of chosen) freeFrom[node] = end;
    bound.set(id, chosen);
  }
  return bound;
}
