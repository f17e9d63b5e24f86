/** Venues without a ledger: wishes in some order take what offers are there. Those that a rule leaves out wait on. */
import type { Grant, Offer, Venue, Wish } from './venue.ts';

export type Taken = { wish: Wish; hosts: { owner: number; nodes: number; reserve: bigint }[] };
export type Rules = {
  /** Who comes first. */
  order(a: Wish, b: Wish): number;
  admits(offer: Offer, wish: Wish, end: number): boolean;
  nodesOf(wish: Wish): number;
  /** What each of those that found room pays per node-slot; undefined: it goes without. */
  prices(taken: readonly Taken[]): (bigint | undefined)[];
};

export function queueVenue(slotS: number, owners: number, rules: Rules): Venue {
  const net: bigint[] = Array(owners).fill(0n);
  return {
    match(_, start, offers, wishes) {
      const left = offers.map((offer) => ({ ...offer }));
      const taken = wishes.toSorted(rules.order).flatMap((wish) => take(left, wish, start, rules) ?? []);
      const prices = rules.prices(taken);
      return taken.flatMap(({ wish, hosts }, at): Grant[] => {
        const price = prices[at];
        if (price === undefined) return [];
        for (const { owner, nodes } of hosts) {
          const amount = price * BigInt(nodes * wish.slots);
          net[wish.owner]! -= amount;
          net[owner]! += amount;
        }
        const grant = { id: wish.id, start, end: start + wish.slots, price };
        return [{ ...grant, hosts: hosts.map(({ owner, nodes }) => ({ owner, nodes, recallable: false })) }];
      });
    },
    recall: () => [],
    dismiss() {},
    // What was paid is paid: none of them knows refunds.
    release: (now, grant) => Math.min(grant.end, Math.floor(now / slotS) + 1),
    close: () => ({ net: [...net], hash: '' }),
  };
}

/** All of what it wants, or nothing. */
function take(left: Offer[], wish: Wish, start: number, rules: Rules): Taken | undefined {
  const end = start + wish.slots;
  const open = left.filter((one) => one.owner !== wish.owner && rules.admits(one, wish, end));
  let lacks = rules.nodesOf(wish);
  if (open.reduce((sum, { nodes }) => sum + nodes, 0) < lacks) return undefined;
  const hosts = open.flatMap((one) => {
    const nodes = Math.min(one.nodes, lacks);
    one.nodes -= nodes;
    lacks -= nodes;
    return nodes > 0 ? [{ owner: one.owner, nodes, reserve: one.reserve }] : [];
  });
  return { wish, hosts };
}
