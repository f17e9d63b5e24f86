/** The stories of this folder once more, on PostgreSQL. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { run } from '@bullion/service';
import { postgresMissing, startPostgres } from '@bullion/service/testing/postgres.ts';

/** Of the routes and deliveries, of requests that mean harm, and of kills. */
const STORIES = ['api.test.ts', 'hostile.test.ts', 'kill.test.ts'];

/** Each takes longer there: a quarter of those on SQLite. */
const quarter = (count: string | undefined, everyday: number) =>
  String(Math.ceil(Number(count ?? everyday) / 4));

it('what holds on SQLite holds on PostgreSQL', { skip: postgresMissing() }, async (t) => {
  await using server = await startPostgres({ durable: true });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const searches = { RUNS: quarter(env.RUNS, 15), KILLS: quarter(env.KILLS, 8) };
  const { code, stdout } = await run(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-concurrency=2',
      '--test-reporter=tap',
      ...STORIES,
    ],
    {
      timeoutMs: 240_000,
      cwd: import.meta.dirname,
      env: { ...env, ...searches, BULLION_TEST_DATABASE: server.url('postgres') },
    },
  );
  t.diagnostic(stdout.match(/^# tests .*$/m)?.[0] ?? '');
  assert.equal(code, 0, stdout);
});
