/** Runs pieces of asynchronous work one after the other, in the order of asking. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {}); // its own caller is told
    return result;
  }
}
