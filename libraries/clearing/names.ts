/**
 * Names for one batch. A batch is cleared and published under names that are made for it, so that who reads its
 * transcript sees that somebody lost at some limit, and not who. From the batch's secret each party has a key, and from
 * that key its own name and those of its orders:
 *
 *     key   = HMAC(secret, party)
 *     name  = HMAC(key, party)
 *     order = HMAC(key, id, nonce)      of which one half is the order's id, the other its nonce
 *
 * A party is told its key. It tells nothing of other parties' names, and the party makes its own names from it by
 * itself, of what it alone chose: the same order in a transcript cannot be shown to two parties as theirs.
 */
import { createHmac } from 'node:crypto';
import type { Ask, Batch, Bid, Commitment } from './types.ts';

/** In hex digits: 128 bits, so that nobody finds a key that makes another's name. */
const LENGTH = 32;

const macOf = (key: string, ...what: string[]): string =>
  createHmac('sha256', key).update(JSON.stringify(what)).digest('hex');

export const partyKey = (secret: string, party: string): string => macOf(secret, 'party', party);

export const partyName = (key: string, party: string): string => macOf(key, 'name', party).slice(0, LENGTH);

export const askName = (key: string, id: string): string => macOf(key, 'ask', id).slice(0, LENGTH);

/** The nonce has a name as well: it would be the same in each batch that its bid waits for. */
export function bidNames(key: string, { id, nonce }: Pick<Bid, 'id' | 'nonce'>) {
  const mac = macOf(key, 'bid', id, nonce);
  return { id: mac.slice(0, LENGTH), nonce: mac.slice(LENGTH) };
}

type Open = Omit<Batch, 'seed'>;

/**
 * The batch under names of its own; `orders` leads back from an order's name to its id. Where an order stands in a list
 * would be known again in the next batch, so all lists are in the order of names.
 */
export function underNames(batch: Open, secret: string): { batch: Open; orders: Record<string, string> } {
  const parties = new Map<string, { key: string; name: string }>();
  const partyOf = (party: string) => {
    const known = parties.get(party);
    if (known) return known;
    const key = partyKey(secret, party);
    const made = { key, name: partyName(key, party) };
    parties.set(party, made);
    return made;
  };
  const nameOf = (party: string) => partyOf(party).name;
  // Which of the parties that are one stands for them goes by their own names: here a name of its own does, for all.
  const together = new Set([...batch.asks, ...batch.bids, ...batch.commitments].map(({ behind }) => behind));
  const behindOf = (party: string, { behind = party }: { behind?: string }) =>
    together.has(behind) ? { behind: macOf(secret, 'behind', behind).slice(0, LENGTH) } : {};
  const orders: Record<string, string> = {};
  const askNames = new Map<string, string>();

  const asks = batch.asks.map((ask): Ask => {
    const { key, name: owner } = partyOf(ask.owner);
    const id = askName(key, ask.id);
    orders[id] = ask.id;
    askNames.set(ask.id, id);
    return { ...ask, id, owner, allow: ask.allow?.map(nameOf).sort() ?? null, ...behindOf(ask.owner, ask) };
  });
  const bids = batch.bids.map((bid): Bid => {
    const { key, name: buyer } = partyOf(bid.buyer);
    const names = bidNames(key, bid);
    orders[names.id] = bid.id;
    return { ...bid, ...names, buyer, ...behindOf(bid.buyer, bid) };
  });
  const commitments = batch.commitments.map((one): Commitment => {
    return { ...one, ask: askNames.get(one.ask)!, buyer: nameOf(one.buyer), ...behindOf(one.buyer, one) };
  });
  const lists = {
    asks: inOrder(asks, ({ id }) => id),
    bids: inOrder(bids, ({ id }) => id),
    commitments: inOrder(commitments, (one) => `${one.ask} ${one.buyer} ${one.start} ${one.end}`),
  };
  return { batch: { ...batch, ...lists }, orders };
}

function inOrder<One>(all: readonly One[], by: (one: One) => string): One[] {
  const keyed = all.map((one) => ({ one, key: by(one) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ one }) => one);
}
