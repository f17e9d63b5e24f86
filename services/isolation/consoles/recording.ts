/**
 * The console of one allocation: a session at the BMC that is kept up, what comes by it written to the log, and given to
 * whoever looks at that moment. It needs nobody to look, and no reader can hold it up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, unavailable } from '@bullion/service';
import type { Context } from '../context.ts';
import type { Console } from '../drivers/bmc/driver.ts';
import { bmcOf } from '../power.ts';
import { Feed, type FeedEnd } from './feed.ts';
import type { Held } from './ledger.ts';
import { LogWriter } from './log-writer.ts';
import type { ConsoleOptions } from './options.ts';
import { Seats } from './seats.ts';

export class Recording {
  readonly node: Held;
  readonly seats = new Seats();
  readonly #context: Context;
  readonly #folder: string;
  readonly #options: ConsoleOptions;
  readonly #onSegment: () => void;
  readonly #stop = new AbortController();
  readonly #feeds = new Set<Feed>();
  readonly #listeners = new Set<() => void>();
  #log: LogWriter | undefined;
  #console: Console | undefined;
  #connected = false;
  #done: Promise<void> = Promise.resolve();
  readonly #ready = Promise.withResolvers<void>();

  constructor(
    context: Context,
    node: Held,
    options: ConsoleOptions & { folder: string; onSegment: () => void },
  ) {
    this.#context = context;
    this.node = node;
    this.#options = options;
    this.#folder = options.folder;
    this.#onSegment = options.onSegment;
  }

  start(): void {
    this.#done = this.#keepUp();
  }

  /** Ends the session at the BMC, and gives those who look the reason. The log stays. */
  async end(why: FeedEnd): Promise<void> {
    this.#stop.abort();
    this.#ready.resolve();
    await this.#done;
    for (const feed of this.#feeds) feed.end(why);
    this.#feeds.clear();
  }

  /** Whether bytes flow between the server and us. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Calls back whenever `connected` has changed, until what it returns is called. */
  onConnection(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What is printed from now on; all before is in the log, up to where the feed starts. Undefined after the end. */
  async follow(lagBytes: number, onSlow?: () => void): Promise<Feed | undefined> {
    await this.#ready.promise;
    if (!this.#log || this.#stop.signal.aborted) return undefined;
    const feed = new Feed(this.#log.end, lagBytes, onSlow);
    this.#feeds.add(feed);
    return feed;
  }

  leave(feed: Feed): void {
    this.#feeds.delete(feed);
    feed.end('closing');
  }

  /** Keys for the server. */
  write(bytes: Uint8Array): void {
    if (!this.#console || !this.#connected) throw consoleLost(this.node.name);
    this.#console.write(bytes);
  }

  /** Never rejects. */
  async #keepUp(): Promise<void> {
    const { signal } = this.#stop;
    const { retryMs, retryMaxMs } = this.#options;
    for (let wait = retryMs; !signal.aborted; wait = Math.min(wait * 2, retryMaxMs)) {
      try {
        this.#log ??= await this.#openLog();
        this.#ready.resolve();
        const { driver, settings } = bmcOf(this.#context, this.node);
        if (!driver.capabilities.console) break;
        const onConnection = (connected: boolean) => this.#setConnected(connected);
        this.#console = await driver.openConsole(settings, { signal, onConnection });
        this.#setConnected(true);
        wait = retryMs;
        await this.#copy(this.#console, this.#log);
      } catch (error) {
        if (!signal.aborted) {
          this.#context.log.warn(
            { node: this.node.name, error: messageOf(error) },
            'console lost; will try again',
          );
        }
      }
      this.#console = undefined;
      this.#setConnected(false);
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
    await this.#log?.close();
  }

  async #copy(console: Console, log: LogWriter): Promise<void> {
    console.closed.catch(() => {}); // It is looked at below; it may reject before.
    try {
      for await (const chunk of console.output) {
        const offset = log.end;
        // Written first: who begins to look between the two reads it in the log.
        await log.append(chunk as Buffer);
        for (const feed of this.#feeds) feed.push(offset, chunk as Buffer);
      }
      await console.closed;
    } finally {
      await console.close();
    }
  }

  async #openLog(): Promise<LogWriter> {
    const { segmentBytes, logBytes, diskRetryMs } = this.#options;
    return await LogWriter.open(this.#folder, {
      ...{ segmentBytes, logBytes, diskRetryMs, onSegment: this.#onSegment },
      onTrouble: (why) => this.#tellTrouble(why),
    });
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener();
  }

  /** The reason names files of ours: it is for the log, not for the tenant. */
  #tellTrouble(why: unknown | undefined): void {
    const { events, db, log } = this.#context;
    const { name, project } = this.node;
    const stopped = why !== undefined;
    if (stopped)
      log.error({ node: name, error: messageOf(why) }, 'a console is not recorded: the disk refuses');
    else log.info({ node: name }, 'a console is recorded again');
    const kind = stopped ? 'console.recording_stopped' : 'console.recording_resumed';
    db.transaction()
      .execute((trx) => events.append(trx, { kind, subject: `node/${name}`, project }))
      .catch((error: unknown) =>
        log.error({ node: name, error: messageOf(error) }, `no event ${kind} was written`),
      );
  }
}

export const consoleLost = (node: string) =>
  unavailable(
    'console_lost',
    `The console of node "${node}" is not connected now.`,
    'It is connected again by itself when the BMC answers. Try again in a few seconds.',
  );
