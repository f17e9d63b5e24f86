/** What the operator does: credits, parties, nodes, the rules' numbers, the switch that stops new orders. */
import { BullionError, conflict, notFound } from '@bullion/service/errors';
import { MINT } from '../ledger/index.ts';
import { noteAlly } from './allies.ts';
import { classOf } from './classes.ts';
import type { Command } from './commands.ts';
import { BEFORE } from './config.ts';
import { countEnrolled } from './own.ts';
import { idleNodes, keep } from './recall.ts';
import type { State } from './state.ts';
import { peakLet } from './state.ts';
import { move, type Turn } from './turn.ts';

export function mint(turn: Turn, key: string, account: string, amount: bigint): void {
  turn.post(`mint/${key}`, amount > 0n ? 'credits made' : 'credits unmade', move(MINT, account, amount));
  const [party] = account.split(':');
  turn.tell('credits.minted', `account/${account}`, party === 'market' ? [] : [party!], {
    amount: String(amount),
  });
}

/** Only the first time says since when a legal owner is known. */
export function register(turn: Turn, name: string, legal: string): void {
  const { state } = turn;
  const party = turn.party(name);
  if (!state.legals.has(legal)) state.legals.set(legal, party.since);
  noteAlly(state, name, legal);
  party.legal = legal;
  turn.tell('party.registered', `party/${name}`, [name], { legal });
}

export function enroll(turn: Turn, { node, owner, attributes }: Extract<Command, { do: 'enroll' }>): void {
  const { state } = turn;
  const name = classOf(attributes);
  const before = state.nodes.get(node);
  if (before?.owner === owner && before.class === name) return;
  if (before) requireIdle(turn, node);
  state.classes.set(name, attributes);
  if (before) countEnrolled(state, before.class, -1);
  countEnrolled(state, name, 1);
  state.nodes.set(node, { owner, class: name });
  turn.party(owner);
  if (state.config.rules >= 2) noteHome(state, node, owner);
  turn.tell('node.enrolled', `node/${node}`, [owner], { class: name });
}

function noteHome({ homes }: State, node: string, owner: string): void {
  if (!homes.has(node)) homes.set(node, owner);
}

export function disenroll(turn: Turn, node: string): void {
  const { state } = turn;
  const known = state.nodes.get(node);
  if (!known) throw notFound('node', node, 'See those of the market: `bullion market nodes`.');
  requireIdle(turn, node);
  countEnrolled(state, known.class, -1);
  state.nodes.delete(node);
  turn.tell('node.disenrolled', `node/${node}`, []);
}

/** A node that is gone, or another's. What is let of it its owner owes; what is idle is offered no more. */
export function lose(turn: Turn, node: string): void {
  const { state } = turn;
  const lost = state.nodes.get(node);
  if (!lost) return;
  countEnrolled(state, lost.class, -1);
  state.nodes.delete(node);
  const alike = (one: { owner: string; class: string }) =>
    one.owner === lost.owner && one.class === lost.class;
  const left = [...state.nodes.values()].filter(alike).length;
  const asks = [...state.asks.values()].filter((ask) => alike(ask) && ask.parent === null && !ask.withdrawn);
  const offered = asks.map(({ nodes, start, end, kept }) => {
    return { nodes: nodes - peakLet(kept, Math.max(start, turn.slot), end), start, end };
  });
  const beyond = Math.max(0, peakLet(offered, turn.slot, Number.POSITIVE_INFINITY) - left);
  for (const [ask, count] of idleNodes(turn, asks, beyond)) keep(turn, ask, count, turn.slot);
  turn.tell('node.lost', `node/${node}`, [lost.owner], { class: lost.class });
}

/** Counts are let, not nodes: one may leave while its owner's asks need fewer than there are. */
function requireIdle({ state }: Turn, node: string): void {
  const { owner, class: name } = state.nodes.get(node)!;
  const all = [...state.nodes.values()].filter((one) => one.owner === owner && one.class === name).length;
  const asked = [...state.asks.values()]
    .filter((ask) => ask.owner === owner && ask.class === name && ask.parent === null)
    .reduce((sum, ask) => sum + ask.nodes, 0);
  if (asked < all) return;
  throw conflict(
    'node_offered',
    `All ${all} nodes like "${node}" are on offer.`,
    'Withdraw an ask first, or recall one node.',
  );
}

export function configure(turn: Turn, set: Extract<Command, { do: 'configure' }>['set']): void {
  if (set.slotMs !== undefined && set.slotMs !== turn.state.config.slotMs && turn.state.leases.size > 0)
    throw new BullionError('conflict', 'slot_in_use', 'Leases are counted in slots as they are.', {
      hint: 'Set the length of slots while there are no leases.',
    });
  // A journal begins with all numbers that there were.
  const before = turn.state.sequence === 0 ? { ...turn.state.config, ...BEFORE } : turn.state.config;
  turn.state.config = { ...before, ...set };
  // From then on it is kept whose nodes were first.
  if (before.rules < 2 && turn.state.config.rules >= 2)
    for (const [node, { owner }] of turn.state.nodes) noteHome(turn.state, node, owner);
  const told = Object.entries(set).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  turn.tell('rules.changed', 'market', [...turn.state.parties.keys()], Object.fromEntries(told));
}
