/** What a party finds in a batch that is published under names: its own orders, and whether they are as it placed them. */
import { encode } from './encoding.ts';
import { askName, bidNames, partyName } from './names.ts';
import type { Ask, Batch, Bid } from './types.ts';

/** As the party placed them: what the market adds (rank, subsidy, who stands behind) is not its own. */
export type OwnAsk = Omit<Ask, 'owner' | 'subsidy' | 'behind'>;
export type OwnBid = Omit<Bid, 'buyer' | 'weight' | 'behind'>;

/** `key`: the party's in this batch; null where the batch is published under the parties' own names. */
export type Self = { party: string; key: string | null };

/** `name`: the order's in the batch. `why`: what is wrong with it there; null where nothing is. */
export type Finding = { order: string; name: string; why: string | null };

export const ownName = ({ party, key }: Self): string => (key === null ? party : partyName(key, party));

export function findAsk(batch: Pick<Batch, 'asks'>, self: Self, ask: OwnAsk): Finding {
  const id = self.key === null ? ask.id : askName(self.key, ask.id);
  const found = batch.asks.find((one) => one.id === id);
  if (found === undefined) return { order: ask.id, name: id, why: 'it is not there' };
  // The names of the others are not the owner's to know: of whom it lets to only the number can be compared.
  const allow = self.key === null || found.allow?.length !== ask.allow?.length ? ask.allow : found.allow;
  return { order: ask.id, name: id, why: difference({ ...ask, id, allow, owner: ownName(self) }, found) };
}

export function findBid(batch: Pick<Batch, 'bids'>, self: Self, bid: OwnBid): Finding {
  const names = self.key === null ? { id: bid.id, nonce: bid.nonce } : bidNames(self.key, bid);
  const found = batch.bids.find((one) => one.id === names.id);
  if (found === undefined) return { order: bid.id, name: names.id, why: 'it is not there' };
  return {
    order: bid.id,
    name: names.id,
    why: difference({ ...bid, ...names, buyer: ownName(self) }, found),
  };
}

function difference(placed: object, found: object): string | null {
  for (const [field, value] of Object.entries(placed)) {
    const there = (found as Record<string, unknown>)[field];
    if (encode(there) !== encode(value))
      return `its ${field} is ${encode(there)}, and was placed as ${encode(value)}`;
  }
  return null;
}
