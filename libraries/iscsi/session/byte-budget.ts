/** A bound on bytes held at a time; who finds none left waits in line. */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;
  readonly #waiting: { bytes: number; granted: () => void }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when granted at once, or when `bytes` alone exceed the budget but nobody else holds any. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || (this.#used > 0 && this.#used + bytes > this.#limit)) return false;
    this.#used += bytes;
    return true;
  }

  whenGranted(bytes: number, granted: () => void): void {
    if (this.tryTake(bytes)) granted();
    else this.#waiting.push({ bytes, granted });
  }

  give(bytes: number): void {
    this.#used -= bytes;
    while (this.#waiting.length > 0) {
      const { bytes: wanted, granted } = this.#waiting[0]!;
      if (this.#used > 0 && this.#used + wanted > this.#limit) return;
      this.#waiting.shift();
      this.#used += wanted;
      granted();
    }
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
