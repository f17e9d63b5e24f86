/**
 * An owner that lends what its own work will not need: firmly what it hardly needs for hours, by its own last week and by
 * how fast its need has risen; recallably, and cheaper, what it may need in hours but not within the notice. It recalls
 * when its work needs more than it has left. The forecast and the offers are those that the simulator evaluates.
 */
import { keeper } from '../../policies/ask.ts';
import type { OwnerAction, OwnerPolicy } from '../policy.ts';

export type IdleOwnerOptions = { reserve: bigint; firmSlots: number; noticeSlots: number; spare: number };
type Memory = { levels: number[] };

const DAY_MS = 86_400_000;
/** What it keeps would have done at so many of the times that it remembers: for hours, and for the notice. */
const FIRM_PPM = 990_000;
const RECALLABLE_PPM = 900_000;

export const idleOwner =
  ({ reserve, firmSlots, noticeSlots, spare }: IdleOwnerOptions): OwnerPolicy<Memory> =>
  ({ nodes, busy, asks, let: given, slotMs, memory }) => {
    const week = Math.round((7 * DAY_MS) / slotMs);
    const levels = [...(memory?.levels ?? []), busy].slice(-week - 1);
    const sum = (of: readonly { nodes: number }[]) => of.reduce((total, one) => total + one.nodes, 0);
    const lent = sum(given);
    const actions: OwnerAction[] = [];
    const lacks = busy - (nodes - lent) - sum(given.filter(({ recalled }) => recalled));
    const recallable = sum(given.filter(({ notice, recalled }) => notice !== null && !recalled));
    // A recall takes what is idle first: what its work needs must no longer be on offer either.
    const idleOnOffer = asks.reduce((total, one) => total + one.idle, 0);
    const back = idleOnOffer + Math.min(lacks, recallable);
    if (back > 0) actions.push({ do: 'recall', nodes: back });
    const lend = keeper({
      ...{ coverPpm: FIRM_PPM, delayedMaxPpm: 1_000_000, ladder: [firmSlots], reserve, slotsEach: 1, week },
      recallable: {
        ...{ slots: firmSlots, notice: noticeSlots, coverPpm: RECALLABLE_PPM },
        reserve: (reserve * 3n) / 4n,
      },
    });
    const idle = nodes - busy - Math.max(sum(asks), lent);
    const offers = lend({ idle, waiting: Math.max(0, lacks) + spare, past: { levels }, delayedPpm: 0 });
    for (const offer of offers) actions.push({ do: 'ask', ...offer });
    return { actions, memory: { levels } };
  };
