/**
 * The clearing by rank, word by word as it is defined: slow, and obviously right. What `clear` does by rank is
 * proved equal to it by test.
 *
 * Allocation: bids in the order of their rank; each takes, of the placements that are left, one with the cheapest
 * dearest ask (the bottleneck), then the earliest; it wins if the bottleneck is within its limit.
 *
 * Price: the least limit with which the bid would still have won against all the others. A bid at some rank finds what
 * those before it left. So for each gap between the others: the limit needed to stand there, or the bottleneck found
 * there, whichever is more; and of these the least.
 */
import { larger, smaller } from './amounts.ts';
import { buyerBehind, ownerBehind } from './behind.ts';
import { compareRank, limitToPass, type Scored, tieOf } from './rank.ts';
import { summarise } from './summary.ts';
import { groupsOf, hostOf, type RankedAsk, rankAsks, startsOf } from './supply.ts';
import type { Batch, Bid, Clearing, Host, Trade } from './types.ts';

type Contender = Scored & { bid: Bid };
type Part = { supply: RankedAsk; nodes: number };
type Placement = { start: number; bottleneck: bigint; parts: Part[] };

/** Nodes let at each slot, by ask; and by ask and buyer. */
class Calendar {
  readonly #let = new Map<string, number>();

  take(ask: string, buyer: string, nodes: number, start: number, end: number): void {
    for (let slot = start; slot < end; slot++)
      for (const key of [`${slot} ${ask}`, `${slot} ${ask} ${buyer}`])
        this.#let.set(key, (this.#let.get(key) ?? 0) + nodes);
  }

  /** Nodes of an ask that a buyer can have all through [start, end). */
  free({ ask }: RankedAsk, buyer: string, start: number, end: number): number {
    if (start < ask.start || end > ask.end) return 0;
    let least = ask.nodes;
    for (let slot = start; slot < end; slot++) {
      least = Math.min(least, ask.nodes - (this.#let.get(`${slot} ${ask.id}`) ?? 0));
      if (ask.maxPerBuyer !== null)
        least = Math.min(least, ask.maxPerBuyer - (this.#let.get(`${slot} ${ask.id} ${buyer}`) ?? 0));
    }
    return Math.max(0, least);
  }
}

export function clearPlainly(batch: Batch): Clearing {
  const ranked = rankAsks(batch);
  const contenders = batch.bids.map((bid) => contend(batch, ranked, bid));
  const order = inOrder(contenders);
  const trades: Trade[] = [];
  const calendar = calendarOf(batch);
  for (const contender of order) {
    const placement = place(batch, ranked, calendar, contender.bid);
    if (placement === undefined || placement.bottleneck > contender.bid.limit) continue;
    occupy(calendar, contender.bid, placement);
    trades.push(tradeOf(batch, ranked, order, contender, placement));
  }
  return summarise(batch, trades, new Map());
}

function calendarOf(batch: Batch): Calendar {
  const calendar = new Calendar();
  for (const one of batch.commitments)
    calendar.take(one.ask, buyerBehind(one), one.nodes, one.start, one.end);
  return calendar;
}

/** A bid's score needs the least its nodes would cost if there were no other bids. */
function contend(batch: Batch, ranked: readonly RankedAsk[], bid: Bid): Contender {
  const calendar = calendarOf(batch);
  let cost: bigint | undefined;
  for (const placement of placements(batch, ranked, calendar, bid)) {
    const sum = placement.parts.reduce(
      (total, { supply, nodes }) => total + supply.price * BigInt(nodes * bid.slots),
      0n,
    );
    if (cost === undefined || sum < cost) cost = sum;
  }
  return {
    bid,
    tie: tieOf(batch.seed, bid.id),
    size: BigInt(bid.nodes * bid.slots),
    weight: bid.weight,
    // One that fits nowhere even so has no cost; nor has it a rank that matters.
    cost: cost ?? 0n,
  };
}

const inOrder = (contenders: readonly Contender[]): Contender[] =>
  contenders.toSorted((a, b) => compareRank(a, a.bid.limit, b, b.bid.limit));

/** Each start of each group where the bid's nodes can be had, from the cheapest asks there. */
function* placements(
  batch: Batch,
  ranked: readonly RankedAsk[],
  calendar: Calendar,
  bid: Bid,
): Generator<Placement> {
  const { first, last } = startsOf(batch, bid);
  for (let start = first; start <= last; start++)
    for (const group of groupsOf(ranked, bid)) {
      const parts: Part[] = [];
      let missing = bid.nodes;
      for (const supply of group) {
        const nodes = Math.min(missing, calendar.free(supply, buyerBehind(bid), start, start + bid.slots));
        if (nodes > 0) parts.push({ supply, nodes });
        missing -= nodes;
        if (missing === 0) break;
      }
      if (missing === 0) yield { start, bottleneck: parts.at(-1)!.supply.price, parts };
    }
}

function place(
  batch: Batch,
  ranked: readonly RankedAsk[],
  calendar: Calendar,
  bid: Bid,
): Placement | undefined {
  let best: Placement | undefined;
  for (const placement of placements(batch, ranked, calendar, bid))
    if (best === undefined || placement.bottleneck < best.bottleneck) best = placement;
  return best;
}

function occupy(calendar: Calendar, bid: Bid, { parts, start }: Placement): void {
  for (const { supply, nodes } of parts)
    calendar.take(supply.ask.id, buyerBehind(bid), nodes, start, start + bid.slots);
}

function tradeOf(
  batch: Batch,
  ranked: readonly RankedAsk[],
  order: readonly Contender[],
  winner: Contender,
  placement: Placement,
): Trade {
  const rank = order.indexOf(winner);
  const price = criticalLimit(batch, ranked, without(order, winner), winner);
  const hosts: Host[] = placement.parts.map(({ supply, nodes }) => {
    // What the owner's own bids of lower rank added to the price is not his.
    const others = order.filter((one, at) => at < rank || buyerBehind(one.bid) !== ownerBehind(supply.ask));
    const fair = criticalLimit(batch, ranked, without(others, winner), winner);
    const gross = smaller(price, larger(fair, placement.bottleneck));
    return hostOf(supply.ask, nodes, price, gross, batch.feePpm);
  });
  const { id, buyer, slots } = winner.bid;
  const start = placement.start;
  const lease = { start, end: start + slots };
  return { bid: id, buyer, class: placement.parts[0]!.supply.ask.class, ...lease, price, hosts };
}

const without = (order: readonly Contender[], one: Contender) => order.filter((other) => other !== one);

function criticalLimit(
  batch: Batch,
  ranked: readonly RankedAsk[],
  others: readonly Contender[],
  winner: Contender,
): bigint {
  const calendar = calendarOf(batch);
  let least: bigint | undefined;
  for (let gap = 0; gap <= others.length; gap++) {
    const found = place(batch, ranked, calendar, winner.bid);
    // Less is left at each further gap.
    if (found === undefined) break;
    const next = others[gap];
    const toStand = next === undefined ? 0n : limitToPass(winner, next, next.bid.limit);
    const needed = larger(toStand, found.bottleneck);
    if (least === undefined || needed < least) least = needed;
    if (next === undefined) break;
    const placed = place(batch, ranked, calendar, next.bid);
    if (placed !== undefined && placed.bottleneck <= next.bid.limit) occupy(calendar, next.bid, placed);
  }
  return least!;
}
