/** One command's turn: what it posts and tells. A rule throws before it changes anything, or not at all. */
import type { Commit, Transcript } from '@bullion/clearing';
import { notFound } from '@bullion/service/errors';
import { type Entry, free, type Line } from '../ledger/index.ts';
import { noteAlly } from './allies.ts';
import { type AskOrder, type BidOrder, type Lease, type Party, type State, slotOf } from './state.ts';

/** `parties` may see it; none is for the operator alone. */
export type MarketEvent = {
  kind: string;
  subject: string;
  parties: readonly string[];
  data: Record<string, string | number | boolean | null>;
};
export type Published = {
  number: number;
  at: number;
  commit?: Commit;
  /** What the batch's names are made of: for the market's own books, not for others. */
  secret?: string;
  transcript?: Transcript;
  hash?: string;
};

export class Turn {
  readonly state: State;
  readonly slot: number;
  readonly events: MarketEvent[] = [];
  readonly entries: Entry[] = [];
  published: Published | undefined;

  constructor(state: State) {
    this.state = state;
    this.slot = slotOf(state);
  }

  post(key: string, memo: string, lines: readonly Line[]): void {
    const entry = this.state.ledger.post(this.state.now, { key, memo, lines });
    if (entry) this.entries.push(entry);
  }

  tell(kind: string, subject: string, parties: readonly string[], data: MarketEvent['data'] = {}): void {
    this.events.push({ kind, subject, parties: [...new Set(parties)], data });
  }

  balance(account: string): bigint {
    return this.state.ledger.balance(account);
  }

  /** Known from its first order on. */
  party(name: string): Party {
    const known = this.state.parties.get(name);
    if (known) return known;
    const since = this.state.legals.get(name) ?? this.state.now;
    const party: Party = { legal: name, since, strikes: 1, orders: 0, notional: 0n };
    this.state.parties.set(name, party);
    noteAlly(this.state, name, name);
    this.state.legals.set(name, since);
    return party;
  }

  /** What is not there and what is another's are the same to whoever asks. */
  ask(id: string, by: string): AskOrder {
    const ask = this.state.asks.get(id);
    if (!ask || ask.owner !== by) throw notFound('ask', id, 'See your own with `bullion market orders`.');
    return ask;
  }

  bid(id: string, by: string): BidOrder {
    const bid = this.state.bids.get(id);
    if (!bid || bid.buyer !== by) throw notFound('bid', id, 'See your own with `bullion market orders`.');
    return bid;
  }

  lease(id: string, by?: string): Lease {
    const lease = this.state.leases.get(id);
    if (!lease || (by !== undefined && lease.buyer !== by))
      throw notFound('lease', id, 'See your own with `bullion market leases`.');
    return lease;
  }
}

/** From one account to another. */
export const move = (from: string, to: string, amount: bigint): Line[] => [
  { account: from, amount: -amount },
  { account: to, amount },
];

/** What `party` could pay at once. */
export const purse = (turn: Turn, party: string): bigint => turn.balance(free(party));
