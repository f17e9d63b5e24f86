/** A write into the page cache that took longer than this was held back by the kernel, not by the scheduler. */
const SLOW_MS = 8;
const STRIKES = 4;
/** So many quick ones in a row make up for the slow ones before. */
const FORGIVEN_AFTER = 256;
const PAUSE_MS = 2000;

/**
 * Whether to write synchronously. That costs a fraction of a write through the thread pool, until so much waits for
 * the disk that the kernel holds its writers back: everybody would then stand still with them.
 */
export class Patience {
  #slow = 0;
  #quick = 0;
  #until = 0;

  /** Times are milliseconds of `performance.now()`. */
  allows(now: number): boolean {
    return now >= this.#until;
  }

  took(begun: number, ended: number): void {
    if (ended - begun < SLOW_MS) {
      if (this.#slow > 0 && ++this.#quick >= FORGIVEN_AFTER) this.#slow = 0;
      return;
    }
    this.#quick = 0;
    if (++this.#slow < STRIKES) return;
    this.#slow = 0;
    this.#until = ended + PAUSE_MS;
  }
}
