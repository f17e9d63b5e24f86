/** A write into the page cache that took longer than this was held back by the kernel, not by the scheduler. */
const SLOW_MS = 8;
const STRIKES = 4;
/** So many quick ones in a row make up for the slow ones before. */
const FORGIVEN_AFTER = 256;
/** A busy machine makes many operations slow, and each pause after that costs more than they did. */
const FIRST_PAUSE_MS = 50;
/** A disk that is behind makes them slow again at once: each pause is twice as long as the one before. */
const LONGEST_PAUSE_MS = 3200;

/**
 * Whether to write synchronously. That costs a fraction of a write through the thread pool, until so much waits for
 * the disk that the kernel holds its writers back: everybody would then stand still with them.
 */
export class Patience {
  #slow = 0;
  #quick = 0;
  #until = 0;
  #pauseMs = FIRST_PAUSE_MS;

  /** Times are milliseconds of `performance.now()`. */
  allows(now: number): boolean {
    return now >= this.#until;
  }

  took(begun: number, ended: number): void {
    if (ended - begun < SLOW_MS) {
      if (++this.#quick < FORGIVEN_AFTER) return;
      this.#slow = 0;
      this.#pauseMs = FIRST_PAUSE_MS;
      return;
    }
    this.#quick = 0;
    if (++this.#slow < STRIKES) return;
    this.#slow = 0;
    this.#until = ended + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }
}
