/** A service's database, on SQLite or PostgreSQL: opened, migrated, and written to in transactions. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { databaseOver } from './database/dialect.ts';
import { isPostgresUrl, openPostgres, postgres, readPostgres } from './database/postgres.ts';
import { openSqlite, readSqlite } from './database/sqlite.ts';
import { BullionError, messageOf } from './errors.ts';

export { isPostgres, statements } from './database/ddl.ts';
export { onWrite } from './database/dialect.ts';
export { inSchema, isPostgresUrl } from './database/postgres.ts';

/**
 * Opens the SQLite database at a path (`:memory:` for tests), or the PostgreSQL database at a `postgres://` URL, which
 * is connected to by the first query. An acknowledged write survives power loss; see `GroupCommit`. The process that
 * opened it is the only one that has it, until it closes it or dies: two reconcilers or two runners of one operation
 * would work against each other. Throws `database_in_use`, or `database_unusable` where it cannot be opened or written,
 * or is damaged; it leaves it as it is then.
 *
 * Inside a transaction only the transaction may be asked: a query of the database itself reads what was committed
 * before, and a write would wait for the transaction, and the transaction for it.
 */
export function openDatabase<Schema>(where: string): Kysely<Schema> {
  return isPostgresUrl(where) ? databaseOver(openPostgres(where), postgres) : databaseOver(openSqlite(where));
}

/**
 * The same database once more, to read what is committed: for a thread beside the one that has it open. Not of one in
 * memory. On SQLite what is read may not be on the disk yet; whatever is written after it is there only with it.
 */
export function openToRead<Schema>(where: string): Kysely<Schema> {
  return isPostgresUrl(where) ? databaseOver(readPostgres(where), postgres) : databaseOver(readSqlite(where));
}

/** Of PostgreSQL: the transaction came into conflict with another one, and may well succeed when it is run again. */
const CONFLICTS = ['40001', '40P01'];
const ATTEMPTS = 5;
/** The longest wait before the second attempt, in milliseconds; it doubles with each. */
const WAIT_MS = 10;

/** A transaction that is run again where another one was in its way: `work` does nothing but ask `trx`. */
export async function transact<Schema, Answer>(
  db: Kysely<Schema>,
  work: (trx: Transaction<Schema>) => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: { code?: string } };
      const inTheWay = CONFLICTS.some((one) => one === code || one === cause?.code);
      if (!inTheWay || attempt === ATTEMPTS) throw error;
    }
    await sleep(Math.random() * WAIT_MS * 2 ** attempt);
  }
}

/**
 * Brings the schema up to date. Migrations are numbered (`0001-...`), run in order, each once and wholly or not at
 * all; they are only ever added, never edited. `table` keeps apart the services that share one database.
 */
export async function migrate(
  db: Kysely<never>,
  table: string,
  migrations: Record<string, Migration>,
): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: `${table}_migrations`,
    migrationLockTableName: `${table}_migrations_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof BullionError) throw error;
  if (error) {
    throw new BullionError(
      'internal',
      'migration_failed',
      `Migrating the ${table} tables failed: ${messageOf(error)}.`,
      {
        hint: 'The database was written by a newer version, or is damaged. Nothing was changed.',
        cause: error,
      },
    );
  }
}
