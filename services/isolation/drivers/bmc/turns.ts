/** Work of one key runs one after another, in the order in which it was asked for; work of other keys beside it. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Rejects at once when `signal` is aborted before the turn came; the work is not begun then. */
  async take<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const before = this.#last.get(key) ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    const end = before.then(() => done.promise);
    this.#last.set(key, end);
    void end.then(() => {
      if (this.#last.get(key) === end) this.#last.delete(key);
    });

    const gaveUp = Promise.withResolvers<never>();
    const giveUp = () => gaveUp.reject(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await Promise.race([before, gaveUp.promise]);
      return await work();
    } finally {
      signal?.removeEventListener('abort', giveUp);
      done.resolve();
    }
  }
}
