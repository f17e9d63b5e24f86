/**
 * Critical prices without placing all bids anew. To price a winner, the run is replayed from its rank without it. The
 * replay differs from the original run only where the winner's nodes are free now; a bid decides otherwise only if that
 * reaches it (`Difference`), and then only it is placed again. The replay ends at the first gap where the winner, at
 * the bottleneck it finds there, would stand before the next bid: no further gap is cheaper. For the limit needed to
 * stand at a gap falls from gap to gap, and the bottleneck rises, since nodes only become fewer.
 */
import { smaller } from '../amounts.ts';
import { buyerBehind } from '../behind.ts';
import { compareRank, limitToPass } from '../rank.ts';
import { type Decision, Difference } from './decision.ts';
import type { Entrant, Field } from './field.ts';
import { apply, type Placement, place, samePlacement } from './placing.ts';
import { windowMinimum } from './windows.ts';

export type Price = {
  price: bigint;
  /** Buyers below the winner whose bids found a place in the replay: without others the price would be the same. */
  takers: ReadonlySet<string>;
};

export class Pricing {
  readonly #field: Field;
  readonly #decisions: readonly Decision[];
  readonly #original: Int32Array;
  readonly #now: Int32Array;
  readonly #difference: Difference;

  /** `decisions` in the order of rank. */
  constructor(field: Field, decisions: readonly Decision[]) {
    this.#field = field;
    this.#decisions = decisions;
    this.#original = new Int32Array(field.free.length);
    this.#now = new Int32Array(field.free.length);
    this.#difference = new Difference(field.asks.length);
  }

  /**
   * The least limit with which the winner at `rank` would still win. `before` is the calendar that it found. With
   * `absent`, bids of that buyer below the winner are left out.
   */
  priceOf(rank: number, before: Int32Array, absent?: string): Price {
    const field = this.#field;
    const { entrant: winner, placement } = this.#decisions[rank]!;
    this.#now.set(before);
    this.#original.set(before);
    apply(field.width, this.#original, placement!, winner.slots, -1);
    this.#difference.clear();
    this.#difference.add(placement!, winner.slots);
    this.#difference.gain = winner.nodes;

    let spot = placement!;
    let bottleneck = field.prices[spot.level]!;
    let stop = this.#rankAt(winner, bottleneck, rank);
    let passed: Entrant | undefined;
    const takers = new Set<string>();
    for (let at = rank + 1; at < this.#decisions.length; at++) {
      if (at >= stop) break;
      const decision = this.#decisions[at]!;
      const { entrant } = decision;
      const buyer = buyerBehind(entrant.bid);
      const isAbsent = buyer === absent;
      const placed = this.#replay(decision, isAbsent);
      if (!isAbsent) passed = entrant;
      if (placed === undefined) continue;
      takers.add(buyer);
      if (!overlaps(spot, winner.slots, placed, entrant.slots) || this.#stillFits(spot, winner)) continue;
      const next = place(field, this.#now, winner);
      if (next === undefined) return { price: toPass(winner, entrant), takers };
      if (next.level !== spot.level) {
        bottleneck = field.prices[next.level]!;
        stop = this.#rankAt(winner, bottleneck, at);
      }
      spot = next;
    }
    const price = passed === undefined ? bottleneck : smaller(bottleneck, toPass(winner, passed));
    return { price, takers };
  }

  /** Places the bid as it would be now; keeps both calendars and their difference. */
  #replay(decision: Decision, isAbsent: boolean): Placement | undefined {
    const { width } = this.#field;
    const { entrant, placement: was } = decision;
    const difference = this.#difference;
    let is = was;
    if (isAbsent) is = undefined;
    else if (difference.mayChange(this.#field, this.#original, this.#now, decision))
      is = place(this.#field, this.#now, entrant);
    if (was !== undefined) apply(width, this.#original, was, entrant.slots, -1);
    if (is !== undefined) apply(width, this.#now, is, entrant.slots, -1);
    if (samePlacement(was, is)) return is;
    if (was !== undefined) {
      difference.add(was, entrant.slots);
      difference.gain += entrant.nodes;
    }
    if (is !== undefined) difference.add(is, entrant.slots);
    return is;
  }

  /** The first rank after `rank` that the winner would stand before with this limit. */
  #rankAt(winner: Entrant, limit: bigint, rank: number): number {
    let low = rank + 1;
    let high = this.#decisions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { entrant } = this.#decisions[middle]!;
      if (compareRank(winner, limit, entrant, entrant.bid.limit) < 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #stillFits({ rows, caps, nodes, start }: Placement, { slots }: Entrant): boolean {
    const { width } = this.#field;
    return rows.every((row, part) => {
      const cap = caps[part]! < 0 ? -1 : caps[part]! * width;
      return windowMinimum(this.#now, row * width, cap, start, slots) >= nodes[part]!;
    });
  }
}

const toPass = (winner: Entrant, other: Entrant): bigint => limitToPass(winner, other, other.bid.limit);

function overlaps(a: Placement, slotsOfA: number, b: Placement, slotsOfB: number): boolean {
  return (
    a.start < b.start + slotsOfB && b.start < a.start + slotsOfA && a.rows.some((row) => b.rows.includes(row))
  );
}
