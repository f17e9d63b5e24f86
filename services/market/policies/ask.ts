/** What an owner offers: a pure function of what it has and has seen. */

export type AskView = {
  slot: number;
  /** Not in use, not lent. */
  idle: number;
  /** Jobs that wait: while there are any, nothing is to spare. */
  waiting: number;
  /** Nodes that new jobs asked for, by slot, the last ones. */
  arrivals: readonly number[];
};
export type AskPolicy = (view: AskView) => { nodes: number; slots: number; reserve: bigint } | null;

export type KeeperOptions = {
  /** Of the slots seen, in how many millionths what came would have found room in what is kept. */
  coverPpm: number;
  slots: number;
  reserve: bigint;
};

/** Lends what is idle beyond what new jobs took in a slot, in nearly all slots that it remembers. */
export const keeper =
  ({ coverPpm, slots, reserve }: KeeperOptions): AskPolicy =>
  ({ idle, waiting, arrivals }) => {
    if (waiting > 0) return null;
    const nodes = idle - forecast(arrivals, coverPpm);
    return nodes > 0 ? { nodes, slots, reserve } : null;
  };

/** The quantile of what came in a slot. */
export function forecast(arrivals: readonly number[], coverPpm: number): number {
  if (arrivals.length === 0) return 0;
  const sorted = arrivals.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * coverPpm) / 1_000_000))]!;
}
