/**
 * The desk: the one place where commands come in. In a transaction a command is applied and written to the journal with
 * all that follows from it; it is answered when that is on the disk. What the disk did not keep the desk forgets, and
 * reads the journal anew. Transactions that write run one at a time, so the journal's order is the order of application.
 */
import { type Events, type Logger, messageOf, onWrite, transact, type WithEvents } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import { clearedBefore, publish } from './auctions.ts';
import type { Entry } from './ledger/index.ts';
import {
  type Cleared,
  type Command,
  type Config,
  concluding,
  DEFAULTS,
  decode,
  encode,
  Market,
  type Outcome,
} from './market/index.ts';
import type { MarketSchema } from './store/schema.ts';

type Trx = Transaction<MarketSchema>;
/** A snapshot spares a start the commands before it. */
const SNAPSHOT_EVERY = 20_000;
const PAGE = 5000;

export type DeskOptions = { log?: Logger; snapshotEvery?: number };

export class Desk {
  readonly #db: Kysely<MarketSchema>;
  readonly #events: Events;
  readonly #config: Partial<Config>;
  readonly clock: () => number;
  readonly #options: DeskOptions;
  /** Compiled once: every order needs all three. */
  readonly #line: CompiledQuery;
  readonly #entry: CompiledQuery;
  readonly #last: CompiledQuery;
  /** Undefined: what is in memory may be more than the disk has. */
  #market: Market | undefined;
  #snapshotted = 0;

  constructor(
    db: Kysely<MarketSchema>,
    events: Events,
    config: Partial<Config>,
    clock: () => number,
    options: DeskOptions = {},
  ) {
    this.#options = options;
    this.#db = db;
    this.#events = events;
    this.#config = config;
    this.clock = clock;
    const entry = { sequence: 0, at: 0, key: '', memo: '', lines: '', hash: '' };
    this.#line = db.insertInto('journal').values({ sequence: 0, at: 0, command: '' }).compile();
    this.#entry = db.insertInto('entries').values(entry).compile();
    this.#last = db
      .selectFrom('journal')
      .select(({ fn }) => fn.max('sequence').as('last'))
      .compile();
    onWrite(db as never, { lost: () => this.#forget() });
  }

  /** Reads the journal. To be called once, before anything else. */
  async open(): Promise<void> {
    const market = await this.#load(this.#db);
    this.#market = market;
    const set = this.#unsaid(market);
    if (Object.keys(set).length > 0) {
      if (market.state.frozen) await this.own(concluding(market.state)); // By the rules that it was frozen by.
      await this.own({ do: 'configure', set });
    }
    await this.#snapshot();
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
    if (this.#market?.state.sequence !== Number(last ?? 0)) this.#market = await this.#load(trx);
    return this.#market!;
  }

  /** A command of the market's own, in a transaction of its own. */
  async own(command: Command, cleared?: Cleared): Promise<Outcome> {
    const outcome = await transact(this.#db, (trx) => this.submit(trx, command, cleared));
    if (outcome.sequence - this.#snapshotted >= (this.#options.snapshotEvery ?? SNAPSHOT_EVERY))
      await this.#snapshot();
    return outcome;
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

  async #load(db: Kysely<MarketSchema>): Promise<Market> {
    const kept = await db
      .selectFrom('snapshots')
      .selectAll()
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!kept) return await this.#replay(db, new Market(this.#config));
    try {
      return await this.#replay(db, Market.restore(kept.state));
    } catch (error) {
      // It only spares time; what is true is the journal.
      const said = { sequence: kept.sequence, error: messageOf(error) };
      this.#options.log?.warn(said, 'a snapshot is of no use; the journal is read from its beginning');
      const market = await this.#replay(db, new Market(this.#config));
      await db.deleteFrom('snapshots').execute();
      return market;
    }
  }

  /** What the journal says after the market's last command. */
  async #replay(db: Kysely<MarketSchema>, market: Market): Promise<Market> {
    const begun = market.state.sequence;
    for (;;) {
      const after = market.state.sequence;
      const rows = await db
        .selectFrom('journal')
        .selectAll()
        .where('sequence', '>', after)
        .orderBy('sequence')
        .limit(PAGE)
        .execute();
      for (const { sequence, at, command } of rows) {
        if (sequence !== market.state.sequence + 1) throw broken(sequence);
        await replayOne(db, market, decode(command) as Command, at);
      }
      if (rows.length === 0) break;
    }
    await this.#requireLedger(db, market);
    this.#snapshotted = begun;
    return market;
  }

  /** The books that were written and those that follow from the journal are the same. */
  async #requireLedger(db: Kysely<MarketSchema>, { state: { ledger } }: Market): Promise<void> {
    const last = await db
      .selectFrom('entries')
      .selectAll()
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    if ((last?.sequence ?? 0) === ledger.sequence && (last === undefined || last.hash === ledger.head))
      return;
    throw broken(last?.sequence ?? 0);
  }

  async #snapshot(): Promise<void> {
    const { market } = this;
    const sequence = market.state.sequence;
    if (sequence === this.#snapshotted) return;
    const state = market.snapshot();
    // Said at once: others that wait for the same commit would write it again.
    const before = this.#snapshotted;
    this.#snapshotted = sequence;
    try {
      await transact(this.#db, async (trx) => {
        // A command that it contains may have been rolled back meanwhile.
        const { rows } = await trx.executeQuery(this.#last);
        if (this.#market !== market || Number((rows[0] as { last: number }).last) < sequence) return;
        await trx.insertInto('snapshots').values({ sequence, state }).execute();
        await trx.deleteFrom('snapshots').where('sequence', '<', sequence).execute();
      });
    } catch (error) {
      this.#snapshotted = before;
      throw error;
    }
  }
}

/** What was taken once is taken again, where nothing is broken. What a clearing came to is what was published of it. */
async function replayOne(
  db: Kysely<MarketSchema>,
  market: Market,
  command: Command,
  at: number,
): Promise<void> {
  const cleared = command.do === 'clear' ? await clearedBefore(db, market.state) : undefined;
  let outcome: Outcome;
  try {
    outcome = market.apply(command, at, cleared);
  } catch (error) {
    if (!(error instanceof BullionError)) throw error;
    throw broken(market.state.sequence + 1, error);
  }
  if (cleared && outcome.published?.hash !== cleared.hash) throw broken(outcome.sequence);
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

const broken = (at: number, cause?: BullionError) =>
  new BullionError(
    'internal',
    'journal_broken',
    `The journal and the ledger of the market differ at ${at}.`,
    { hint: 'Restore the database from a backup; nothing was changed.', cause },
  );
