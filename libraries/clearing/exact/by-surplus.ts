/** A component cleared for the greatest surplus, at Clarke's prices. */
import { larger, smaller } from '../amounts.ts';
import { buyerBehind, ownerBehind } from '../behind.ts';
import { type Entrant, type Field, FieldBuilder } from '../fast/field.ts';
import { hostOf, type RankedAsk } from '../supply.ts';
import type { Batch, Bid, Host, Trade } from '../types.ts';
import { Clarke } from './clarke.ts';
import type { Stand } from './schedule.ts';
import { type Part, sharesOf } from './shares.ts';

/**
 * Undefined where the best schedule cannot be proved within the budget, for any of the prices. With `only`, one bid's
 * trade alone.
 */
export function clearBySurplus(
  batch: Batch,
  ranked: readonly RankedAsk[],
  bids: readonly Bid[],
  only?: string,
): Trade[] | undefined {
  const builder = new FieldBuilder(batch, ranked, bids);
  const { field } = builder;
  // Whoever came first: among equal schedules the seed decides.
  const entrants = bids.map((bid) => builder.entrant(bid, () => 0n)).sort((a, b) => (a.tie < b.tie ? -1 : 1));
  const clarke = Clarke.of(field, entrants, batch.exactSteps);
  const winners = clarke?.winners();
  if (winners === undefined) return undefined;
  const trades: Trade[] = [];
  for (const [winner, stand] of winners) {
    if (only !== undefined && entrants[winner]!.bid.id !== only) continue;
    const trade = tradeOf(batch, field, entrants, clarke!, winner, stand);
    if (trade === undefined) return undefined;
    trades.push(trade);
  }
  return trades;
}

function tradeOf(
  batch: Batch,
  field: Field,
  entrants: readonly Entrant[],
  clarke: Clarke,
  winner: number,
  { choice, taken }: Stand,
): Trade | undefined {
  const { size, bid } = entrants[winner]!;
  const perNodeSlot = (absent: readonly number[]): bigint | undefined => {
    const payment = clarke.payment(winner, absent);
    return payment === undefined ? undefined : (payment + size - 1n) / size;
  };
  const price = perNodeSlot([]);
  if (price === undefined) return undefined;
  const parts = [...choice.rows].flatMap((row, at): Part[] =>
    taken[at] === 0
      ? []
      : [{ ask: field.asks[row]!, asks: field.prices[field.levels[row]!]!, nodes: taken[at]! }],
  );
  const hosts: Host[] = [];
  for (const { part, nodes, price: share } of sharesOf(parts, price)) {
    const owner = ownerBehind(part.ask);
    const own = entrants.flatMap(({ bid }, at) => (buyerBehind(bid) === owner ? [at] : []));
    // What the owner's own bids added to the price is not his.
    const fair = own.length === 0 ? share : perNodeSlot(own);
    if (fair === undefined) return undefined;
    const gross = larger(part.asks, smaller(share, fair));
    hosts.push(hostOf(part.ask, nodes, share, gross, batch.feePpm));
  }
  const start = batch.from + choice.slot;
  const lease = { start, end: start + bid.slots };
  return { bid: bid.id, buyer: bid.buyer, class: parts[0]!.ask.class, ...lease, price, hosts };
}
