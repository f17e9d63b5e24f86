/** Counts disk operations under way, for those who wait until there are none. */

/** A disk may hang; nobody waits for it longer than this. */
const QUIESCE_MS = 10_000;

export class Activity {
  #running = 0;
  #idle: (() => void)[] = [];

  begin(): void {
    this.#running += 1;
  }

  end(): void {
    this.#running -= 1;
    if (this.#running > 0 || this.#idle.length === 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  quiesced(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, QUIESCE_MS);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
