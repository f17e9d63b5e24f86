/** Where owners meet. The market is one; the baselines are others. Times are slots, money micro-credits per node-slot. */

/**
 * `tier`: how much is attested of the nodes; and how much a tenant insists on. `notice`: after so many slots the owner may
 * have them back; null is firm.
 */
export type Offer = {
  owner: number;
  nodes: number;
  end: number;
  reserve: bigint;
  tier: number;
  notice: number | null;
};
export type Wish = {
  id: string;
  owner: number;
  nodes: number;
  slots: number;
  limit: bigint;
  submit: number;
  tier: number;
  /** It takes nodes that their owner may have back, with at least so much notice; null: only firm ones. */
  minNotice: number | null;
};
export type GrantHost = { owner: number; nodes: number; recallable: boolean };
export type Grant = { id: string; start: number; end: number; price: bigint; hosts: readonly GrantHost[] };

/** Nodes of a grant that their owner has back from slot `at` on; and the others that the tenant has instead, if any. */
export type Recalled = { id: string; nodes: number; at: number; instead: readonly GrantHost[] };

export type Venue = {
  /** One round: all offers and wishes are for the slot `start` on. `now` in seconds. */
  match(now: number, start: number, offers: readonly Offer[], wishes: readonly Wish[]): Grant[];
  /** After it: an owner has nodes back that it lent recallably. Venues that know no recalls are never asked. */
  recall(now: number, owner: number, nodes: number): Recalled[];
  /** The round is over: what was not granted is forgotten. */
  dismiss(now: number): void;
  /** A tenant leaves early: from which slot on the nodes are the owners'. */
  release(now: number, grant: Grant): number;
  /** What each owner has more than at the beginning, in micro-credits; and a hash of all that happened there. */
  close(now: number): { net: bigint[]; hash: string };
};
