/** Where owners meet. The market is one; the baselines are others. Times are slots, money micro-credits per node-slot. */

/** `tier`: how much is attested of the nodes; and how much a tenant insists on. */
export type Offer = { owner: number; nodes: number; end: number; reserve: bigint; tier: number };
export type Wish = {
  id: string;
  owner: number;
  nodes: number;
  slots: number;
  limit: bigint;
  submit: number;
  tier: number;
};
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
