/** What a tenant does with a lease: claim, extend, leave early, sub-let. */
import { feeOf, grossFor } from '@bullion/clearing';
import { conflict, invalid } from '@bullion/service/errors';
import { escrow, free, inCredits } from '../ledger/index.ts';
import { requireOpen } from './admission.ts';
import type { Command } from './commands.ts';
import { heldOf, partOf } from './config.ts';
import { placeAsk } from './orders.ts';
import { pricesOf } from './prices.ts';
import { payOwners } from './schedule.ts';
import { closeLease, cutShort, refund, settle, worth } from './settlement.ts';
import { requireShare } from './share.ts';
import {
  type AskOrder,
  freeNodes,
  isOpen,
  type Lease,
  nextSlot,
  partsOf,
  type State,
  timeOf,
} from './state.ts';
import { addPart, max } from './trades.ts';
import { move, type Turn } from './turn.ts';

export function claim(turn: Turn, id: string, by: string): void {
  const lease = requireLive(turn, id, by);
  if (lease.claimed) return;
  lease.claimed = true;
  turn.tell('lease.claimed', `lease/${id}`, [by]);
}

type Extend = Extract<Command, { do: 'extend' }>;

/** On the same nodes, where nobody has them then; at the index, the price it has, or what the owner asks: whichever is most. */
export function extend(turn: Turn, { lease: id, by, slots, limit }: Extend): void {
  const { state } = turn;
  const lease = requireLive(turn, id, by);
  if (state.config.rules >= 2) requireOpen(state);
  const last = partsOf(state, lease).filter((part) => isOpen(part) && part.end === lease.end);
  const end = lease.end + slots;
  if (slots < 1 || end > nextSlot(state) + state.config.horizon)
    throw invalid(
      'extension_invalid',
      `The lease ${id} cannot last until ${timeOf(state, end)}.`,
      'Extend by less.',
    );
  const hosts = last.map((part) => ({ part, ask: state.asks.get(part.ask) }));
  const needed = Map.groupBy(hosts, ({ ask }) => ask?.id);
  const refused =
    last.some((part) => part.recalled) ||
    [...needed].some(([, of]) => {
      const ask = of[0]!.ask;
      const nodes = of.reduce((sum, { part }) => sum + part.nodes, 0);
      return !ask || ask.withdrawn || freeNodes(state, ask, lease.end, end) < nodes;
    });
  if (last.length === 0 || refused) {
    throw conflict(
      'lease_not_extended',
      `The nodes of lease ${id} are promised to others, or not on offer, after ${timeOf(state, lease.end)}.`,
      'Extend by less, or bid for other nodes.',
    );
  }
  const nodes = last.reduce((sum, part) => sum + part.nodes, 0);
  requireShare(state, by, [lease.class], { nodes, start: lease.end, end, last: lease.end });
  const asked = hosts.map(({ ask }) => grossFor(ask!.reserve, state.config.feePpm));
  const price = [lease.price, pricesOf(state, lease.class).index ?? 0n, ...asked].reduce(max);
  if (price > limit) {
    throw conflict(
      'extension_price',
      `The extension costs ${inCredits(price)} credits per node and slot, more than the limit of ${inCredits(limit)}.`,
      `Give a limit of ${inCredits(price)} credits or more.`,
      { price: String(price) },
    );
  }
  const whole = last.reduce((sum, part) => sum + worth(price, part.nodes, slots), 0n);
  const due = heldOf(whole, lease.state === 'active' ? 1_000_000 : lease.depositPpm);
  turn.post(`extend/${id}/${end}`, 'an extension', move(free(by), escrow(by), due));
  lease.held += due;
  const fee = feeOf(price, state.config.feePpm);
  for (const { ask, owner, nodes } of last)
    addPart(state, lease, {
      ask,
      owner,
      nodes,
      start: lease.end,
      end,
      price,
      gross: price,
      fee,
      withheld: 0n,
      subsidy: 0n,
    });
  lease.end = end;
  const parties = [by, ...last.map(({ owner }) => owner)];
  turn.tell('lease.extended', `lease/${id}`, parties, { end, price: String(price) });
}

/**
 * Before its start: the share of the deposit that is lost grows from nothing, at half of the time ahead, to all of it.
 * After it: a part of what is not used goes to the owners.
 */
export function release(turn: Turn, id: string, by: string): void {
  const { state } = turn;
  const lease = requireLive(turn, id, by);
  requireNotSublet(turn, lease);
  const at = lease.state === 'reserved' ? lease.start : nextSlot(state);
  for (const part of partsOf(state, lease)) settle(turn, part, at);
  const open = partsOf(state, lease).filter(isOpen);
  const rest = open.reduce((sum, part) => sum + worth(part.price, part.nodes, part.end - part.settled), 0n);
  const kept =
    lease.state === 'reserved'
      ? partOf(lease.held, lostPpm(turn, lease))
      : partOf(rest, state.config.earlyPpm);
  payOwners(turn, lease, `release/${id}`, 'for leaving early', kept);
  for (const part of open) cutShort(turn, part, at);
  const owners = partsOf(state, lease).map(({ owner }) => owner);
  turn.tell('lease.released', `lease/${id}`, [by, ...owners], { at, kept: String(kept) });
  lease.end = Math.max(at, lease.start);
  closeLease(turn, lease, 'its tenant left');
  refund(turn, lease, 'release');
}

function lostPpm({ state }: Turn, { start, tradedAt }: Lease): number {
  const begins = start * state.config.slotMs;
  const lead = begins - tradedAt;
  const gone = state.now - tradedAt;
  return lead <= 0
    ? 1_000_000
    : Math.max(0, Math.min(1_000_000, Math.floor(((2 * gone - lead) * 1_000_000) / lead)));
}

type Sublease = Extract<Command, { do: 'sublease' }>;

/** Nodes of a lease become an ask of the tenant's: whoever rents them holds them of it. */
export function sublease(turn: Turn, { lease: id, by, ask, nodes, end, reserve }: Sublease): void {
  const { state } = turn;
  const lease = requireLive(turn, id, by);
  const others = [...state.asks.values()].filter(({ parent }) => parent === id);
  const offered = others.reduce((sum, one) => sum + one.nodes, 0);
  const firm = partsOf(state, lease)
    .filter(isOpen)
    .every((part) => state.asks.get(part.ask)?.notice === null && !part.recalled);
  if (state.asks.has(ask)) return;
  if (nodes < 1 || nodes + offered > lease.nodes || end > lease.end || !firm || lease.state !== 'active') {
    throw conflict(
      'sublease_refused',
      `${nodes} nodes of lease ${id} cannot be sub-let until ${timeOf(state, end)}: it has ${lease.nodes} until ${timeOf(state, lease.end)}, ${offered} are sub-let, and only firm leases that run can be.`,
      'Sub-let fewer, or until the end of the lease.',
    );
  }
  const start = nextSlot(state);
  const terms = { notice: null, minLease: 1, ...termsOf(state, lease), tier: lease.tier };
  placeAsk(turn, { id: ask, owner: by, class: lease.class, nodes, start, end, reserve, ...terms }, id);
}

/** Whom the owners of its nodes let to, and how many to each: a tenant does not let to others what they would not. */
function termsOf(state: State, lease: Lease): Pick<AskOrder, 'allow' | 'maxPerBuyer'> {
  let [allow, most]: [readonly string[] | null, number | null] = [null, null];
  if (state.config.rules < 2) return { allow, maxPerBuyer: most };
  for (const part of partsOf(state, lease).filter(isOpen)) {
    const ask = state.asks.get(part.ask)!;
    const whom = ask.allow && new Set(ask.allow);
    if (whom) allow = allow === null ? [...whom] : allow.filter((party) => whom.has(party));
    if (ask.maxPerBuyer !== null) most = Math.min(ask.maxPerBuyer, most ?? ask.maxPerBuyer);
  }
  return { allow, maxPerBuyer: most };
}

function requireNotSublet({ state }: Turn, lease: Lease): void {
  if (![...state.asks.values()].some(({ parent }) => parent === lease.id)) return;
  throw conflict(
    'lease_sublet',
    `Nodes of lease ${lease.id} are sub-let.`,
    'Withdraw that ask, and wait for its leases to end.',
  );
}

function requireLive(turn: Turn, id: string, by: string): Lease {
  const lease = turn.lease(id, by);
  if (lease.state !== 'ended') return lease;
  throw conflict('lease_ended', `The lease ${id} has ended: ${lease.why}.`, 'Bid for another.');
}
