import { setTimeout as sleep } from 'node:timers/promises';

/** Holds background work to so many bytes a second, and ends it when the signal says so. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #signal: AbortSignal;
  #dueAt = 0;

  constructor(bytesPerSecond: number, signal: AbortSignal) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#signal = signal;
  }

  /** Waits for as long as `bytes`, just done, should have taken. Throws the signal's reason. */
  readonly did = async (bytes: number): Promise<void> => {
    this.#signal.throwIfAborted();
    this.#dueAt = Math.max(this.#dueAt, performance.now()) + (bytes / this.#bytesPerSecond) * 1000;
    const wait = this.#dueAt - performance.now();
    if (wait < 1) await new Promise((resolve) => setImmediate(resolve));
    else await sleep(wait, undefined, { signal: this.#signal });
  };
}
