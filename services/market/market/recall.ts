/** An owner wants nodes back: its idle ones first, then those of recallable leases, the least costly first. */
import { conflict, invalid } from '@bullion/service/errors';
import { closeAsk } from './orders.ts';
import { type AskOrder, freeNodes, nextSlot, openParts, type Part } from './state.ts';
import { compensation, takeBack } from './taking-back.ts';
import type { Turn } from './turn.ts';

type Victim = { part: Part; nodes: number; at: number };

export function recall(turn: Turn, key: string, by: string, name: string, nodes: number): void {
  const { state } = turn;
  if (nodes <= 0) throw invalid('recall_invalid', 'No nodes were named.', 'Recall one node or more.');
  const asks = [...state.asks.values()].filter(
    (ask) => ask.owner === by && ask.class === name && ask.parent === null && ask.end > turn.slot,
  );
  const idle = asks.map((ask) => ({ ask, nodes: ask.withdrawn ? 0 : idleNodes(turn, ask) }));
  const victims = victimsOf(turn, asks);
  const offered = sum(idle.map((one) => one.nodes)) + sum(victims.map((one) => one.nodes));
  if (offered < nodes) {
    throw conflict(
      'recall_too_much',
      `${by} can have back ${offered} nodes of ${name}: the others are firmly let, or not on offer.`,
      'Recall fewer, or wait for firm leases to end: `bullion market leases`.',
    );
  }
  let left = nodes;
  for (const one of idle) {
    const taken = Math.min(left, one.nodes);
    if (taken === 0) continue;
    keep(turn, one.ask, taken, turn.slot);
    left -= taken;
  }
  turn.tell('nodes.recalled', `class/${name}`, [by], { nodes, idle: nodes - left, key });
  for (const { part, nodes: most, at } of victims) {
    const taken = Math.min(left, most);
    if (taken === 0) break;
    const ask = state.asks.get(part.ask)!;
    takeBack(turn, part, taken, at, state.config.recall, 'its owner recalled it');
    keep(turn, ask, taken, Math.max(at, part.start));
    left -= taken;
  }
}

/** Never let again from now on, at no time that is left. */
const idleNodes = (turn: Turn, ask: AskOrder): number =>
  Math.max(0, freeNodes(turn.state, ask, Math.max(ask.start, turn.slot), ask.end));

/** Nodes are the owner's from a slot on: the same ask does not let them again. */
function keep(turn: Turn, ask: AskOrder, nodes: number, from: number): void {
  const start = Math.max(from, ask.start);
  if (start < ask.end) ask.kept.push({ nodes, start, end: ask.end });
  closeAsk(turn, ask);
}

function victimsOf(turn: Turn, asks: readonly AskOrder[]): Victim[] {
  const { state } = turn;
  const victims = asks.flatMap((ask) =>
    openParts(state, ask.id)
      .filter((part) => ask.notice !== null && !part.recalled && part.end > nextSlot(state) + ask.notice)
      .map((part) => ({ part, nodes: part.nodes, at: nextSlot(state) + ask.notice! })),
  );
  const cost = ({ part, at }: Victim) =>
    compensation(turn, part, 1, Math.max(at, part.start), state.config.recall);
  return victims
    .map((victim) => ({ ...victim, cost: cost(victim) }))
    .sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : a.part.id < b.part.id ? -1 : 1));
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
