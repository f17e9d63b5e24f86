/**
 * Work that is due at times of the wall clock. Clocks are set, and machines sleep: so the time is looked at again after
 * `checkMs` at the latest, however far away the next work is. What must not happen twice, or be undone when the clock
 * goes back, is the work's own business.
 */
export class AlarmClock {
  readonly #work: () => Promise<number>;
  readonly #checkMs: number;
  readonly #closing = new AbortController();
  #woken = false;
  #ring: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  /** `work` does what is due, and returns in how many milliseconds it should be called again. It never rejects. */
  constructor(work: () => Promise<number>, checkMs: number) {
    this.#work = work;
    this.#checkMs = checkMs;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something may be due earlier than was known. */
  wake(): void {
    this.#woken = true;
    this.#ring();
  }

  /** Ends after the work that is being done. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#woken = false;
      const wait = Math.min(await this.#work(), this.#checkMs);
      if (this.#woken || this.#closing.signal.aborted) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ring = resolve;
      const timer = setTimeout(resolve, Math.max(wait, 0));
      await promise;
      clearTimeout(timer);
    }
  }
}
