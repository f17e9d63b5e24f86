/** A component cleared by rank, at critical prices: what `clearPlainly` defines. */
import { larger, smaller } from '../amounts.ts';
import { ownerBehind } from '../behind.ts';
import { hostOf, type RankedAsk } from '../supply.ts';
import type { Batch, Bid, Trade } from '../types.ts';
import { type Decision, decide } from './decision.ts';
import { type Field, FieldBuilder, inRankOrder } from './field.ts';
import { apply, leastCost } from './placing.ts';
import { Pricing } from './pricing.ts';

/** With `only`, one bid's trade alone. */
export function clearByRank(
  batch: Batch,
  ranked: readonly RankedAsk[],
  bids: readonly Bid[],
  only?: string,
): Trade[] {
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
    const { entrant, placement } = decision;
    if (placement === undefined) continue;
    if (only === undefined || entrant.bid.id === only)
      trades.push(tradeOf(batch, field, pricing, rank, decision, calendar));
    apply(field.width, calendar, placement, entrant.slots, -1);
  }
  return trades;
}

function tradeOf(
  batch: Batch,
  field: Field,
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
    return hostOf(ask, placement!.nodes[part]!, price, grossTo(ownerBehind(ask)), batch.feePpm);
  });
  const start = batch.from + placement!.start;
  const { id, buyer } = entrant.bid;
  const lease = { start, end: start + entrant.slots };
  return { bid: id, buyer, class: field.asks[placement!.rows[0]!]!.class, ...lease, price, hosts };
}
