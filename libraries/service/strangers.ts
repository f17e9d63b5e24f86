/**
 * Requests whose credentials are not good. Each is nobody's, and there can be a flood of them, so the audit log has one line
 * an address and minute. What was counted in the last minute before a crash is lost.
 */
import type { Changes, WithChanges } from './changes.ts';
import { messageOf } from './errors.ts';
import type { Logger } from './log.ts';

const WINDOW_MS = 60_000;
/** More addresses than these are counted together: no flood makes more lines than this a minute. */
const ADDRESSES_MAX = 50;

export class Strangers<Schema extends WithChanges> {
  readonly #changes: Changes<Schema>;
  readonly #log: Logger;
  readonly #windowMs: number;
  #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(changes: Changes<Schema>, log: Logger, windowMs = WINDOW_MS) {
    this.#changes = changes;
    this.#log = log;
    this.#windowMs = windowMs;
  }

  count(address: string): void {
    const full = this.#counts.size >= ADDRESSES_MAX && !this.#counts.has(address);
    const where = full ? 'other addresses' : address;
    this.#counts.set(where, (this.#counts.get(where) ?? 0) + 1);
    this.#timer ??= setTimeout(() => void this.write(), this.#windowMs).unref();
  }

  /** Writes down what was counted; also to be called before the database is closed. Never rejects. */
  async write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counts = this.#counts;
    this.#counts = new Map();
    try {
      for (const [address, times] of counts) {
        await this.#changes.own(`refused credentials ${times} times from ${address}`, async () => {});
      }
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'refused credentials were not written down');
    }
  }
}
