/**
 * The desk: the one place where commands come in. In a transaction a command is applied and written to the journal with
 * all that follows from it; it is answered when that is on the disk. What the disk did not keep the desk forgets, and
 * reads the journal anew. Transactions that write run one at a time, so the journal's order is the order of application.
 */
import { type Events, type Logger, onWrite, transact, type WithEvents } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import { publish } from './auctions.ts';
import { type Read, readJournal } from './journal.ts';
import type { Entry } from './ledger/index.ts';
import {
  type Cleared,
  type Command,
  type Config,
  concluding,
  DEFAULTS,
  decode,
  encode,
  type Market,
  type Outcome,
} from './market/index.ts';
import { Snapshots } from './snapshots/snapshots.ts';
import type { MarketSchema } from './store/schema.ts';

type Trx = Transaction<MarketSchema>;

export type DeskOptions = {
  log?: Logger;
  /** Where the database is, for the thread that makes snapshots; without it they are made at a start alone. */
  where?: string;
  snapshotEvery?: number;
};

export class Desk {
  readonly #db: Kysely<MarketSchema>;
  readonly #events: Events;
  readonly #config: Partial<Config>;
  readonly clock: () => number;
  readonly #log: Logger | undefined;
  /** Compiled once: every order needs all three. */
  readonly #line: CompiledQuery;
  readonly #entry: CompiledQuery;
  readonly #last: CompiledQuery;
  /** Undefined: what is in memory may be more than the disk has. */
  #market: Market | undefined;
  readonly snapshots: Snapshots;

  constructor(
    db: Kysely<MarketSchema>,
    events: Events,
    config: Partial<Config>,
    clock: () => number,
    options: DeskOptions = {},
  ) {
    this.#db = db;
    this.#events = events;
    this.#config = config;
    this.clock = clock;
    const { log, where, snapshotEvery: every } = options;
    this.#log = log;
    this.snapshots = new Snapshots(db, { config, where, every, log });
    const entry = { sequence: 0, at: 0, key: '', memo: '', lines: '', hash: '' };
    this.#line = db.insertInto('journal').values({ sequence: 0, at: 0, command: '' }).compile();
    this.#entry = db.insertInto('entries').values(entry).compile();
    this.#last = db
      .selectFrom('journal')
      .select(({ fn }) => fn.max('sequence').as('last'))
      .compile();
    onWrite(db as never, {
      committed: (wrote) => void (wrote('journal') && this.#market && this.snapshots.committed(this.#market)),
      lost: () => this.#forget(),
    });
  }

  /** Reads the journal. To be called once, before anything else. */
  async open(): Promise<void> {
    const { market, from } = await this.#load(this.#db);
    this.#market = market;
    const set = this.#unsaid(market);
    if (Object.keys(set).length > 0) {
      if (market.state.frozen) await this.own(concluding(market.state)); // By the rules that it was frozen by.
      await this.own({ do: 'configure', set });
    }
    await this.snapshots.atStart(this.market, from);
  }

  /**
   * The rules' numbers that the journal does not know: all of a new market's, so that the journal alone makes the state
   * again; those that came with a later form, from the end of what was done without them.
   */
  #unsaid({ state, lacking }: Market): Partial<Config> {
    const all: Config = { ...DEFAULTS, ...this.#config };
    if (state.sequence === 0) return all;
    return Object.fromEntries(lacking.map((name) => [name, all[name]]));
  }

  /** What is, as far as it was applied: an answer that tells of it goes out behind the commit that it may show. */
  get market(): Market {
    if (this.#market) return this.#market;
    throw new BullionError('unavailable', 'market_reloading', 'The market reads its journal anew.', {
      hint: 'Try again in a moment; the log says what was not written.',
    });
  }

  /** Applies and writes down within the caller's transaction. */
  async submit(trx: Trx, command: Command, cleared?: Cleared): Promise<Outcome> {
    const market = await this.#upToDate(trx);
    let outcome: Outcome;
    const at = this.clock();
    try {
      outcome = market.apply(command, at, cleared);
    } catch (error) {
      if (!(error instanceof BullionError)) this.#forget(); // A defect may have left it half applied.
      throw error;
    }
    try {
      await this.#write(trx, command, market.state.now, outcome);
    } catch (error) {
      this.#forget();
      throw error;
    }
    return outcome;
  }

  /** A transaction that was rolled back after a command of it was applied leaves more in memory than was written. */
  async #upToDate(trx: Trx): Promise<Market> {
    const { rows } = await trx.executeQuery(this.#last);
    const last = (rows[0] as { last: number | null }).last;
    if (this.#market?.state.sequence !== Number(last ?? 0)) this.#market = (await this.#load(trx)).market;
    return this.#market!;
  }

  /** A command of the market's own, in a transaction of its own. */
  async own(command: Command, cleared?: Cleared): Promise<Outcome> {
    return await transact(this.#db, (trx) => this.submit(trx, command, cleared));
  }

  #forget(): void {
    this.#market = undefined;
  }

  async #write(trx: Trx, command: Command, at: number, outcome: Outcome): Promise<void> {
    const { sequence, entries, events, published } = outcome;
    await trx.executeQuery({ ...this.#line, parameters: [sequence, at, encode(command)] });
    for (const entry of entries) await trx.executeQuery({ ...this.#entry, parameters: rowOf(entry) });
    for (const { kind, subject, parties, data } of events) {
      for (const project of parties.length > 0 ? parties : [null])
        await this.#events.append(trx as unknown as Transaction<WithEvents>, {
          kind,
          subject,
          project,
          data,
        });
    }
    if (published) await publish(trx, published);
  }

  /** Nothing is to be kept of a snapshot that is of no use: the next would find it again. */
  async #load(db: Kysely<MarketSchema>): Promise<Read> {
    const read = await readJournal(db, { config: this.#config, log: this.#log });
    if (read.useless) await db.deleteFrom('snapshots').execute();
    return read;
  }

  /** Ends a snapshot that is being made. To be called before the database is closed. */
  close(): Promise<void> {
    return this.snapshots.close();
  }
}

/** As the columns of `entries` stand. */
const rowOf = ({ sequence, at, key, memo, lines, hash }: Entry) => [
  sequence,
  at,
  key,
  memo,
  encode(lines),
  hash,
];

export const entryOf = ({ lines, ...row }: MarketSchema['entries']): Entry => ({
  ...row,
  lines: decode(lines) as Entry['lines'],
});
