/** When a snapshot is due, and that it is made: at a start in its place, later aside. One at a time. */
import { type Logger, messageOf } from '@bullion/service';
import type { Kysely } from 'kysely';
import { type Config, type Market, sizeOf } from '../market/index.ts';
import type { MarketSchema } from '../store/schema.ts';
import { makeAside } from './aside.ts';
import { keep, pack } from './pieces.ts';

/** At least so many commands lie between two. */
const EVERY = 20_000;
/** Or so many clearings, where commands are few: a start reads the transcript of each. */
const CLEARINGS = 100;

export type SnapshotOptions = {
  config: Partial<Config>;
  /** The database once more, for the thread that reads it. Without it a snapshot is made at each start alone. */
  where?: string | undefined;
  every?: number | undefined;
  log?: Logger | undefined;
};

export class Snapshots {
  readonly #db: Kysely<MarketSchema>;
  readonly #options: SnapshotOptions;
  readonly #closing = new AbortController();
  /** The last command that one contains, or was to; none is due before the market was read. */
  #last = Number.POSITIVE_INFINITY;
  /** Of the state at that time, in things. */
  #size = 0;
  #batches = 0;
  #making: Promise<void> | undefined;

  constructor(db: Kysely<MarketSchema>, options: SnapshotOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Of a market that was just read, from this snapshot on. Nobody waits for an answer yet. */
  async atStart(market: Market, from: number): Promise<void> {
    const { sequence } = market.state;
    if (sequence !== from) await keep(this.#db, sequence, pack(market.snapshot()));
    this.#note(market);
  }

  /**
   * To be told after each commit. What a snapshot costs grows with the state, so does the way to the next: together they
   * cost each command the same, and a start reads at most about as many commands as the state has things.
   */
  committed(market: Market): void {
    const { where } = this.#options;
    if (where === undefined || this.#making || this.#closing.signal.aborted || !this.#isDue(market)) return;
    // Also where it fails: it is tried again after as many commands, not with each.
    this.#note(market);
    this.#making = this.#make(where, market.state.sequence).finally(() => {
      this.#making = undefined;
    });
  }

  #isDue({ state: { sequence, batches } }: Market): boolean {
    const { every = EVERY } = this.#options;
    const commands = sequence - this.#last;
    return commands >= Math.max(every, this.#size) || (commands > 0 && batches - this.#batches >= CLEARINGS);
  }

  #note({ state }: Market): void {
    this.#last = state.sequence;
    this.#size = sizeOf(state);
    this.#batches = state.batches;
  }

  async #make(where: string, upTo: number): Promise<void> {
    const { config, log } = this.#options;
    const { signal } = this.#closing;
    try {
      const { sequence, packed } = await makeAside({ where, config, upTo }, signal);
      await keep(this.#db, sequence, packed, signal);
    } catch (error) {
      if (signal.aborted) return;
      const said = { upTo, error: messageOf(error) };
      log?.error(said, 'no snapshot of the market was made; its next start reads more of the journal');
    }
  }

  get making(): boolean {
    return this.#making !== undefined;
  }

  /** Resolves when none is being made. */
  async settled(): Promise<void> {
    await this.#making;
  }

  /** Ends one that is being made. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#making;
  }
}
