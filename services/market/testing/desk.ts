/** A desk on a database of its own, without HTTP: for tests of durability, and for benchmarks. */
import { Events, migrate, openDatabase } from '@bullion/service';
import { Desk } from '../desk.ts';
import { migrations } from '../store/migrations.ts';
import type { MarketSchema } from '../store/schema.ts';

export async function openDesk(where: string, clock: () => number) {
  const db = openDatabase<MarketSchema>(where);
  await migrate(db as never, 'market', migrations);
  const desk = new Desk(db, new Events(db as never), { newcomerMs: 86_400_000 }, clock);
  await desk.open();
  return { db, desk };
}
