/** The isolation service: writes to its database, changes of switches, lists and memory in a large data centre. */

import { postgresMissing, startPostgres } from '@bullion/service/testing/postgres.ts';
import type { Bench, BenchOptions, Figure } from './common/figures.ts';
import { measureLists } from './isolation/lists.ts';
import { measureSwitches } from './isolation/switches.ts';
import { measureWrites } from './isolation/writes.ts';

/** For work on one of them. */
const ONLY = process.env.BENCH_ONLY;
const wanted = (part: string) => ONLY === undefined || ONLY === part;

export const run: Bench['run'] = async (options) => ({
  ...(wanted('db') ? await measureWrites(options, 'db') : {}),
  ...(wanted('pg') ? await onPostgres(options) : {}),
  ...(wanted('switches') ? await measureSwitches(options) : {}),
  ...(wanted('lists') ? await measureLists(options) : {}),
});

async function onPostgres(options: BenchOptions): Promise<Record<string, Figure>> {
  const note = postgresMissing();
  if (note !== undefined) {
    const none = { value: null, unit: '', note };
    return { pg_db_p95_ms: none, pg_db_writes_per_s: none };
  }
  await using server = await startPostgres({ durable: true });
  return await measureWrites(options, 'pg_db', await server.database('bench'));
}
