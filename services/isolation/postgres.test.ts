/** The stories of this folder once more, on PostgreSQL. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { run } from '@bullion/service';
import { postgresMissing, startPostgres } from '@bullion/service/testing/postgres.ts';

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

/** Each run takes some seconds there: a quarter of those on SQLite. */
const RUNS = String(Math.ceil(Number(process.env.RUNS ?? 12) / 4));

it('what holds on SQLite holds on PostgreSQL', { skip: postgresMissing() }, async (t) => {
  await using server = await startPostgres();
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
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
      env: { ...env, RUNS, BULLION_TEST_DATABASE: server.url('postgres') },
    },
  );
  t.diagnostic(stdout.match(/^# tests .*$/m)?.[0] ?? '');
  assert.equal(code, 0, stdout);
});
