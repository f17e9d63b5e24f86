/** Where owners meet. The market is one; the baselines are others. Times are slots, money micro-credits per node-slot. */

export type Offer = { owner: number; nodes: number; end: number; reserve: bigint };
export type Wish = { id: string; owner: number; nodes: number; slots: number; limit: bigint; submit: number };
export type Grant = {
  id: string;
  start: number;
  end: number;
  price: bigint;
  hosts: readonly { owner: number; nodes: number }[];
};

export type Venue = {
  /** One round: all offers and wishes are for the slot `start` on; what is not granted is forgotten. `now` in seconds. */
  match(now: number, start: number, offers: readonly Offer[], wishes: readonly Wish[]): Grant[];
  /** A tenant leaves early: from which slot on the nodes are the owners'. */
  release(now: number, grant: Grant): number;
  /** What each owner has more than at the beginning, in micro-credits; and a hash of all that happened there. */
  close(now: number): { net: bigint[]; hash: string };
};

/** Venues without a ledger: who is next takes what is there. Wishes that a rule leaves out wait on. */
export function firstCome(
  slotS: number,
  owners: number,
  admits: (offer: Offer, wish: Wish, end: number) => boolean,
  terms: { priceOf(wish: Wish): bigint; nodesOf(wish: Wish): number; mayBid(wish: Wish): boolean },
): Venue {
  const net: bigint[] = Array(owners).fill(0n);
  return {
    match(_, start, offers, wishes) {
      const left = offers.map((offer) => ({ ...offer }));
      return wishes
        .filter(terms.mayBid)
        .toSorted((a, b) => a.submit - b.submit)
        .flatMap((wish) => {
          const end = start + wish.slots;
          const open = left.filter((one) => one.owner !== wish.owner && admits(one, wish, end));
          let lacks = terms.nodesOf(wish);
          if (open.reduce((sum, { nodes }) => sum + nodes, 0) < lacks) return [];
          const price = terms.priceOf(wish);
          const hosts = open.flatMap((one) => {
            const nodes = Math.min(one.nodes, lacks);
            one.nodes -= nodes;
            lacks -= nodes;
            return nodes > 0 ? [{ owner: one.owner, nodes }] : [];
          });
          for (const { owner, nodes } of hosts)
            pay(net, wish.owner, owner, price * BigInt(nodes * wish.slots));
          return [{ id: wish.id, start, end, price, hosts }];
        });
    },
    // What was paid is paid: none of them knows refunds.
    release: (now, grant) => Math.min(grant.end, Math.floor(now / slotS) + 1),
    close: () => ({ net: [...net], hash: '' }),
  };
}

function pay(net: bigint[], from: number, to: number, amount: bigint): void {
  net[from]! -= amount;
  net[to]! += amount;
}
