/** The market itself: each round is a batch of `Market.apply`, with its ledger, bonds, deposits and breakers. */
import { hash } from 'node:crypto';
import { bond, escrow, free, SUBSIDY } from '../../ledger/index.ts';
import { type Config, classOf, freezing, Market, nextSlot } from '../../market/index.ts';
import type { Owner } from '../workload.ts';
import type { Grant, GrantHost, Recalled, Venue, Wish } from './venue.ts';

/** The simulation's second 0: a day's first slot. */
const BEGIN_MS = 20_000 * 86_400_000;
/** So much that nobody is kept from bidding by it; who gains and loses is told by `close`. */
const ENDLESS = 10n ** 18n;
const LONG_AGO_S = 90 * 86_400;
const ATTRIBUTES = { cpu: 'any' };

export type MarketVenue = Venue & { readonly market: Market; readonly refusals: Map<string, number> };

export type MarketOptions = {
  config?: Partial<Config> | undefined;
  /** What each owner begins with, in micro-credits. */
  purse?: bigint | undefined;
  /** Who is new; the others have been there for long. */
  newcomers?: ReadonlySet<number> | undefined;
  /** What newcomers are subsidised from. */
  fund?: bigint | undefined;
  /** Before each round: for what befalls a market besides. `slot` counts from the simulation's beginning. */
  before?: ((market: Market, slot: number, now: number) => void) | undefined;
};

export function marketVenue(
  slotS: number,
  owners: readonly Owner[],
  { config, purse = ENDLESS, newcomers, fund = 0n, before }: MarketOptions = {},
): MarketVenue {
  const market = new Market({
    ...{ slotMs: slotS * 1000, orderRate: 1e9, notionalMax: 10n ** 24n },
    ...config,
  });
  const name = classOf(ATTRIBUTES);
  const at = (seconds: number) => BEGIN_MS + seconds * 1000;
  const first = BEGIN_MS / (slotS * 1000);
  const refusals = new Map<string, number>();
  const party = (owner: number) => `owner-${owner}`;
  const ownerOf = (party: string) => Number(party.slice('owner-'.length));
  let [asks, recalls] = [0, 0];
  let placed: { id: string; by: string }[] = [];
  let wanted: readonly Wish[] = [];

  for (const [index] of owners.entries()) {
    const [name, legal] = [party(index), `legal-${index}`];
    if (!newcomers?.has(index)) market.apply({ do: 'register', party: name, legal }, at(-LONG_AGO_S));
  }
  market.apply({ do: 'tick' }, at(0));
  if (fund > 0n) market.apply({ do: 'mint', key: 'subsidy', account: SUBSIDY, amount: fund }, at(0));
  for (const [index, { nodes }] of owners.entries()) {
    const owner = party(index);
    market.apply({ do: 'mint', key: owner, account: free(owner), amount: purse }, at(0));
    for (let n = 0; n < nodes; n++)
      market.apply({ do: 'enroll', node: `${owner}-${n}`, owner, attributes: ATTRIBUTES }, at(0));
  }

  /** A refusal is counted and told at the end: nobody is served who was refused. */
  const tried = (command: Parameters<Market['apply']>[0], now: number) => {
    try {
      return market.apply(command, at(now)).events;
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === undefined) throw error;
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
      return undefined;
    }
  };
  const hostOf = (id: string): GrantHost => {
    const { owner, nodes, ask } = market.state.parts.get(id)!;
    const { notice } = market.state.asks.get(ask)!;
    return { owner: ownerOf(owner), nodes, recallable: notice !== null };
  };

  return {
    market,
    refusals,
    match(now, start, offers, wishes) {
      market.apply({ do: 'tick' }, at(now));
      before?.(market, start, at(now));
      const from = first + start;
      if (nextSlot(market.state) !== from) throw new Error('the round is not in the slot before its leases');
      placed = offers.flatMap(({ owner, nodes, end, reserve, tier, notice }) => {
        const id = `ask-${++asks}`;
        const terms = { notice, minLease: 1, allow: null, maxPerBuyer: null, tier };
        const window = { start: from, end: first + end };
        const ask = { id, owner: party(owner), class: name, nodes, ...window, reserve, ...terms };
        return tried({ do: 'ask', ask }, now) ? [{ id, by: ask.owner }] : [];
      });
      wanted = wishes;
      for (const { id, owner, nodes, slots, limit, tier, minNotice } of wishes) {
        const terms = { classes: [name], minNotice, sameOwner: false, tier, nonce: id };
        const window = { earliest: from, latest: from, expires: at(now + slotS) };
        tried({ do: 'bid', bid: { id, buyer: party(owner), nodes, slots, limit, ...window, ...terms } }, now);
      }
      market.apply(freezing(`round ${now}`), at(now));
      const { events } = market.apply({ do: 'clear' }, at(now));
      return events.flatMap(({ kind, subject }): Grant[] => {
        if (kind !== 'lease.traded') return [];
        const lease = market.state.leases.get(subject.slice('lease/'.length))!;
        const [start, end] = [lease.start - first, lease.end - first];
        return [{ id: lease.id, start, end, price: lease.price, hosts: lease.parts.map(hostOf) }];
      });
    },
    recall(now, owner, nodes) {
      const by = party(owner);
      // What nobody rented it has anyway: it does not count as had back.
      for (const one of placed) if (one.by === by) tried({ do: 'withdraw', ask: one.id, by }, now);
      const command = { do: 'recall', key: `recall-${++recalls}`, by, class: name, nodes } as const;
      const events = tried(command, now) ?? [];
      return events.flatMap(({ kind, subject, data }): Recalled[] => {
        if (kind !== 'lease.recalled' && kind !== 'lease.moved') return [];
        const lease = market.state.leases.get(subject.slice('lease/'.length))!;
        const from = Number(data.from);
        const instead = (data.to === undefined ? [] : String(data.to).split(' ')).map(hostOf);
        return [{ id: lease.id, nodes: Number(data.nodes), at: from - first, instead }];
      });
    },
    // Each round has orders of its own: owners and buyers look anew at what they have and need.
    dismiss(now) {
      for (const { id, by } of placed)
        if (market.state.asks.has(id)) tried({ do: 'withdraw', ask: id, by }, now);
      for (const { id, owner } of wanted)
        if (market.state.bids.has(id)) tried({ do: 'cancel', bid: id, by: party(owner) }, now);
      [placed, wanted] = [[], []];
    },
    release(now, grant) {
      // So that the lease has started, as far as the market knows.
      market.apply({ do: 'tick' }, at(now));
      const end = nextSlot(market.state) - first;
      if (end >= grant.end) return grant.end;
      const lease = market.state.leases.get(grant.id);
      // One that its owner failed to deliver has ended before.
      if (!lease || lease.state === 'ended') return grant.end;
      return tried({ do: 'release', lease: grant.id, by: lease.buyer }, now) ? end : grant.end;
    },
    close(now) {
      market.apply({ do: 'tick' }, at(now));
      const { ledger } = market.state;
      const held = (owner: string) =>
        [free, escrow, bond].reduce((sum, account) => sum + ledger.balance(account(owner)), 0n);
      const net = owners.map((_, owner) => held(party(owner)) - purse);
      return { net, hash: hash('sha256', `${ledger.head} ${market.state.previous}`) };
    },
  };
}
