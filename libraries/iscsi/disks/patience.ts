/**
 * Watches how long synchronous operations take. Their data is believed to be in the page cache; when some were slow,
 * it is not, and they stop for a while. One slow operation alone means nothing: the scheduler may have been away.
 */
const STRIKES = 4;
/** So many quick ones in a row forgive the slow ones before. */
const FORGIVEN_AFTER = 256;
const PAUSE_MS = 2000;

export class Patience {
  readonly #slowMs: number;
  #slow = 0;
  #quick = 0;
  #until = 0;

  /** An operation that takes as long as `slowMs` was slow. */
  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** `now` in milliseconds of performance.now(). */
  allows(now: number): boolean {
    return now >= this.#until;
  }

  /** True when patience has run out just now. */
  spent(started: number, ended: number): boolean {
    if (ended - started < this.#slowMs) {
      if (this.#slow > 0 && (this.#quick += 1) >= FORGIVEN_AFTER) this.#slow = 0;
      return false;
    }
    this.#quick = 0;
    this.#slow += 1;
    if (this.#slow < STRIKES) return false;
    this.#slow = 0;
    this.#until = ended + PAUSE_MS;
    return true;
  }
}
