/**
 * Clarke's price: each winner pays what its winning takes from all others, and owners are among them. With W the best
 * surplus, W' the best without this bid, w its weight and v its value, that is (W' - (W - w v)) / w. A buyer's own gain
 * is then (W - W') / w: what he says can only lead to a schedule that is worse for him than the best one. And no bid
 * pays less than its hosts ask for: without it, all others could stay as they are.
 */
import type { Entrant, Field } from '../fast/field.ts';
import { Budget } from './budget.ts';
import { type Program, programOf } from './program.ts';
import { Schedule, type Stand } from './schedule.ts';
import { Search } from './search.ts';

export class Clarke {
  readonly #program: Program;
  readonly #prices: Float64Array;
  readonly #budget: Budget;
  readonly #found = new Map<string, Schedule>();

  /** `steps`: of all searches together. Undefined where the money is beyond what is counted exactly. */
  static of(field: Field, entrants: readonly Entrant[], steps: number): Clarke | undefined {
    const program = programOf(field, entrants);
    return program === undefined ? undefined : new Clarke(program, new Budget(steps));
  }

  private constructor(program: Program, budget: Budget) {
    this.#program = program;
    this.#budget = budget;
    this.#prices = new Float64Array(program.kinds.length * program.width);
  }

  /** The winners, by their place in `entrants`; undefined where the search is too long. */
  winners(): ReadonlyMap<number, Stand> | undefined {
    return this.#schedule([])?.stands;
  }

  /**
   * What a winner pays in all, in micro-credits, rounded up; in a batch without the bids `absent`, if there are some.
   * Undefined where the search is too long.
   */
  payment(winner: number, absent: readonly number[] = []): bigint | undefined {
    const all = this.#schedule(absent);
    const without = all && this.#schedule([...absent, winner]);
    if (without === undefined) return undefined;
    const { entrant, weight } = this.#program.bids[winner]!;
    const weighted = this.#worth(without) - this.#worth(all!) + weight * entrant.bid.limit * entrant.size;
    return (weighted + weight - 1n) / weight;
  }

  #worth({ surplus }: Schedule): bigint {
    // What is lost by late starts is less than a unit.
    return BigInt(Math.ceil(surplus / this.#program.unit));
  }

  #schedule(absent: readonly number[]): Schedule | undefined {
    const key = absent.toSorted((a, b) => a - b).join(' ');
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const best = this.#found.get('')?.stands.values() ?? [];
    const start = new Schedule([...best].filter(({ choice }) => !absent.includes(choice.bid)));
    const prices = absent.length === 0 ? this.#prices : this.#prices.slice();
    const search = new Search(this.#program, this.#budget);
    const found = search.best(new Set(absent), start, prices);
    if (found !== undefined) this.#found.set(key, found);
    return found;
  }
}
