/** The console that OBMd streams: it can be read and not typed on, and has one reader, of whom a later one takes it. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service/errors';
import type { Console, ConsoleOptions } from '../driver.ts';
import { bmcConsoleTaken, bmcRefused, bmcUnreachable } from '../errors.ts';
import type { Turns } from '../turns.ts';
import { ask, call } from './client.ts';

const RETRY_MS = 500;
const RETRY_MAX_MS = 10_000;
const WHAT = 'open the console';

/** Of each node, by its address, the reader of this process. */
const readers = new Map<string, ObmdConsole>();

export class ObmdConsole implements Console {
  readonly output = new PassThrough();
  readonly closed: Promise<void>;
  readonly #turns: Turns;
  readonly #settings: unknown;
  readonly #options: ConsoleOptions;
  readonly #end = new AbortController();
  readonly #finished = Promise.withResolvers<void>();
  #address = '';

  private constructor(turns: Turns, settings: unknown, options: ConsoleOptions) {
    this.#turns = turns;
    this.#settings = settings;
    this.#options = options;
    this.closed = this.#finished.promise;
    this.closed.catch(() => {}); // Not everybody listens to it.
    options.signal.addEventListener('abort', () => void this.close(), { once: true });
  }

  static async open(turns: Turns, settings: unknown, options: ConsoleOptions): Promise<Console> {
    const console = new ObmdConsole(turns, settings, options);
    const stream = await console.#dial(false);
    void console.#keep(stream);
    return console;
  }

  /** OBMd has no way in. */
  write(): void {
    throw bmcRefused(this.#address, 'type on the console', 'the console of OBMd can only be read.');
  }

  async close(): Promise<void> {
    this.#finish();
  }

  /** `again` is after the stream ended by itself: a token that is lost then was taken by another reader. */
  async #dial(again: boolean): Promise<Response> {
    // The stream outlives the call, and ends with the console: so the call's own limit is not on it.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 20_000);
    const until = AbortSignal.any([this.#end.signal, limit.signal]);
    try {
      return await call(this.#turns, this.#settings, WHAT, until, async (asked) => {
        this.#address = asked.settings.address;
        const before = readers.get(this.#address);
        const response = await ask({ ...asked, signal: until }, 'GET', 'console', { fresh: !again });
        if (before && before !== this) before.#finish(bmcConsoleTaken(this.#address));
        readers.set(this.#address, this);
        return response;
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Copies what comes, and gets the console back when it is lost. Never rejects. */
  async #keep(first: Response): Promise<void> {
    let stream: Response | undefined = first;
    for (let wait = RETRY_MS; !this.#end.signal.aborted; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
      let orderly = false;
      if (stream) {
        this.#options.onConnection?.(true);
        wait = RETRY_MS;
        orderly = await this.#copy(stream);
        if (this.#end.signal.aborted) return;
        this.#options.onConnection?.(false, bmcUnreachable(this.#address, 'the console has ended.'));
      }
      stream = undefined;
      await sleep(wait, undefined, { signal: this.#end.signal }).catch(() => {});
      if (this.#end.signal.aborted) return;
      try {
        stream = await this.#dial(orderly);
      } catch (error) {
        const refused = error instanceof BullionError && error.code !== 'bmc_unreachable';
        if (refused && orderly) return this.#finish(bmcConsoleTaken(this.#address));
        if (refused && error.code === 'bmc_wrong_password') return this.#finish(error);
      }
    }
  }

  /** True when OBMd ended the stream, false when the connection broke. */
  async #copy(response: Response): Promise<boolean> {
    try {
      for await (const chunk of response.body!) {
        if (this.output.writableEnded) return true;
        if (!this.output.write(chunk)) await this.#drained();
      }
      return true;
    } catch {
      return false;
    }
  }

  async #drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.output.once('drain', resolve);
      this.#end.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #finish(why?: BullionError): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    if (readers.get(this.#address) === this) readers.delete(this.#address);
    this.output.end();
    if (why) this.#finished.reject(why);
    else this.#finished.resolve();
  }
}
