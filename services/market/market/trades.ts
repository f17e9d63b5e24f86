/** What a trade of the auction becomes: a lease with its parts, and money put down for it. */
import type { Trade } from '@bullion/clearing';
import { escrow, free, PROMISED, SUBSIDY } from '../ledger/index.ts';
import { strikesOf } from './allies.ts';
import { heldOf } from './config.ts';
import { depositPpm, forgetBid } from './orders.ts';
import { addLease } from './own.ts';
import { notePrice } from './prices.ts';
import type { Lease, Part, State } from './state.ts';
import { move, type Turn } from './turn.ts';

export function openLease(turn: Turn, trade: Trade): void {
  const { state } = turn;
  const bid = state.bids.get(trade.bid)!;
  const ppm = depositPpm(state, trade.start, strikesOf(state, bid.buyer));
  const price = trade.price * BigInt(bid.nodes) * BigInt(bid.slots);
  // A start later in the window than the first may ask for a larger deposit than was put down: the hold is all there is.
  const deposit = min(heldOf(price, ppm), bid.hold);
  const promised = trade.hosts.reduce(
    (sum, { subsidy, nodes }) => sum + subsidy * BigInt(nodes * bid.slots),
    0n,
  );
  turn.post(`trade/${bid.id}`, 'a bid won', [
    ...move(escrow(bid.buyer), free(bid.buyer), bid.hold - deposit),
    ...move(SUBSIDY, PROMISED, promised),
  ]);
  const lease: Lease = {
    ...{ id: bid.id, buyer: bid.buyer, class: trade.class, nodes: bid.nodes },
    ...{ start: trade.start, end: trade.end, price: trade.price, state: 'reserved', held: deposit },
    ...{
      depositPpm: ppm,
      tradedAt: state.now,
      claimed: ppm === 1_000_000 && trade.start <= turn.slot + 1 + state.config.spotSlots,
    },
    ...{ minNotice: bid.minNotice, tier: bid.tier, parts: [], why: null, endedAt: null },
  };
  forgetBid(turn, bid.id);
  addLease(state, lease);
  for (const { ask, owner, nodes, price, gross, fee, withheld, subsidy } of trade.hosts) {
    const { start, end } = trade;
    addPart(state, lease, { ask, owner, nodes, start, end, price, gross, fee, withheld, subsidy });
  }
  notePrice(state, trade);
  const parties = [lease.buyer, ...trade.hosts.map(({ owner }) => owner)];
  const data = {
    class: lease.class,
    nodes: lease.nodes,
    start: lease.start,
    end: lease.end,
    price: String(trade.price),
  };
  turn.tell('lease.traded', `lease/${lease.id}`, parties, data);
}

export function addPart(
  state: State,
  lease: Lease,
  of: Omit<Part, 'id' | 'lease' | 'settled' | 'recalled'>,
): Part {
  const id = `${lease.id}.${lease.parts.length + 1}`;
  const part: Part = { ...of, id, lease: lease.id, settled: of.start, recalled: false };
  lease.parts.push(id);
  state.parts.set(id, part);
  const of_ask = state.letFrom.get(part.ask);
  if (of_ask) of_ask.add(id);
  else state.letFrom.set(part.ask, new Set([id]));
  return part;
}

export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
