/**
 * Who could set a class's price: the share of one legal owner in what is offered firm. Nothing is refused by it, for an
 * owner may have more nodes than the others; the operator is told when it begins and when it is over.
 */
import { standIn } from './allies.ts';
import { type AskOrder, peakLet, type State } from './state.ts';
import type { Turn } from './turn.ts';

export type Supply = { class: string; party: string; ppm: number; nodes: number; of: number };

/** Of each class that is offered firm, the legal owner that offers most. */
export function largestOffers(state: State, from: number): Supply[] {
  const firm = [...state.asks.values()].filter(
    ({ notice, parent, withdrawn, end }) => notice === null && parent === null && !withdrawn && end > from,
  );
  return [...Map.groupBy(firm, (ask) => ask.class)].map(([name, asks]) => {
    const nodes = [...Map.groupBy(asks, ({ owner }) => standIn(state, owner))].map(
      ([party, own]) => [party, mostAtOnce(own, from)] as const,
    );
    const of = nodes.reduce((sum, [, count]) => sum + count, 0);
    const [party, most] = nodes.reduce((a, b) => (b[1] > a[1] ? b : a));
    return { class: name, party, nodes: most, of, ppm: Math.floor((most * 1_000_000) / of) };
  });
}

const mostAtOnce = (asks: readonly AskOrder[], from: number): number =>
  peakLet(asks, from, Math.max(...asks.map(({ end }) => end)));

export function watchSupply(turn: Turn): void {
  const { state, slot } = turn;
  const over = largestOffers(state, slot).filter(({ ppm }) => ppm > state.config.alarmPpm);
  for (const { class: name, party, ppm, nodes, of } of over) {
    if (state.alarms.get(name) === party) continue;
    state.alarms.set(name, party);
    turn.tell('concentration.alarm', `class/${name}`, [], { party, ppm, nodes, of });
  }
  const still = new Set(over.map((one) => one.class));
  for (const name of state.alarms.keys()) {
    if (still.has(name)) continue;
    state.alarms.delete(name);
    turn.tell('concentration.over', `class/${name}`, []);
  }
}
