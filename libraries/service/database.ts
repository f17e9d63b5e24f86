/** Opening and migrating a service's database: kysely over `node:sqlite`, with full durability. */
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteAdapter, SqliteDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { BullionError, messageOf } from './errors.ts';

/** What kysely's SQLite dialect expects of a driver, over what `node:sqlite` offers. */
function asSqliteDatabase(database: DatabaseSync) {
  return {
    close: () => database.close(),
    prepare(sql: string) {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters: readonly unknown[]) =>
          statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
    },
  };
}

/**
 * Runs each migration in a transaction, which kysely does not for SQLite: a process that is killed half way through
 * one would leave tables behind that the next start stumbles over.
 */
class Dialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new (class extends SqliteAdapter {
      override get supportsTransactionalDdl(): boolean {
        return true;
      }
    })();
  }
}

/**
 * Opens the SQLite database at `path` (`:memory:` for tests). An acknowledged write survives power loss
 * (`synchronous=FULL` on a write-ahead log). The process that opened it is the only one that has it, until it closes
 * it or dies: two reconcilers or two runners of one operation would work against each other. Throws `database_in_use`,
 * or `database_unusable` where it cannot be opened or written, or is damaged; it leaves the file as it is then.
 *
 * All queries run on one connection, in order. Inside a transaction only the transaction may be asked: a query of the
 * database itself would wait for the transaction, and the transaction for it.
 */
export function openDatabase<Schema>(path: string): Kysely<Schema> {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:' && existsSync(path) && statSync(path).size > 0) checkUntouched(path);
    database = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: true });
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;');
    requireWritable(database);
    return new Kysely<Schema>({ dialect: new Dialect({ database: asSqliteDatabase(database) }) });
  } catch (cause) {
    if (database?.isOpen) database.close();
    if (/database is locked/.test(messageOf(cause))) {
      throw new BullionError(
        'conflict',
        'database_in_use',
        `The database ${path} is in use by another process.`,
        {
          hint: 'End the service that runs on it already, or choose another folder.',
          cause,
        },
      );
    }
    throw new BullionError(
      'internal',
      'database_unusable',
      `The database ${path} cannot be used: ${messageOf(cause)}.`,
      {
        hint: 'Check that the disk has room, that the file is writable and not damaged; restore it from a backup if it is. Nothing was changed.',
        cause,
      },
    );
  }
}

/** Reads all of it through a connection that cannot write: not even its log is taken over into a damaged file. */
function checkUntouched(path: string): void {
  const reader = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
  try {
    const verdict = reader.prepare('pragma quick_check(1)').get() as { quick_check: string };
    if (verdict.quick_check !== 'ok') throw new Error(verdict.quick_check);
  } finally {
    reader.close();
  }
}

/** A real write, which a full disk or a read-only file refuses now instead of at the first request. */
function requireWritable(database: DatabaseSync): void {
  const { user_version } = database.prepare('pragma user_version').get() as { user_version: number };
  database.exec(`pragma user_version = ${user_version}`);
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
