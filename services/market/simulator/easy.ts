/**
 * EASY backfilling: jobs start in their order; while the first waits, a later one may start if it does not move the
 * first one's start, as estimated. Pure. (Lifka, "The ANL/IBM SP scheduling system", 1995.)
 */

export type Waiting = { nodes: number; estimate: number };
/** Nodes that come free. */
export type Freed = { at: number; nodes: number };
export type Plan = {
  /** Places in the queue, rising. */
  start: number[];
  /** When the first job that waits could start here at the latest; infinite where it never could. */
  shadow: number;
  /** Nodes that are free after all of that. */
  free: number;
};

/** How far behind the first a job is looked for: a queue of thousands is not searched at each event. */
const DEPTH = 256;

export function planEasy(
  now: number,
  own: number,
  free: number,
  queue: readonly Waiting[],
  freed: () => readonly Freed[],
): Plan {
  const start: number[] = [];
  let left = free;
  let head = 0;
  while (head < queue.length && queue[head]!.nodes <= left) {
    left -= queue[head]!.nodes;
    start.push(head++);
  }
  if (head >= queue.length) return { start, shadow: now, free: left };
  const started = start.map((at) => ({ at: now + queue[at]!.estimate, nodes: queue[at]!.nodes }));
  // A job wider than the house can only start when the rest is rented: nothing is kept for it here.
  const { shadow, ...kept } =
    queue[head]!.nodes > own
      ? { shadow: Number.POSITIVE_INFINITY, extra: left }
      : reservation(left, queue[head]!.nodes, [...freed(), ...started]);
  let { extra } = kept;
  for (let at = head + 1; at < queue.length && at < head + DEPTH && left > 0; at++) {
    const { nodes, estimate } = queue[at]!;
    if (nodes > left) continue;
    const over = now + estimate > shadow;
    if (over && nodes > extra) continue;
    if (over) extra -= nodes;
    left -= nodes;
    start.push(at);
  }
  return { start, shadow, free: left };
}

/** When `wanted` nodes are free together, and how many are free besides at that time. */
function reservation(free: number, wanted: number, freed: Freed[]): { shadow: number; extra: number } {
  let sum = free;
  if (sum >= wanted) return { shadow: 0, extra: sum - wanted };
  for (const { at, nodes } of freed.sort((a, b) => a.at - b.at)) {
    sum += nodes;
    if (sum >= wanted) return { shadow: at, extra: sum - wanted };
  }
  return { shadow: Number.POSITIVE_INFINITY, extra: 0 };
}
