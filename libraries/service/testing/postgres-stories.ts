/** Test files that are run once more, each world of theirs on a database of its own of a PostgreSQL server. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { run } from '../process.ts';
import { startPostgres } from './postgres.ts';

const LIMIT_MS = 240_000;

/** Each search takes longer there: a quarter of `count`, or of what it is every day. */
export const quarter = (count: string | undefined, everyday: number): string =>
  String(Math.ceil(Number(count ?? everyday) / 4));

/** Runs the files of `folder` in processes that find the server in `BULLION_TEST_DATABASE`; fails with what they print. */
export async function tellOnPostgres(
  t: TestContext,
  options: { folder: string; files: string[]; searches: Record<string, string>; durable?: boolean },
): Promise<void> {
  const { folder, files, searches, durable = false } = options;
  await using server = await startPostgres({ durable });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const flags = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    '--test-reporter=tap',
  ];
  const { code, stdout } = await run(process.execPath, [...flags, ...files], {
    timeoutMs: LIMIT_MS,
    cwd: folder,
    env: { ...env, ...searches, BULLION_TEST_DATABASE: server.url('postgres') },
  });
  t.diagnostic(stdout.match(/^# tests .*$/m)?.[0] ?? '');
  assert.equal(code, 0, stdout);
}
