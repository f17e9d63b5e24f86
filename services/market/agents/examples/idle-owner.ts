/**
 * An owner that keeps a reserve of its own need and offers the rest: what it has not needed for a day firmly for some
 * hours, what it might need recallably and cheaper. It recalls when its work needs more than it has left.
 */
import type { OwnerAction, OwnerPolicy } from '../policy.ts';

export type IdleOwnerOptions = { reserve: bigint; firmSlots: number; noticeSlots: number; spare: number };
type Memory = { peaks: number[] };

/** A day of slots of 15 minutes. */
const REMEMBERED = 96;

export const idleOwner =
  ({ reserve, firmSlots, noticeSlots, spare }: IdleOwnerOptions): OwnerPolicy<Memory> =>
  ({ nodes, busy, asks, let: given, memory }) => {
    const peaks = [...(memory?.peaks ?? []), busy].slice(-REMEMBERED);
    const needed = Math.min(nodes, Math.max(...peaks) + spare);
    const lent = given.reduce((sum, one) => sum + one.nodes, 0);
    const offered = asks.reduce((sum, one) => sum + one.nodes, 0);
    const actions: OwnerAction[] = [];
    const lacks = busy - (nodes - lent);
    if (lacks > 0) actions.push({ do: 'recall', nodes: lacks });
    const standing = Math.max(offered, lent);
    const firm = nodes - needed - standing;
    if (firm > 0) actions.push({ do: 'ask', nodes: firm, slots: firmSlots, notice: null, reserve });
    // What was needed within the day, and is not now.
    const idle = nodes - busy - standing - Math.max(firm, 0);
    if (idle > 0 && lacks <= 0)
      actions.push({
        do: 'ask',
        nodes: idle,
        slots: firmSlots,
        notice: noticeSlots,
        reserve: (reserve * 3n) / 4n,
      });
    return { actions, memory: { peaks } };
  };
