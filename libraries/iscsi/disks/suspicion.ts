/**
 * Watches reads whose data is believed to be in the page cache. One slow read may only mean that the process waited for a
 * core; two within a few are a disk, and what is believed of their neighbourhood is wrong.
 */

/** So many quick reads make up for a slow one. */
const SLOW_WEIGHT = 16;

export class Suspicion {
  readonly #slowMs: number;
  #level = 0;

  /** A read that takes as long as `slowMs` was slow. */
  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** Takes note of a read; true where it confirms that reads wait for the disk. */
  confirmedBy(milliseconds: number): boolean {
    if (milliseconds < this.#slowMs) {
      if (this.#level > 0) this.#level -= 1;
      return false;
    }
    this.#level += SLOW_WEIGHT;
    if (this.#level <= SLOW_WEIGHT) return false;
    this.#level = 0;
    return true;
  }
}
