/** What an owner offers, and when it wants nodes back: pure functions of what it has and has seen. */
import { keptFor, type Past } from './forecast.ts';

export type AskView = {
  /** Not in use, not lent. */
  idle: number;
  /** Nodes that its own waiting work needs. */
  waiting: number;
  past: Past;
  /** Of its last jobs, how many millionths waited so long that their users felt it. */
  delayedPpm: number;
};
/** `nodes` for up to `slots`; to be had back after `notice` slots, or firmly: null. */
export type AskOffer = { nodes: number; slots: number; reserve: bigint; notice: number | null };
export type AskPolicy = (view: AskView) => AskOffer[];

export type KeeperOptions = {
  /** Of what it remembers, for how many millionths what it keeps would have done, while nobody waits. */
  coverPpm: number;
  /** When so many of its jobs are delayed it keeps what would have done at any time; in between, in between. */
  delayedMaxPpm: number;
  /** For how many slots it lends, rising: what it hardly needs for long, the rest for shorter. */
  ladder: readonly number[];
  reserve: bigint;
  /** Slots in each of the times that it remembers. */
  slotsEach: number;
  /** A week, in those times; 0 for who does not live by the week. */
  week: number;
  /** What it may need sooner, but hardly within the notice, it lends cheaper and to be had back. */
  recallable?: { slots: number; notice: number; coverPpm: number; reserve: bigint } | undefined;
};

/**
 * Lends what is idle beyond what it may come to need: the longer the fewer, since needs rise further in a longer time;
 * and the less, the more of its own users wait.
 */
export const keeper =
  ({
    coverPpm: least,
    delayedMaxPpm,
    ladder,
    reserve,
    slotsEach,
    week,
    recallable,
  }: KeeperOptions): AskPolicy =>
  ({ idle, waiting, past, delayedPpm }) => {
    const strained = Math.min(1, delayedPpm / delayedMaxPpm);
    let lent = 0;
    const lend = (within: number, least: number): number => {
      const coverPpm = least + (1_000_000 - least) * strained;
      const kept = keptFor(past, Math.ceil(within / slotsEach), coverPpm, week);
      const nodes = Math.max(0, idle - waiting - kept - lent);
      lent += nodes;
      return nodes;
    };
    const offers = ladder.toReversed().map((slots): AskOffer => {
      return { nodes: lend(slots, least), slots, reserve, notice: null };
    });
    if (recallable) {
      const { coverPpm, ...terms } = recallable;
      // The notice, and the slot in which it is seen that nodes are needed.
      offers.push({ nodes: lend(terms.notice + 1, coverPpm), ...terms });
    }
    return offers.filter(({ nodes }) => nodes > 0);
  };

export type RecallView = {
  /** Nodes that its own waiting work needs, what is free at home, and what comes back without a recall in time. */
  waiting: number;
  free: number;
  coming: number;
  /** Lent to be had back. */
  recallable: number;
};
/** How many nodes it wants back. */
export type RecallPolicy = (view: RecallView) => number;

/** What its waiting work lacks. */
export const takeBackWhatLacks: RecallPolicy = ({ waiting, free, coming, recallable }) =>
  Math.max(0, Math.min(recallable, waiting - free - coming));
