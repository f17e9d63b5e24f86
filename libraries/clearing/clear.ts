/**
 * One batch, cleared: component by component, for classes that no bid ties together do not touch each other. A component
 * of few bids is cleared for the greatest surplus; a larger one, and one whose best schedule is too long to prove, by
 * rank. A bid below all that is asked counts for nothing: it cannot win, so it shall not choose the rule either.
 */
import { clearBySurplus } from './exact/by-surplus.ts';
import { clearByRank } from './fast/by-rank.ts';
import { componentsOf, heldBy, summarise } from './summary.ts';
import { type RankedAsk, rankAsks } from './supply.ts';
import type { Batch, Bid, Clearing, Rule, Trade } from './types.ts';
import { validateBatch } from './validate.ts';

/**
 * Deterministic: the same orders in any order of arrival give the same clearing; what is cleared by rank, the one that
 * `clearPlainly` defines. Throws `batch-invalid`.
 */
export function clear(batch: Batch): Clearing {
  validateBatch(batch);
  const cleared = clearComponents(batch);
  const rules = new Map([...cleared].map(([name, { rule }]) => [name, rule]));
  const trades = [...cleared.values()].flatMap((component) => component.trades);
  return summarise(batch, trades, rules);
}

/**
 * What `clear` gives one bid, without the prices of all others. The same, but for one case: a component of which another
 * bid's price, and not this one's, is too long to compute is cleared by rank in `clear`.
 */
export function clearFor(bid: string, batch: Batch): Trade | undefined {
  validateBatch(batch);
  const cleared = [...clearComponents(batch, bid).values()];
  const trade = cleared.flatMap(({ trades }) => trades).find((one) => one.bid === bid);
  return trade === undefined || heldBy(batch.bands)(trade) ? undefined : trade;
}

type Cleared = { trades: Trade[]; rule: Rule };

function clearComponents(batch: Batch, only?: string): Map<string, Cleared> {
  const components = componentsOf(batch);
  const asks = Map.groupBy(rankAsks(batch), ({ ask }) => components.get(ask.class)!);
  const bids = Map.groupBy(batch.bids, ({ classes }) => {
    const known = classes.find((name) => components.has(name));
    return known === undefined ? undefined : components.get(known);
  });
  const clearOne = (ranked: readonly RankedAsk[], own: readonly Bid[]): Cleared => {
    const hopeful = own.filter(({ limit }) => limit >= ranked[0]!.price);
    const isSmall = batch.exactUpTo > 0 && hopeful.length <= batch.exactUpTo;
    const trades = isSmall ? clearBySurplus(batch, ranked, hopeful, only) : undefined;
    if (trades !== undefined) return { trades, rule: 'surplus' };
    return { trades: clearByRank(batch, ranked, own, only), rule: 'rank' };
  };
  return new Map([...asks].map(([name, ranked]) => [name, clearOne(ranked, bids.get(name) ?? [])]));
}
