/**
 * Consoles: the serial line of every held node, recorded while the project holds the node, so that it can be read
 * without the node, and after a boot that failed. A BMC has one console session; it is ours, and readers share it.
 * Everything here goes by the allocation: the next tenant of a node has another log.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { conflict, messageOf, unavailable } from '@bullion/service';
import type { Context } from '../context.ts';
import type { NodeTable } from '../store/schema.ts';
import type { Feed } from './feed.ts';
import { type Held, isHeld } from './ledger.ts';
import { type Piece, readLog, Times } from './log-reader.ts';
import { type ConsoleOptions, DEFAULTS } from './options.ts';
import { consoleLost, Recording } from './recording.ts';
import { sweepLogs } from './retention.ts';
import { type Found, type SearchOptions, search } from './search.ts';
import { endOf, segmentsOf } from './segment.ts';
import { Tickets } from './tickets.ts';

/** Where a reader begins: so many bytes before the end, or at a time. */
export type From = { tail?: number | undefined; since?: Date | undefined };

/** A reader that asks for no more is given this much of the end. */
const DEFAULT_TAIL_BYTES = 64 * 1024;
const SEARCHES = 4;
/** A round reads the list of all logs. Where nodes change hands all the time, it is not the service's main work. */
const SWEEP_PAUSE_MS = 1000;

export class Consoles {
  readonly options: ConsoleOptions;
  readonly tickets: Tickets;
  readonly #context: Context;
  readonly #folder: string;
  /** By allocation. */
  readonly #recordings = new Map<string, Recording>();
  /** How many searches go on, by project. */
  readonly #searches = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #sweepWanted = false;
  readonly #closing = new AbortController();

  constructor(context: Context, folder: string, options: Partial<ConsoleOptions> = {}) {
    this.#context = context;
    this.#folder = folder;
    this.options = { ...DEFAULTS, ...options };
    this.tickets = new Tickets(this.options.ticketMs);
  }

  /** Records every node that a project holds. */
  async start(): Promise<void> {
    const nodes = await this.#context.db
      .selectFrom('nodes')
      .selectAll()
      .where('state', '<>', 'free')
      .execute();
    for (const node of nodes) this.record(node);
    this.sweep();
    this.#timer = setInterval(() => this.sweep(), this.options.sweepMs).unref();
  }

  /** Begins to record a held node. Whatever fails is tried again; it is never the caller's trouble. */
  record(node: NodeTable): void {
    if (this.#closing.signal.aborted || !isHeld(node) || this.#recordings.has(node.allocation)) return;
    const folder = this.#folderOf(node.allocation);
    const recording = new Recording(this.#context, node, {
      ...this.options,
      folder,
      onSegment: () => this.sweep(),
    });
    this.#recordings.set(node.allocation, recording);
    recording.start();
  }

  /** Ends the recording of an allocation and the session at the BMC. The log stays. */
  async stop(allocation: string): Promise<void> {
    const recording = this.#recordings.get(allocation);
    this.#recordings.delete(allocation);
    await recording?.end('released');
  }

  /** Ends all recordings, and with them everybody who follows one. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    const recordings = [...this.#recordings.values()];
    this.#recordings.clear();
    await Promise.all(recordings.map((recording) => recording.end('closing')));
    await this.#sweeping;
  }

  /** The console as it is now; undefined where nothing is recorded, as for a BMC that has none. */
  live(allocation: string): Recording | undefined {
    return this.#recordings.get(allocation);
  }

  /** Keys for the server from one who has no seat: not while another one has it. */
  write({ name, allocation }: Held, keys: Uint8Array): void {
    const recording = this.live(allocation);
    if (!recording) throw consoleLost(name);
    const { writer } = recording.seats;
    if (writer) throw seatTaken(name, writer.label);
    recording.write(keys);
  }

  /** The log from somewhere on; with `follow`, what comes after it as well, until `signal` or the allocation's end. */
  async *read(
    allocation: string,
    options: From & { follow?: boolean; signal: AbortSignal },
  ): AsyncGenerator<Piece> {
    const folder = this.#folderOf(allocation);
    let position: number | undefined;
    for (;;) {
      const recording = options.follow ? this.live(allocation) : undefined;
      const feed = await recording?.follow(this.options.lagBytes);
      const leave = () => feed && recording?.leave(feed);
      options.signal.addEventListener('abort', leave);
      try {
        position ??= await this.startOf(allocation, options, feed);
        for await (const piece of this.readUpTo(
          allocation,
          position,
          feed?.start ?? endOf(await segmentsOf(folder)),
        )) {
          yield piece;
          position = endOfPiece(piece);
        }
        if (!feed) return;
        const live = feed.read();
        let next = await live.next();
        for (; !next.done; next = await live.next()) {
          yield next.value;
          position = endOfPiece(next.value);
        }
        // Who reads over HTTP may take its time: what it was too slow for, it finds in the log.
        if (next.value !== 'slow') return;
      } finally {
        options.signal.removeEventListener('abort', leave);
        leave();
      }
    }
  }

  /** The offset that a reader begins at. `feed` is what it will go on with, if anything. */
  async startOf(allocation: string, { tail, since }: From, feed?: Feed): Promise<number> {
    const folder = this.#folderOf(allocation);
    if (since !== undefined) return await (await Times.of(folder)).offsetOf(since.getTime());
    const end = feed?.start ?? endOf(await segmentsOf(folder));
    return Math.max(0, end - (tail ?? DEFAULT_TAIL_BYTES));
  }

  readUpTo(allocation: string, from: number, to: number): AsyncGenerator<Piece> {
    return readLog(this.#folderOf(allocation), from, to);
  }

  /** `project` is who asks: it searches so many logs at a time, or one could keep the service busy with it. */
  async search(
    { allocation, project }: { allocation: string; project: string },
    {
      after,
      since,
      ...options
    }: Pick<SearchOptions, 'text' | 'ignoreCase' | 'limit' | 'context'> & {
      after: number;
      since?: Date | undefined;
    },
  ): Promise<Found> {
    const folder = this.#folderOf(allocation);
    const searches = this.#searches.get(project) ?? 0;
    if (searches >= SEARCHES) throw searchBusy(project);
    this.#searches.set(project, searches + 1);
    try {
      const first = since === undefined ? 0 : await this.startOf(allocation, { since });
      return await search(folder, {
        ...options,
        from: Math.max(after, first),
        to: endOf(await segmentsOf(folder)),
        maxBytes: this.options.searchBytes,
        maxMs: this.options.searchMs,
      });
    } finally {
      this.#searches.set(project, this.#searches.get(project)! - 1);
      if (this.#searches.get(project) === 0) this.#searches.delete(project);
    }
  }

  /** How much of a log is kept, in bytes. */
  async sizeOf(allocation: string): Promise<number> {
    return (await segmentsOf(this.#folderOf(allocation))).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Drops what need not be kept any more, soon. Rounds follow one another; those asked for meanwhile become one. */
  sweep(): void {
    if (this.#sweepWanted || this.#closing.signal.aborted) return;
    this.#sweepWanted = true;
    this.#sweeping = this.#sweeping.then(async () => {
      this.#sweepWanted = false;
      const { signal } = this.#closing;
      if (signal.aborted) return;
      const { db, log } = this.#context;
      await sweepLogs(db, this.#folder, new Set(this.#recordings.keys()), this.options).catch(
        (error: unknown) =>
          log.warn({ error: messageOf(error) }, 'old console logs were not dropped; will try again'),
      );
      await sleep(SWEEP_PAUSE_MS, undefined, { signal }).catch(() => {});
    });
  }

  #folderOf(allocation: string): string {
    return join(this.#folder, allocation);
  }
}

const endOfPiece = (piece: Piece): number =>
  piece.offset + ('bytes' in piece ? piece.bytes.length : piece.missing);

const seatTaken = (node: string, holder: string) =>
  conflict(
    'console_seat_needed',
    `"${holder}" writes on the console of node "${node}" now.`,
    `Wait until it is given up, or take it over: \`bullion console ${node} --take\`.`,
    { holder },
  );

const searchBusy = (project: string) =>
  unavailable(
    'search_busy',
    `${SEARCHES} searches of the project "${project}" go on already.`,
    'Try again when one has ended; each takes a second at most.',
  );
