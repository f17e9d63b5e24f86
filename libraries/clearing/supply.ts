/** Which asks may host which bid, and in which order they are tried. */
import { buyerBehind, ownerBehind } from './behind.ts';
import { feeOf, grossFor } from './fee.ts';
import { tieOf } from './rank.ts';
import type { Ask, Batch, Bid, Host } from './types.ts';

export type RankedAsk = {
  ask: Ask;
  /** What a buyer must pay for the ask to be used: reserve less subsidy, with the fee on top. */
  price: bigint;
  tie: string;
};

/** Asks from the cheapest; among equals the seed decides. */
export function rankAsks({ asks, feePpm, seed }: Pick<Batch, 'asks' | 'feePpm' | 'seed'>): RankedAsk[] {
  const ranked = asks.map((ask) => ({
    ask,
    price: grossFor(ask.reserve > ask.subsidy ? ask.reserve - ask.subsidy : 0n, feePpm),
    tie: tieOf(seed, ask.id),
  }));
  return ranked.sort((a, b) =>
    a.price !== b.price ? (a.price < b.price ? -1 : 1) : a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0,
  );
}

export const mayHost = (ask: Ask, bid: Bid): boolean =>
  ownerBehind(ask) !== buyerBehind(bid) &&
  ask.tier >= bid.tier &&
  ask.minLease <= bid.slots &&
  (ask.notice === null || (bid.minNotice !== null && ask.notice >= bid.minNotice)) &&
  (ask.allow === null || ask.allow.includes(bid.buyer)) &&
  bid.classes.includes(ask.class);

/**
 * The sets of asks within which a bid must find all its nodes: one for each class, or for each class and owner; each
 * from its cheapest ask. Of equally good placements the first group's is taken.
 */
export function groupsOf<One extends { ask: Ask }>(ranked: readonly One[], bid: Bid): One[][] {
  const groups = new Map<string, One[]>();
  for (const one of ranked) {
    if (!mayHost(one.ask, bid)) continue;
    const key = JSON.stringify(bid.sameOwner ? [one.ask.class, one.ask.owner] : [one.ask.class]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/** The starts that a bid accepts and the batch can give: [first, last], empty where last < first. */
export function startsOf(batch: Pick<Batch, 'from' | 'slots'>, bid: Bid): { first: number; last: number } {
  return {
    first: Math.max(bid.earliest, batch.from),
    last: Math.min(bid.latest, batch.from + batch.slots - bid.slots),
  };
}

/** What the owner of a part gets where the buyer pays `price` for its nodes and the owner may profit from `gross` of it. */
export function hostOf(ask: Ask, nodes: number, price: bigint, gross: bigint, feePpm: number): Host {
  const fee = feeOf(gross, feePpm);
  const lacks = ask.reserve - (gross - fee);
  return {
    ask: ask.id,
    owner: ask.owner,
    nodes,
    price,
    gross,
    fee,
    subsidy: lacks > 0n ? lacks : 0n,
    withheld: price - gross,
  };
}
