/**
 * Watches how long synchronous writes take. When some were slow the kernel holds its writers back, and they stop for a
 * while. One slow write alone means nothing: the scheduler may have been away.
 */
const STRIKES = 4;
/** So many quick ones in a row forgive the slow ones before. */
const FORGIVEN_AFTER = 256;
/** A busy machine makes many operations slow, and each pause after that costs more than they did. */
const FIRST_PAUSE_MS = 50;
/** A disk that is behind makes them slow again at once: each pause is twice as long as the one before. */
const LONGEST_PAUSE_MS = 3200;

export class Patience {
  readonly #slowMs: number;
  #slow = 0;
  #quick = 0;
  #until = 0;
  #pauseMs = FIRST_PAUSE_MS;

  /** A write that takes as long as `slowMs` was slow. */
  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** `now` in milliseconds of performance.now(). */
  allows(now: number): boolean {
    return now >= this.#until;
  }

  spent(started: number, ended: number): void {
    if (ended - started < this.#slowMs) {
      this.#quick += 1;
      if (this.#quick < FORGIVEN_AFTER) return;
      this.#slow = 0;
      this.#pauseMs = FIRST_PAUSE_MS;
      return;
    }
    this.#quick = 0;
    this.#slow += 1;
    if (this.#slow < STRIKES) return;
    this.#slow = 0;
    this.#until = ended + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }
}
