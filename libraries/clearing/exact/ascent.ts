/** Prices at which the relaxation's bound is low: they rise where too much is taken and fall where something is left. */
import type { Program } from './program.ts';
import type { Relaxation } from './relaxation.ts';

/** After so many steps without a lower bound, steps get shorter. */
const PATIENCE = 5;
const SHORTER = 0.7;
/** How much of the last direction is kept: prices swing less. */
const INERTIA = 0.6;

/** What of a search is still open: choices by index, and bids that may not lose. */
export type Open = { choices: Uint8Array; must: Uint8Array };

export class Ascent {
  readonly #program: Program;
  readonly #relaxation: Relaxation;
  readonly #tried: Float64Array;
  readonly #excess: Float64Array;
  readonly #direction: Float64Array;

  constructor(program: Program, relaxation: Relaxation) {
    this.#program = program;
    this.#relaxation = relaxation;
    const size = program.rows * program.width;
    this.#tried = new Float64Array(size);
    this.#excess = new Float64Array(size);
    this.#direction = new Float64Array(size);
  }

  /**
   * Improves `prices` in at most `rounds` rounds and returns their bound; stops when it is below `enough`, the least
   * surplus that is of interest. Prices stay whole numbers, so that bounds are exact.
   */
  improve(prices: Float64Array, open: Open, rounds: number, enough: number): number {
    const tried = this.#tried;
    const direction = this.#direction;
    const relaxation = this.#relaxation;
    tried.set(prices);
    direction.fill(0);
    let least = Number.POSITIVE_INFINITY;
    let length = 1;
    let idle = 0;
    for (let round = 0; round < rounds; round++) {
      const bound = relaxation.bound(tried, open);
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
    return relaxation.bound(prices, open);
  }

  /** One step down the bound (Polyak's length: as if it fell straight to what is wanted). False: it is at its least. */
  #step(drop: number): boolean {
    const { rows, width } = this.#program;
    const [tried, excess, direction] = [this.#tried, this.#excess, this.#direction];
    this.#relaxation.excess(excess);
    let square = 0;
    for (let at = 0; at < rows * width; at++) {
      let along = excess[at]! + INERTIA * direction[at]!;
      if (tried[at] === 0 && along < 0) along = 0;
      direction[at] = along;
      square += along * along;
    }
    if (square === 0) return false;
    const step = drop / square;
    for (let at = 0; at < rows * width; at++) {
      const price = Math.round(tried[at]! + step * direction[at]!);
      tried[at] = Math.max(price, 0);
    }
    return true;
  }
}
