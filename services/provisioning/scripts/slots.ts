/** So many at a time; the others wait, in the order in which they came. */
export class Slots {
  readonly #free: number[];
  readonly #waiting: ((slot: number) => void)[] = [];

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, slot) => slot);
  }

  /** Runs `work` with the number of its slot. Throws the signal's reason where that comes first. */
  async use<Result>(signal: AbortSignal, work: (slot: number) => Promise<Result>): Promise<Result> {
    const slot = await this.#take(signal);
    try {
      return await work(slot);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(slot);
      else this.#free.push(slot);
    }
  }

  #take(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const slot = this.#free.pop();
    if (slot !== undefined) return Promise.resolve(slot);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(taken), 1);
        reject(signal.reason);
      };
      const taken = (slot: number) => {
        signal.removeEventListener('abort', onAbort);
        resolve(slot);
      };
      this.#waiting.push(taken);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
