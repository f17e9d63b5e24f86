/**
 * Which leases a recall ends: for each node that is wanted, those of one ask that stand in its way until the ask's end,
 * from the ask where that costs the owner least. Only plans: nothing is changed.
 */
import { type AskOrder, nextSlot, openParts, type Part, peakLet, type State } from './state.ts';

/** `part` is null for what the owner has back already. */
type Span = { part: Part | null; nodes: number; start: number; end: number };
/** `nodes`: of a withdrawn ask only what was let: the rest the owner has anyway. */
type Sketch = { ask: AskOrder; at: number; nodes: number; spans: Span[] };
export type Plan = {
  kept: Map<AskOrder, { nodes: number; at: number }>;
  taken: Map<Part, { nodes: number; at: number }>;
};

/** Undefined where so many nodes cannot be had back. `cost` is what one node of a part costs from a slot on. */
export function planRecall(
  state: State,
  asks: readonly AskOrder[],
  nodes: number,
  cost: (part: Part, at: number) => bigint,
): Plan | undefined {
  const sketches = asks.filter((ask) => ask.notice !== null).map((ask) => sketch(state, ask));
  const plan: Plan = { kept: new Map(), taken: new Map() };
  for (let n = 0; n < nodes; n++) {
    const ways = sketches.flatMap((one) => vacateOne(one, cost) ?? []);
    const [best] = ways.sort((a, b) =>
      a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : a.of.ask.id < b.of.ask.id ? -1 : 1,
    );
    if (!best) return undefined;
    const { of, victims } = best;
    for (const span of victims) {
      span.nodes--;
      const before = plan.taken.get(span.part!)?.nodes ?? 0;
      plan.taken.set(span.part!, { nodes: before + 1, at: of.at });
    }
    of.spans.push({ part: null, nodes: 1, start: of.at, end: of.ask.end });
    plan.kept.set(of.ask, { nodes: (plan.kept.get(of.ask)?.nodes ?? 0) + 1, at: of.at });
  }
  return plan;
}

function sketch(state: State, ask: AskOrder): Sketch {
  const at = Math.max(nextSlot(state) + ask.notice!, ask.start);
  const parts = openParts(state, ask.id).map((part) => ({
    part,
    nodes: part.nodes,
    start: part.start,
    end: part.end,
  }));
  const kept = ask.kept.map((span) => ({ ...span, part: null }));
  const spans = [...parts, ...kept].filter(({ end }) => end > at);
  return { ask, at, nodes: ask.withdrawn ? peakLet(spans, at, ask.end) : ask.nodes, spans };
}

/** The cheapest found, slot by slot, of what must go for one more node to be free from `at` to the ask's end. */
function vacateOne(of: Sketch, cost: (part: Part, at: number) => bigint) {
  const { ask, at, nodes, spans } = of;
  if (at >= ask.end) return undefined;
  const gone = new Map<Span, number>();
  const left = (span: Span) => span.nodes - (gone.get(span) ?? 0);
  const moments = [...new Set([at, ...spans.map(({ start }) => Math.max(start, at))])].sort((a, b) => a - b);
  let total = 0n;
  for (const moment of moments) {
    const here = spans.filter((span) => span.start <= moment && moment < span.end && left(span) > 0);
    let over = here.reduce((sum, span) => sum + left(span), 0) + 1 - nodes;
    const takeable = here
      .filter(({ part }) => part !== null && !part.recalled)
      .map((span) => ({ span, cost: cost(span.part!, Math.max(at, span.start)) }))
      .sort((a, b) =>
        a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : a.span.part!.id < b.span.part!.id ? -1 : 1,
      );
    for (const one of takeable) {
      if (over <= 0) break;
      gone.set(one.span, (gone.get(one.span) ?? 0) + 1);
      total += one.cost;
      over--;
    }
    if (over > 0) return undefined;
  }
  return { of, cost: total, victims: [...gone].flatMap(([span, nodes]) => Array<Span>(nodes).fill(span)) };
}
