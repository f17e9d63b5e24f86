/** Kysely over an engine. */
import {
  type Dialect,
  Kysely,
  type KyselyPlugin,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { type Engine, GroupedDriver, type WriteListener } from './driver.ts';

/**
 * Each migration runs in a transaction, which kysely does not do for SQLite by itself: a process that is killed half
 * way through one would leave tables behind that the next start stumbles over.
 */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Whose turn it is is the driver's business: reads do not wait for writes. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** All of a kysely dialect but its driver, which is ours. */
export type Language = Omit<Dialect, 'createDriver'> & { plugins?: KyselyPlugin[] };

export const sqlite: Language = {
  createAdapter: () => new Adapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
};

const drivers = new WeakMap<object, GroupedDriver>();

export function databaseOver<Schema>(
  engine: Engine,
  { plugins = [], ...dialect }: Language = sqlite,
): Kysely<Schema> {
  const driver = new GroupedDriver(engine);
  const db = new Kysely<Schema>({ dialect: { ...dialect, createDriver: () => driver }, plugins });
  drivers.set(db, driver);
  return db;
}

/** Has `listener` told of all that is written to `db`. */
export function onWrite(db: Kysely<never>, listener: WriteListener): void {
  drivers.get(db)!.onWrite(listener);
}
