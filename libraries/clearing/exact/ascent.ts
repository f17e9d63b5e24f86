/** Prices at which the relaxation's bound is low: they rise where too much is wanted and fall where something is left. */
import type { Program } from './program.ts';
import type { Relaxation } from './relaxation.ts';

/** After so many steps without a lower bound, steps get shorter. */
const PATIENCE = 10;
const SHORTER = 0.8;
/** Shorter than this they lead nowhere. */
const SHORTEST = 1e-6;
/** How much of the last direction is kept: prices swing less. */
const INERTIA = 0.6;

export class Ascent {
  readonly #relaxation: Relaxation;
  readonly #tried: Float64Array;
  readonly #excess: Float64Array;
  readonly #direction: Float64Array;

  constructor({ kinds, width }: Program, relaxation: Relaxation) {
    const size = kinds.length * width;
    this.#relaxation = relaxation;
    this.#tried = new Float64Array(size);
    this.#excess = new Float64Array(size);
    this.#direction = new Float64Array(size);
  }

  /**
   * Improves `prices` in at most `rounds` rounds and returns their bound; stops when it is below `enough`, the least
   * surplus that is of interest. Prices stay whole numbers, so that bounds are exact.
   */
  improve(prices: Float64Array, absent: ReadonlySet<number>, rounds: number, enough: number): number {
    const tried = this.#tried;
    tried.set(prices);
    this.#direction.fill(0);
    let least = Number.POSITIVE_INFINITY;
    let length = 1;
    let idle = 0;
    for (let round = 0; round < rounds && length > SHORTEST; round++) {
      const bound = this.#relaxation.bound(tried, absent);
      if (bound < least) {
        least = bound;
        prices.set(tried);
        idle = 0;
        if (least < enough) return least;
      } else if (++idle === PATIENCE) {
        length *= SHORTER;
        idle = 0;
      }
      if (!this.#step((bound - enough) * length)) break;
    }
    return this.#relaxation.bound(prices, absent);
  }

  /** One step down the bound (Polyak's length: as if it fell straight to what is wanted). False: it is at its least. */
  #step(drop: number): boolean {
    const [tried, excess, direction] = [this.#tried, this.#excess, this.#direction];
    this.#relaxation.excess(excess);
    let square = 0;
    for (let at = 0; at < tried.length; at++) {
      let along = excess[at]! + INERTIA * direction[at]!;
      if (tried[at] === 0 && along < 0) along = 0;
      direction[at] = along;
      square += along * along;
    }
    if (square === 0) return false;
    const step = drop / square;
    for (let at = 0; at < tried.length; at++)
      tried[at] = Math.max(Math.round(tried[at]! + step * direction[at]!), 0);
    return true;
  }
}
