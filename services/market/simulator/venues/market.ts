/** The market itself: each round is a batch of `Market.apply`, with its ledger, bonds, deposits and breakers. */
import { hash } from 'node:crypto';
import { bond, escrow, free } from '../../ledger/index.ts';
import { type Config, classOf, Market, nextSlot } from '../../market/index.ts';
import type { Owner } from '../workload.ts';
import type { Grant, Venue } from './venue.ts';

/** The simulation's second 0: a day's first slot. */
const BEGIN_MS = 20_000 * 86_400_000;
/** What each owner begins with: so much that nobody is kept from bidding by it; who gains and loses is told by `close`. */
const PURSE = 10n ** 18n;
const ATTRIBUTES = { cpu: 'any' };

export type MarketVenue = Venue & { readonly market: Market; readonly refusals: Map<string, number> };

export function marketVenue(
  slotS: number,
  owners: readonly Owner[],
  config: Partial<Config> = {},
): MarketVenue {
  const market = new Market({
    ...{ slotMs: slotS * 1000, orderRate: 1e9, notionalMax: 10n ** 24n, newcomerMs: 1 },
    ...config,
  });
  const name = classOf(ATTRIBUTES);
  const at = (seconds: number) => BEGIN_MS + seconds * 1000;
  const first = BEGIN_MS / (slotS * 1000);
  const refusals = new Map<string, number>();
  const party = (owner: number) => `owner-${owner}`;
  const ownerOf = (party: string) => Number(party.slice('owner-'.length));
  let asks = 0;

  market.apply({ do: 'tick' }, at(0));
  for (const [index, { nodes }] of owners.entries()) {
    const owner = party(index);
    market.apply({ do: 'mint', key: owner, account: free(owner), amount: PURSE }, at(0));
    for (let n = 0; n < nodes; n++)
      market.apply({ do: 'enroll', node: `${owner}-${n}`, owner, attributes: ATTRIBUTES }, at(0));
  }

  /** A refusal is counted and told at the end: nobody is served who was refused. */
  const tried = (command: Parameters<Market['apply']>[0], now: number): boolean => {
    try {
      market.apply(command, at(now));
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === undefined) throw error;
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
      return false;
    }
  };

  return {
    market,
    refusals,
    match(now, start, offers, wishes) {
      market.apply({ do: 'tick' }, at(now));
      const from = first + start;
      if (nextSlot(market.state) !== from) throw new Error('the round is not in the slot before its leases');
      const placed = offers.flatMap(({ owner, nodes, end, reserve }) => {
        const id = `ask-${++asks}`;
        const terms = { notice: null, minLease: 1, allow: null, maxPerBuyer: null, tier: 0 };
        const window = { start: from, end: first + end };
        const ask = { id, owner: party(owner), class: name, nodes, ...window, reserve, ...terms };
        return tried({ do: 'ask', ask }, now) ? [{ id, by: ask.owner }] : [];
      });
      for (const { id, owner, nodes, slots, limit } of wishes) {
        const terms = { classes: [name], minNotice: null, sameOwner: false, tier: 0, nonce: id };
        const window = { earliest: from, latest: from, expires: at(now + slotS) };
        tried({ do: 'bid', bid: { id, buyer: party(owner), nodes, slots, limit, ...window, ...terms } }, now);
      }
      market.apply({ do: 'freeze' }, at(now));
      const { events } = market.apply({ do: 'clear' }, at(now));
      const grants = events.flatMap(({ kind, subject }): Grant[] => {
        if (kind !== 'lease.traded') return [];
        const lease = market.state.leases.get(subject.slice('lease/'.length))!;
        const hosts = lease.parts.map((id) => {
          const { owner, nodes } = market.state.parts.get(id)!;
          return { owner: ownerOf(owner), nodes };
        });
        return [
          { id: lease.id, start: lease.start - first, end: lease.end - first, price: lease.price, hosts },
        ];
      });
      // Each round has orders of its own: owners and buyers look anew at what they have and need.
      for (const { id, by } of placed) tried({ do: 'withdraw', ask: id, by }, now);
      for (const { id, owner } of wishes)
        if (market.state.bids.has(id)) tried({ do: 'cancel', bid: id, by: party(owner) }, now);
      return grants;
    },
    release(now, grant) {
      // So that the lease has started, as far as the market knows.
      market.apply({ do: 'tick' }, at(now));
      const end = nextSlot(market.state) - first;
      if (end >= grant.end) return grant.end;
      const buyer = market.state.leases.get(grant.id)!.buyer;
      return tried({ do: 'release', lease: grant.id, by: buyer }, now) ? end : grant.end;
    },
    close(now) {
      market.apply({ do: 'tick' }, at(now));
      const { ledger } = market.state;
      const held = (owner: string) =>
        [free, escrow, bond].reduce((sum, account) => sum + ledger.balance(account(owner)), 0n);
      const net = owners.map((_, owner) => held(party(owner)) - PURSE);
      return { net, hash: hash('sha256', `${ledger.head} ${market.state.previous}`) };
    },
  };
}
