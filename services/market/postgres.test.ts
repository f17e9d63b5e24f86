/** The stories of this folder once more, on PostgreSQL. */
import { it } from 'node:test';
import { postgresMissing } from '@bullion/service/testing/postgres.ts';
import { quarter, tellOnPostgres } from '@bullion/service/testing/postgres-stories.ts';

/** Of the routes and deliveries, of snapshots, of requests that mean harm, and of kills. */
const STORIES = [
  'api.test.ts',
  'delivery/sublease.test.ts',
  'desk.test.ts',
  'hostile.test.ts',
  'kill.test.ts',
  'snapshots/snapshots.test.ts',
];

it('what holds on SQLite holds on PostgreSQL', { skip: postgresMissing() }, async (t) => {
  const searches = { RUNS: quarter(process.env.RUNS, 15), KILLS: quarter(process.env.KILLS, 8) };
  await tellOnPostgres(t, { folder: import.meta.dirname, files: STORIES, searches, durable: true });
});
