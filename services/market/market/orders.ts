/** Asks and bids, from their placing to the end of their wait. An order placed twice under one id is one order. */
import { conflict, invalid } from '@bullion/service/errors';
import { bond, escrow, free, inCredits } from '../ledger/index.ts';
import { requireFresh, requireOpen, requireRate, requireSense, requireTier } from './admission.ts';
import { notionalOf, strikesOf } from './allies.ts';
import type { NewAsk, NewBid } from './commands.ts';
import { heldOf } from './config.ts';
import { addAsk, addBid, dropAsk, removeBid } from './own.ts';
import { requireShare } from './share.ts';
import { type AskOrder, nextSlot, openParts, type Part, peakLet, type State, timeOf } from './state.ts';
import { move, type Turn } from './turn.ts';

export function placeAsk(turn: Turn, ask: NewAsk, parent: string | null = null): void {
  const { state } = turn;
  const before = state.asks.get(ask.id);
  if (before) return void requireSame(before.owner === ask.owner && before.class === ask.class, ask.id);
  if (state.config.rules >= 2) requireFresh(state, `ask/${ask.id}`, ask.id);
  requireOpen(state);
  const { config } = state;
  const first = nextSlot(state);
  if (ask.end <= ask.start || ask.end <= first || ask.start > first + config.horizon) {
    throw invalid(
      'ask_window_invalid',
      `The ask is from ${timeOf(state, ask.start)} to ${timeOf(state, ask.end)}; nodes can be let from ${timeOf(state, first)} to ${timeOf(state, first + config.horizon)}.`,
      'Choose an end that lies after the start and ahead of now.',
    );
  }
  if (parent === null && config.inventory) requireInventory(state, ask);
  if (parent === null && config.inventory && config.rules >= 2) requireTier(state, ask);
  const slots = BigInt(Math.min(ask.end - ask.start, config.bond.slots));
  requireRate(state, ask.owner);
  const whole = ask.reserve * BigInt(ask.nodes) * slots;
  const stake = heldOf(whole, Math.min(config.bond.ppm * strikesOf(state, ask.owner), 1_000_000));
  turn.post(`ask/${ask.id}`, 'bond of an ask', move(free(ask.owner), bond(ask.owner), stake));
  turn.party(ask.owner).orders++;
  addAsk(state, { ...ask, bond: stake, placedAt: state.now, withdrawn: false, kept: [], parent });
  turn.tell('ask.placed', `ask/${ask.id}`, [ask.owner], { class: ask.class, nodes: ask.nodes });
}

type Span = Pick<Part, 'start' | 'end' | 'nodes'>;

/** Double selling begins with an ask for nodes that are not there. */
function requireInventory(state: State, ask: NewAsk): void {
  let nodes = 0;
  for (const node of state.nodes.values()) if (node.owner === ask.owner && node.class === ask.class) nodes++;
  const mine = [...state.asks.values()].filter(
    (one) => one.owner === ask.owner && one.class === ask.class && one.parent === null,
  );
  // Of a withdrawn ask only what is let still stands.
  const standing = mine.flatMap((one): Span[] => (one.withdrawn ? openParts(state, one.id) : [one]));
  const peak = peakLet(standing, ask.start, ask.end);
  if (peak + ask.nodes <= nodes) return;
  throw conflict(
    'ask_not_covered',
    `${ask.owner} has ${nodes} enrolled nodes of ${ask.class}, and offers ${peak} of them at that time already.`,
    'Offer fewer, withdraw another ask, or have the operator enroll more: `bullion market enroll`.',
  );
}

export function withdrawAsk(turn: Turn, id: string, by: string): void {
  const ask = turn.ask(id, by);
  if (ask.withdrawn) return;
  ask.withdrawn = true;
  turn.tell('ask.withdrawn', `ask/${id}`, [by]);
  closeAsk(turn, ask);
}

/** The bond goes back when nothing of the ask can be let any more and nothing is. */
export function closeAsk(turn: Turn, ask: AskOrder): void {
  const { state } = turn;
  if (!(ask.withdrawn || ask.end <= turn.slot) || openParts(state, ask.id).length > 0) return;
  turn.post(`bond/${ask.id}`, 'bond back', move(bond(ask.owner), free(ask.owner), ask.bond));
  dropAsk(state, ask);
  state.letFrom.delete(ask.id);
  turn.tell('ask.closed', `ask/${ask.id}`, [ask.owner]);
}

export function placeBid(turn: Turn, bid: NewBid): void {
  const { state } = turn;
  const before = state.bids.get(bid.id);
  if (before) return void requireSame(before.buyer === bid.buyer && before.nonce === bid.nonce, bid.id);
  requireOpen(state);
  // What became a lease under this id is one order, too.
  if (state.leases.has(bid.id))
    return void requireSame(state.leases.get(bid.id)!.buyer === bid.buyer, bid.id);
  const { config } = state;
  if (config.rules >= 2) requireFresh(state, `bid/${bid.id}`, bid.id);
  const first = nextSlot(state);
  requireWindow(state, bid);
  if (config.rules >= 2) requireSense(state, bid);
  requireRate(state, bid.buyer);
  const notional = bid.limit * BigInt(bid.nodes) * BigInt(bid.slots);
  const open = notionalOf(state, bid.buyer);
  if (open + notional > config.notionalMax) {
    throw conflict(
      'notional_limit',
      `${bid.buyer} would have bids open for ${inCredits(open + notional)} credits; the limit is ${inCredits(config.notionalMax)}.`,
      'Cancel a bid, wait for one to clear, or bid for less.',
    );
  }
  const span = { nodes: bid.nodes, start: bid.earliest, end: bid.latest + bid.slots, last: bid.latest };
  requireShare(state, bid.buyer, bid.classes, span);
  const hold = heldOf(
    notional,
    depositPpm(state, Math.max(bid.earliest, first), strikesOf(state, bid.buyer)),
  );
  turn.post(`bid/${bid.id}`, 'deposit of a bid', move(free(bid.buyer), escrow(bid.buyer), hold));
  const party = turn.party(bid.buyer);
  party.orders++;
  party.notional += notional;
  addBid(state, { ...bid, hold, placedAt: state.now, waited: 0 });
  turn.tell('bid.placed', `bid/${bid.id}`, [bid.buyer], { nodes: bid.nodes, slots: bid.slots });
}

/** Where a lease may start, and end. */
export function requireWindow(
  state: State,
  { earliest, latest, slots }: Pick<NewBid, 'earliest' | 'latest' | 'slots'>,
): void {
  const first = nextSlot(state);
  const horizon = first + state.config.horizon;
  if (latest >= earliest && latest >= first && Math.max(earliest, first) + slots <= horizon) return;
  throw invalid(
    'bid_window_invalid',
    `A lease of ${slots} slots cannot start between ${timeOf(state, earliest)} and ${timeOf(state, latest)}: nodes can be let from ${timeOf(state, first)} to ${timeOf(state, horizon)}.`,
    'Choose a window ahead of now, or a shorter lease.',
  );
}

export function cancelBid(turn: Turn, id: string, by: string): void {
  turn.bid(id, by);
  dropBid(turn, id, 'bid.cancelled');
}

/** It leaves the book, and what was held for it goes back. */
export function dropBid(turn: Turn, id: string, kind: string): void {
  const bid = turn.state.bids.get(id)!;
  turn.post(`back/${id}`, 'deposit back', move(escrow(bid.buyer), free(bid.buyer), bid.hold));
  forgetBid(turn, id);
  turn.tell(kind, `bid/${id}`, [bid.buyer]);
}

export function forgetBid({ state }: Turn, id: string): void {
  const bid = state.bids.get(id)!;
  removeBid(state, bid);
  state.parties.get(bid.buyer)!.notional -= bid.limit * BigInt(bid.nodes) * BigInt(bid.slots);
}

/** What is put down for a lease that starts at a slot: more the longer ahead, all of it for one that starts soon. */
export function depositPpm(state: State, start: number, strikes: number): number {
  const { spotSlots, deposit, slotMs } = state.config;
  const lead = start - nextSlot(state);
  if (lead < spotSlots) return 1_000_000;
  const days = Math.floor((lead * slotMs) / 86_400_000);
  const share = Math.min(deposit.minPpm + days * deposit.perDayPpm, deposit.maxPpm);
  return Math.min(share * strikes, 1_000_000);
}

function requireSame(same: boolean, id: string): void {
  if (same) return;
  throw conflict('order_id_taken', `There is another order ${id}.`, 'Give each order an id of its own.');
}
