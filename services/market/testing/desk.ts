/** A desk on a database of its own, without HTTP: for tests of durability, and for benchmarks. */
import { Events, migrate, openDatabase } from '@bullion/service';
import type { Kysely } from 'kysely';
import { Desk, type DeskOptions } from '../desk.ts';
import { migrations } from '../store/migrations.ts';
import type { MarketSchema } from '../store/schema.ts';

export async function openDesk(where: string, clock: () => number, options: DeskOptions = {}) {
  const db = await openTables(where);
  // One in memory has no other door.
  const beside = where === ':memory:' ? {} : { where };
  const desk = new Desk(db, new Events(db as never), { newcomerMs: 86_400_000 }, clock, {
    ...beside,
    ...options,
  });
  try {
    await desk.open();
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, desk };
}

/** With the tables of today, or of an earlier day. */
export async function openTables(where: string, tables = migrations): Promise<Kysely<MarketSchema>> {
  const db = openDatabase<MarketSchema>(where);
  await migrate(db as never, 'market', tables);
  return db;
}
