/** What an owner rents: pure functions. Times are seconds. */

export type BidView = {
  now: number;
  submit: number;
  estimate: number;
  value: bigint;
  /** When it could start at home, as estimated; infinite where nobody knows. */
  atHome: number;
  /** When it would start on rented nodes. */
  rented: number;
};
/** The limit in micro-credits per node-slot; null: it waits. */
export type BidPolicy = (view: BidView) => bigint | null;

/** The longer it waited the more it is worth to run, up to so many times its value; not where home is as soon. */
export const impatient =
  (most: number): BidPolicy =>
  ({ now, submit, estimate, value, atHome, rented }) => {
    if (atHome <= rented) return null;
    const waited = now - submit;
    const limit = value + (value * BigInt(waited)) / BigInt(Math.max(estimate, 600));
    const highest = value * BigInt(most);
    return limit < highest ? limit : highest;
  };

export type AbroadView = {
  nodes: number;
  estimate: number;
  /** How long it would wait for rented nodes. */
  delay: number;
  /** Nodes free at home. */
  free: number;
  /** Nodes that its house may come to need before others could be rented. */
  soon: number;
  /** Of the house's last jobs, how many millionths waited so long that their users felt it. */
  delayedPpm: number;
};
/** Whether a job that could start at home waits for one round to be tried on rented nodes. */
export type AbroadPolicy = (view: AbroadView) => boolean;

export type AbroadOptions = {
  /** A delay of so many millionths of a job's time it hardly feels. */
  delayPpm: number;
  /** While fewer than so many of its jobs are delayed, a house delays some more, by up to `spentPpm` of their time. */
  budgetPpm: number;
  spentPpm: number;
};

/**
 * Long work goes abroad where home is nearly full: it hardly feels the delay, and what is short finds room at home. A few
 * of shorter ones do so too, as long as those that feel it stay few: each makes room for many that would wait longer.
 */
export const longAbroad =
  ({ delayPpm, budgetPpm, spentPpm }: AbroadOptions): AbroadPolicy =>
  ({ nodes, estimate, delay, free, soon, delayedPpm }) =>
    free - nodes < soon && delay * 1_000_000 <= estimate * (delayedPpm < budgetPpm ? spentPpm : delayPpm);

export type AheadView = {
  free: number;
  /** Nodes that its house may come to need before others could be rented. */
  soon: number;
  /** Nodes that it rented ahead and that are free. */
  ready: number;
};
/** So many nodes, one by one, each for so many slots, before anybody needs them; null: none. */
export type AheadPolicy = (view: AheadView) => { nodes: number; slots: number; limit: bigint } | null;
export type AheadOptions = { slots: number; limit: bigint; most: number };

/** What is short cannot wait for nodes to be rented: where home has no room for what may come, there is room elsewhere. */
export const rentAhead =
  ({ slots, limit, most }: AheadOptions): AheadPolicy =>
  ({ free, soon, ready }) => {
    const nodes = Math.min(most, soon - free - ready);
    return nodes > 0 ? { nodes, slots, limit } : null;
  };
