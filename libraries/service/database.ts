/** Opening and migrating a service's database: kysely over `node:sqlite`, with full durability. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { databaseOver } from './database/dialect.ts';
import { openSqlite } from './database/sqlite.ts';
import { BullionError, messageOf } from './errors.ts';

export { onWrite } from './database/dialect.ts';

/**
 * Opens the SQLite database at `path` (`:memory:` for tests). An acknowledged write survives power loss
 * (`synchronous=FULL` on a write-ahead log; see `GroupCommit`). The process that opened it is the only one that has it,
 * until it closes it or dies: two reconcilers or two runners of one operation would work against each other. Throws
 * `database_in_use`, or `database_unusable` where it cannot be opened or written, or is damaged; it leaves the file as
 * it is then.
 *
 * Inside a transaction only the transaction may be asked: a query of the database itself reads what was committed before,
 * and a write would wait for the transaction, and the transaction for it.
 */
export function openDatabase<Schema>(path: string): Kysely<Schema> {
  return databaseOver(openSqlite(path));
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
