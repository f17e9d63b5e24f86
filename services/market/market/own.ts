/** Own: what each party has open, by its name, so that a limit on it is looked at without going through all that there is. */
import { alliesOf } from './allies.ts';
import type { AskOrder, BidOrder, Lease, Own, State } from './state.ts';

export function ownOf({ own }: State, party: string): Own {
  const known = own.get(party);
  if (known) return known;
  const none: Own = { asks: new Set(), bids: new Set(), leases: new Set() };
  own.set(party, none);
  return none;
}

/** Asks and bids, of all parties of its legal owner. */
export function openOrders(state: State, party: string): number {
  let open = 0;
  for (const ally of alliesOf(state, party)) {
    const own = state.own.get(ally);
    if (own) open += own.asks.size + own.bids.size;
  }
  return open;
}

const found = <One>(ids: Iterable<string>, all: ReadonlyMap<string, One>): One[] =>
  [...ids].map((id) => all.get(id)!);

/** Of all parties of its legal owner. */
export function tradesOf(state: State, party: string): { bids: BidOrder[]; leases: Lease[] } {
  const all = [...alliesOf(state, party)].flatMap((ally) => state.own.get(ally) ?? []);
  return {
    bids: all.flatMap(({ bids }) => found(bids, state.bids)),
    leases: all.flatMap(({ leases }) => found(leases, state.leases)),
  };
}

export function addAsk(state: State, ask: AskOrder): void {
  state.asks.set(ask.id, ask);
  ownOf(state, ask.owner).asks.add(ask.id);
}

export function dropAsk(state: State, { id, owner }: AskOrder): void {
  state.asks.delete(id);
  ownOf(state, owner).asks.delete(id);
}

export function addBid(state: State, bid: BidOrder): void {
  state.bids.set(bid.id, bid);
  ownOf(state, bid.buyer).bids.add(bid.id);
}

export function removeBid(state: State, { id, buyer }: BidOrder): void {
  state.bids.delete(id);
  ownOf(state, buyer).bids.delete(id);
}

export function addLease(state: State, lease: Lease): void {
  state.leases.set(lease.id, lease);
  ownOf(state, lease.buyer).leases.add(lease.id);
}

export function dropLease(state: State, { id, buyer }: Lease): void {
  state.leases.delete(id);
  ownOf(state, buyer).leases.delete(id);
}

/** More nodes of a class, or fewer. */
export function countEnrolled({ enrolled }: State, name: string, nodes: number): void {
  enrolled.set(name, (enrolled.get(name) ?? 0) + nodes);
}
