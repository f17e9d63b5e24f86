/**
 * A rate with a burst of a tenth of a second. What is asked for may take it into debt, which is paid off by waiting: so
 * something larger than the burst passes too, and the rate holds over time.
 */
const BURST_SECONDS = 0.1;

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  /** `now` in milliseconds of performance.now(). */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, perSecond * BURST_SECONDS);
    this.#tokens = this.#burst;
    this.#filledAt = now;
  }

  /** Milliseconds until something may be taken; 0 when it may now. */
  delay(now: number): number {
    const elapsed = Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#perSecond);
    this.#filledAt = now;
    return this.#tokens > 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000 + 0.001;
  }

  /** Only when there is no delay. */
  take(tokens: number): void {
    this.#tokens -= tokens;
  }
}
