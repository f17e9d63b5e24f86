/** The stories of this folder once more, on PostgreSQL. */
import { it } from 'node:test';
import { postgresMissing } from '@bullion/service/testing/postgres.ts';
import { quarter, tellOnPostgres } from '@bullion/service/testing/postgres-stories.ts';

/** Those of the rules, of who may do what, of conflicting requests, and of requests that mean harm. */
const STORIES = [
  'access.test.ts',
  'attachments.test.ts',
  'audit.test.ts',
  'hostile.test.ts',
  'model.test.ts',
  'registration.test.ts',
  'release.test.ts',
  'restart.test.ts',
  'writes.test.ts',
  'identity/identity.test.ts',
];

it('what holds on SQLite holds on PostgreSQL', { skip: postgresMissing() }, async (t) => {
  const searches = { RUNS: quarter(process.env.RUNS, 12) };
  await tellOnPostgres(t, { folder: import.meta.dirname, files: STORIES, searches });
});
