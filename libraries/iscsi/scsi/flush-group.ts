/**
 * Flushes that are asked for while one is under way share the next one: eight writers that wait for stable storage
 * cost one fdatasync a round, not eight. A flush that has begun never counts for who asks later, since it need not
 * cover what was written meanwhile.
 */
export class FlushGroup {
  readonly #flush: () => Promise<void>;
  /** Settles when the flush under way has ended, either way. */
  #running: Promise<unknown> | undefined;
  #next: Promise<void> | undefined;

  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  /** Everything written before the call survives a power loss once it resolves. */
  flush(): Promise<void> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<void> {
    // Without one under way: what came in the same batch of requests is still taken along.
    await this.#running;
    this.#next = undefined;
    const flushed = this.#flush();
    const running = flushed.then(ignore, ignore);
    this.#running = running;
    try {
      await flushed;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }
}

const ignore = (): void => undefined;
