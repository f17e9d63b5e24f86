/**
 * Virtual machines and pods take parts of nodes. What they take together, rounded up to whole nodes, is what their cloud
 * needs; each node that it needs more is a lease, and the one that it took last is the one that it gives back first.
 */
import type { TraceJob } from './trace.ts';

/** `share`: of a node, in millionths. */
export type Slice = { start: number; end: number; share: number };

/** A cloud grows and shrinks in steps of this: within one it keeps what it needed at most. */
const STEP_S = 900;
const WHOLE = 1_000_000;

export function nodeLeases(slices: readonly Slice[]): TraceJob[] {
  const changes = slices
    .flatMap(({ start, end, share }) => [
      { at: start, by: share },
      { at: end, by: -share },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const jobs: TraceJob[] = [];
  const open: number[] = [];
  let share = 0;
  let next = 0;
  for (
    let step = Math.floor((changes[0]?.at ?? 0) / STEP_S);
    next < changes.length || open.length > 0;
    step++
  ) {
    const upTo = (end: number) => {
      for (; next < changes.length && changes[next]!.at < end; next++) {
        share += changes[next]!.by;
        peak = Math.max(peak, share);
      }
    };
    let peak = 0;
    // What ends just where the step begins is not of the step.
    upTo(step * STEP_S + 1);
    peak = share;
    upTo((step + 1) * STEP_S);
    const needed = Math.ceil(peak / WHOLE);
    while (open.length < needed) open.push(step * STEP_S);
    while (open.length > needed) {
      const submit = open.pop()!;
      const run = step * STEP_S - submit;
      jobs.push({ submit, run, estimate: run, nodes: 1 });
    }
  }
  return jobs;
}
