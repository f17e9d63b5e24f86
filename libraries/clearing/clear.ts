/** One batch, cleared: component by component, for classes that no bid ties together do not touch each other. */
import { larger, smaller } from './amounts.ts';
import { type Decision, decide } from './fast/decision.ts';
import { FieldBuilder, inRankOrder } from './fast/field.ts';
import { apply, leastCost } from './fast/placing.ts';
import { Pricing } from './fast/pricing.ts';
import { componentsOf, summarise } from './summary.ts';
import { hostOf, type RankedAsk, rankAsks } from './supply.ts';
import type { Batch, Bid, Clearing, Trade } from './types.ts';
import { validateBatch } from './validate.ts';

/**
 * Deterministic: the same orders in any order of arrival give the same clearing, the one that `clearPlainly` defines.
 * Throws `batch-invalid`.
 */
export function clear(batch: Batch): Clearing {
  validateBatch(batch);
  const components = componentsOf(batch);
  const asks = Map.groupBy(rankAsks(batch), ({ ask }) => components.get(ask.class)!);
  const bids = Map.groupBy(batch.bids, ({ classes }) => {
    const known = classes.find((name) => components.has(name));
    return known === undefined ? undefined : components.get(known);
  });
  const trades = [...asks].flatMap(([name, ranked]) => clearComponent(batch, ranked, bids.get(name) ?? []));
  return summarise(batch, trades);
}

function clearComponent(batch: Batch, ranked: readonly RankedAsk[], bids: readonly Bid[]): Trade[] {
  const builder = new FieldBuilder(batch, ranked, bids);
  const { field } = builder;
  const order = inRankOrder(
    bids.map((bid) => builder.entrant(bid, (entrant) => leastCost(field, field.free, entrant))),
  );
  const calendar = field.free.slice();
  const decisions = order.map((entrant) => {
    const decision = decide(field, calendar, entrant);
    if (decision.placement !== undefined) apply(field.width, calendar, decision.placement, entrant.slots, -1);
    return decision;
  });
  const pricing = new Pricing(field, decisions);
  calendar.set(field.free);
  const trades: Trade[] = [];
  for (const [rank, decision] of decisions.entries()) {
    if (decision.placement === undefined) continue;
    trades.push(tradeOf(batch, builder, pricing, rank, decision, calendar));
    apply(field.width, calendar, decision.placement, decision.entrant.slots, -1);
  }
  return trades;
}

function tradeOf(
  batch: Batch,
  { field }: FieldBuilder,
  pricing: Pricing,
  rank: number,
  { entrant, placement }: Decision,
  before: Int32Array,
): Trade {
  const { price, takers } = pricing.priceOf(rank, before);
  const bottleneck = field.prices[placement!.level]!;
  /** What an owner may profit from: the price without his own bids below. */
  const fair = new Map<string, bigint>();
  const grossTo = (owner: string): bigint => {
    if (!takers.has(owner)) return price;
    const known = fair.get(owner) ?? pricing.priceOf(rank, before, owner).price;
    fair.set(owner, known);
    return smaller(price, larger(known, bottleneck));
  };
  const hosts = placement!.rows.map((row, part) => {
    const ask = field.asks[row]!;
    return hostOf(ask, placement!.nodes[part]!, price, grossTo(ask.owner), batch.feePpm);
  });
  const start = batch.from + placement!.start;
  const { id, buyer } = entrant.bid;
  const lease = { start, end: start + entrant.slots };
  return { bid: id, buyer, class: field.asks[placement!.rows[0]!]!.class, ...lease, price, hosts };
}
