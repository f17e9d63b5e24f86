/**
 * Readings that are slow or costly to take, shared: everybody who asks for the same at the same time waits for one
 * reading, and one that is young enough is told again.
 */
import { BullionError, type ErrorBody } from './errors.ts';

export type Reading<Value> = { value: Value; at: string };
type Entry<Value> = {
  pending: Promise<Reading<Value>> | undefined;
  last: (Reading<Value> & { taken: number }) | undefined;
  /** Of the last attempt; undefined where that went well. */
  error: (ErrorBody['error'] & { at: string }) | undefined;
};

export class SharedReads<Value> {
  readonly #entries = new Map<string, Entry<Value>>();

  /** A reading that is at most `maxAgeMs` old. */
  async get(key: string, maxAgeMs: number, read: () => Promise<Value>): Promise<Reading<Value>> {
    const entry = this.#entries.get(key) ?? { pending: undefined, last: undefined, error: undefined };
    this.#entries.set(key, entry);
    if (entry.last && performance.now() - entry.last.taken < maxAgeMs) return entry.last;
    entry.pending ??= this.#take(entry, read).finally(() => {
      entry.pending = undefined;
    });
    return await entry.pending;
  }

  /** What was read last, however old, and why a later attempt failed. */
  last(key: string): Pick<Entry<Value>, 'last' | 'error'> {
    return this.#entries.get(key) ?? { last: undefined, error: undefined };
  }

  /** What was read no longer holds; a reading that is being taken now is told to nobody who asks from here on. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  async #take(entry: Entry<Value>, read: () => Promise<Value>): Promise<Reading<Value>> {
    try {
      const value = await read();
      entry.error = undefined;
      entry.last = { value, at: new Date().toISOString(), taken: performance.now() };
      return entry.last;
    } catch (thrown) {
      if (thrown instanceof BullionError)
        entry.error = { ...thrown.toBody().error, at: new Date().toISOString() };
      throw thrown;
    }
  }
}
