/** The greatest surplus by trying everything: for tiny batches, and for those who would rather not trust the search. */
import { buyerBehind } from '../behind.ts';
import { groupsOf, type RankedAsk, rankAsks, startsOf } from '../supply.ts';
import type { Ask, Batch, Bid } from '../types.ts';

/** Weighted in thousandths, as the search counts: weight * (value - cost), summed over bids. */
export function greatestSurplus(batch: Batch): bigint {
  const ranked = rankAsks(batch);
  const let_: { ask: string; buyer: string; nodes: number; start: number; end: number }[] = [
    ...batch.commitments.map((one) => ({ ...one, buyer: buyerBehind(one) })),
  ];
  const isFree = (ask: Ask, buyer: string, nodes: number, start: number, end: number): boolean => {
    if (start < ask.start || end > ask.end) return false;
    for (let slot = start; slot < end; slot++) {
      const here = let_.filter((one) => one.ask === ask.id && one.start <= slot && slot < one.end);
      const sum = (of: typeof here) => of.reduce((total, one) => total + one.nodes, nodes);
      if (sum(here) > ask.nodes) return false;
      if (ask.maxPerBuyer !== null && sum(here.filter((one) => one.buyer === buyer)) > ask.maxPerBuyer)
        return false;
    }
    return true;
  };
  const bestFrom = (index: number): bigint => {
    const bid = batch.bids[index];
    if (bid === undefined) return 0n;
    let best = bestFrom(index + 1);
    const { first, last } = startsOf(batch, bid);
    for (let start = first; start <= last; start++)
      for (const group of groupsOf(ranked, bid)) {
        const take = (at: number, missing: number, cost: bigint): void => {
          if (missing === 0) {
            const own = (bid.weight / 1000n) * (bid.limit * BigInt(bid.nodes * bid.slots) - cost);
            const surplus = own + bestFrom(index + 1);
            if (surplus > best) best = surplus;
            return;
          }
          const supply = group[at];
          if (supply === undefined) return;
          for (let nodes = 0; nodes <= missing; nodes++) {
            const end = start + bid.slots;
            if (nodes > 0 && !isFree(supply.ask, buyerBehind(bid), nodes, start, end)) break;
            const lease = { ask: supply.ask.id, buyer: buyerBehind(bid), nodes, start, end };
            if (nodes > 0) let_.push(lease);
            take(at + 1, missing - nodes, cost + costOf(supply, bid, nodes));
            if (nodes > 0) let_.pop();
          }
        };
        take(0, bid.nodes, 0n);
      }
    return best;
  };
  return bestFrom(0);
}

const costOf = ({ price }: RankedAsk, { slots }: Bid, nodes: number): bigint => price * BigInt(nodes * slots);
