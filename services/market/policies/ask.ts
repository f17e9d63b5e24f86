/** What an owner offers: a pure function of what it has and has seen. */
import { keptFor } from './forecast.ts';

export type AskView = {
  /** Not in use, not lent. */
  idle: number;
  /** Nodes that its own waiting work needs. */
  waiting: number;
  /** Nodes that its own work needed, slot by slot, the newest last. */
  levels: readonly number[];
  /** Of its last jobs, how many millionths waited so long that their users felt it. */
  delayedPpm: number;
};
/** `nodes` for up to `slots`. */
export type AskOffer = { nodes: number; slots: number; reserve: bigint };
export type AskPolicy = (view: AskView) => AskOffer[];

export type KeeperOptions = {
  /** Of the times that it remembers, in how many millionths what it keeps would have done, while nobody waits. */
  coverPpm: number;
  /** When so many of its jobs are delayed it keeps what would have done at any time; in between, in between. */
  delayedMaxPpm: number;
  /** For how long it lends, rising: what it hardly needs for long, the rest for shorter. */
  ladder: readonly number[];
  reserve: bigint;
  /** A week, in slots; 0 for who does not live by the week. */
  week: number;
};

/**
 * Lends what is idle beyond what it may come to need: the longer the fewer, since needs rise further in a longer time;
 * and the less, the more of its own users wait.
 */
export const keeper =
  ({ coverPpm: least, delayedMaxPpm, ladder, reserve, week }: KeeperOptions): AskPolicy =>
  ({ idle, waiting, levels, delayedPpm }) => {
    const coverPpm = least + (1_000_000 - least) * Math.min(1, delayedPpm / delayedMaxPpm);
    let lent = 0;
    return ladder.toReversed().flatMap((slots) => {
      const nodes = idle - waiting - keptFor(levels, slots, coverPpm, week) - lent;
      if (nodes <= 0) return [];
      lent += nodes;
      return [{ nodes, slots, reserve }];
    });
  };
