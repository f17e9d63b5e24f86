/** The market as the database has it: the last snapshot that can be read, and the journal behind it. */
import { type Logger, messageOf } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import type { Kysely } from 'kysely';
import { clearedBefore } from './auctions.ts';
import { type Command, type Config, decode, Market, type Outcome } from './market/index.ts';
import { lastKept, unpack } from './snapshots/pieces.ts';
import type { MarketSchema } from './store/schema.ts';

const PAGE = 5000;

export type ReadOptions = {
  /** The rules' numbers of a market that begins. */
  config: Partial<Config>;
  /** Not beyond this command, though others may follow. */
  upTo?: number;
  log?: Logger | undefined;
};
export type Read = {
  market: Market;
  /** The snapshot that it began with; 0 for none. */
  from: number;
  /** The last snapshot could not be read, or the books do not follow from it. */
  useless: boolean;
};

/** Throws `journal_broken` where the books that were written do not follow from the journal. */
export async function readJournal(db: Kysely<MarketSchema>, options: ReadOptions): Promise<Read> {
  const kept = await lastKept(db);
  if (kept) {
    try {
      const market = Market.restore(unpack(kept.packed));
      return { market: await replay(db, market, options), from: kept.sequence, useless: false };
    } catch (error) {
      // It only spares time; what is true is the journal.
      const said = { sequence: kept.sequence, error: messageOf(error) };
      options.log?.warn(said, 'a snapshot is of no use; the journal is read from its beginning');
    }
  }
  const market = await replay(db, new Market(options.config), options);
  return { market, from: 0, useless: kept !== undefined };
}

/** What the journal says after the market's last command. */
async function replay(
  db: Kysely<MarketSchema>,
  market: Market,
  { upTo = Number.MAX_SAFE_INTEGER }: ReadOptions,
): Promise<Market> {
  for (;;) {
    const rows = await db
      .selectFrom('journal')
      .selectAll()
      .where('sequence', '>', market.state.sequence)
      .where('sequence', '<=', upTo)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    if (rows.length === 0) break;
    for (const { sequence, at, command } of rows) {
      if (sequence !== market.state.sequence + 1) throw broken(sequence);
      await replayOne(db, market, decode(command) as Command, at);
    }
  }
  await requireLedger(db, market, upTo === Number.MAX_SAFE_INTEGER);
  return market;
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

/** The books that were written and those that follow from the journal are the same, as far as it was read. */
async function requireLedger(
  db: Kysely<MarketSchema>,
  { state: { ledger } }: Market,
  toTheEnd: boolean,
): Promise<void> {
  const [mine, ...later] = await db
    .selectFrom('entries')
    .select(['sequence', 'hash'])
    .where('sequence', '>=', Math.max(ledger.sequence, 1))
    .orderBy('sequence')
    .limit(2)
    .execute();
  const beyond = ledger.sequence === 0 ? mine : later[0];
  if (toTheEnd && beyond) throw broken(beyond.sequence);
  if (ledger.sequence === 0) return;
  if (mine?.sequence !== ledger.sequence || mine.hash !== ledger.head) throw broken(ledger.sequence);
}

const broken = (at: number, cause?: BullionError) =>
  new BullionError(
    'internal',
    'journal_broken',
    `The journal and the ledger of the market differ at ${at}.`,
    { hint: 'Restore the database from a backup; nothing was changed.', cause },
  );
