/** An owner wants nodes back: its idle ones first, then those of recallable leases, the least costly first. */
import { conflict, invalid } from '@bullion/service/errors';
import { closeAsk } from './orders.ts';
import { type Plan, planRecall } from './recall-plan.ts';
import { type AskOrder, freeNodes } from './state.ts';
import { compensation, type Terms, takeBack } from './taking-back.ts';
import { max } from './trades.ts';
import { purse, type Turn } from './turn.ts';

export function recall(turn: Turn, key: string, by: string, name: string, nodes: number): void {
  const { state } = turn;
  if (nodes <= 0) throw invalid('recall_invalid', 'No nodes were named.', 'Recall one node or more.');
  const asks = [...state.asks.values()].filter(
    (ask) => ask.owner === by && ask.class === name && ask.parent === null && ask.end > turn.slot,
  );
  const idle = idleNodes(turn, asks, nodes);
  const lacks = nodes - [...idle.values()].reduce((sum, one) => sum + one, 0);
  const { recall: terms } = state.config;
  // The idle ones are no longer there for the plan.
  const rest = asks.map((ask) => ({ ...ask, kept: [...ask.kept, ...kept(turn, ask, idle.get(ask) ?? 0)] }));
  const plan = planRecall(state, rest, lacks, (part, at) => compensation(turn, part, 1, at, terms));
  if (!plan) {
    throw conflict(
      'recall_too_much',
      `${by} cannot have back ${nodes} nodes of ${name}: ${nodes - lacks} are idle, and not so many of the others are recallable.`,
      'Recall fewer, or wait for firm leases to end: `bullion market leases`.',
    );
  }
  if (state.config.rules >= 2) requireMeans(turn, by, plan, terms);
  for (const [ask, count] of idle) keep(turn, ask, count, turn.slot);
  turn.tell('nodes.recalled', `class/${name}`, [by], { nodes, idle: nodes - lacks, key });
  for (const [part, { nodes, at }] of plan.taken)
    takeBack(turn, part, nodes, at, { ...terms, insured: state.config.rules < 2 }, 'its owner recalled it');
  for (const [{ id }, { nodes, at }] of plan.kept) {
    const ask = state.asks.get(id);
    if (ask) keep(turn, ask, nodes, at);
  }
}

/**
 * Whoever recalls pays for it: what its bonds and its free credits cannot pay it may not do, though a substitute might be
 * found that costs less.
 */
function requireMeans(turn: Turn, by: string, plan: Plan, terms: Terms): void {
  const owed = new Map<string, bigint>();
  for (const [part, { nodes, at }] of plan.taken) {
    const cost = compensation(turn, part, nodes, Math.max(at, part.start), terms);
    owed.set(part.ask, (owed.get(part.ask) ?? 0n) + cost);
  }
  let [all, short] = [0n, 0n];
  for (const [ask, cost] of owed) {
    all += cost;
    short += max(cost - turn.state.asks.get(ask)!.bond, 0n);
  }
  const lacks = short - purse(turn, by);
  if (lacks <= 0n) return;
  throw conflict(
    'recall_not_covered',
    `The recall may cost ${by} ${all} micro-credits: its bonds and free credits fall ${lacks} short.`,
    `Have ${lacks} micro-credits paid in first, recall fewer, or wait: the cost falls with what is left of the leases.`,
    { short: String(lacks) },
  );
}

/** Of each ask, nodes that are let at no time that is left: at most as many as are wanted. */
export function idleNodes(turn: Turn, asks: readonly AskOrder[], wanted: number): Map<AskOrder, number> {
  let left = wanted;
  const found = new Map<AskOrder, number>();
  for (const ask of asks) {
    if (ask.withdrawn) continue;
    const count = Math.min(
      left,
      Math.max(0, freeNodes(turn.state, ask, Math.max(ask.start, turn.slot), ask.end)),
    );
    if (count > 0) found.set(ask, count);
    left -= count;
  }
  return found;
}

const kept = (turn: Turn, ask: AskOrder, nodes: number) =>
  nodes === 0 ? [] : [{ nodes, start: Math.max(turn.slot, ask.start), end: ask.end }];

/** Nodes are the owner's from a slot on: the same ask does not let them again. */
export function keep(turn: Turn, ask: AskOrder, nodes: number, from: number): void {
  const start = Math.max(from, ask.start);
  if (start < ask.end) ask.kept.push({ nodes, start, end: ask.end });
  closeAsk(turn, ask);
}
