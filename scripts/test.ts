/**
 * Runs the tests: the everyday ones of every workspace, and with `--all` the slow ones (NAME.slow.ts: a Ceph cluster, an
 * image that is built and booted) and the stories on the virtual rack after them.
 * Words name parts: `node scripts/test.ts libraries/iscsi libraries/volumes:slow e2e`. The last line sums up; the exit code is 1 where a test failed.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
/** Two test files at once: enough for two cores, and few enough for tests that watch a clock. */
const CONCURRENCY = 2;
/** For one test; each has shorter limits of its own, so this one only ends what hangs. */
const EVERYDAY_MS = 5 * 60_000;
const STORY_MS = 20 * 60_000;

type Part = {
  name: string;
  isEveryday: boolean;
  folder: string;
  files: string[];
  concurrency: number;
  timeout: number;
};
type Counts = {
  tests: number;
  passed: number;
  failed: number;
  cancelled: number;
  skipped: number;
  todo: number;
};

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
});
// Tests start Node themselves; none of them is to speak of experiments.
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim();
// Tests find the project's own Node first, as they do under `npm test`.
process.env.PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;

// Searches that are short every day go on longer: how often a service is killed, how many stories are made up.
if (values.all) {
  process.env.KILLS ??= '10';
  process.env.RUNS ??= '25';
}

const all = [...everyday(), ...slow(), ...stories()];
const parts = all.filter(({ name, isEveryday }) =>
  positionals.length > 0
    ? positionals.some((word) => word.replace(/\/$/, '') === name)
    : values.all || isEveryday,
);
const unknown = positionals.filter((word) => !parts.some(({ name }) => name === word.replace(/\/$/, '')));
if (unknown.length > 0) {
  console.error(
    `There are no tests in ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const begin = performance.now();
const total: Counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const lines: string[] = [];
const failures: string[] = [];
for (const part of parts) {
  const start = performance.now();
  console.log(`\n${part.name}`);
  const counts = await runPart(part);
  for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
  lines.push(
    `  ${part.name.padEnd(24)} ${String(counts.tests).padStart(5)} tests ${seconds(start).padStart(8)} s${counts.failed + counts.cancelled > 0 ? '  FAILED' : ''}`,
  );
}
console.log(`\n${lines.join('\n')}\n`);
for (const failure of failures) console.log(`  not ok: ${failure}`);
const { tests, passed, failed, cancelled, skipped, todo } = total;
console.log(
  `# tests ${tests}, pass ${passed}, fail ${failed}, cancelled ${cancelled}, skipped ${skipped}, todo ${todo}, ${seconds(begin)} s`,
);
// Nothing that was run is a mistake in this file or in its words, and no success.
process.exit(failed + cancelled > 0 || tests === 0 ? 1 : 0);

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function folders(): string[] {
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  const all = workspaces.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
  return [...all.filter((folder) => folder !== 'e2e'), 'scripts'];
}

function everyday(): Part[] {
  return folders().flatMap((name) => {
    const folder = join(ROOT, name);
    const files = globSync('**/*.test.ts', { cwd: folder, exclude: ['**/node_modules/**'] }).sort();
    const limits = { concurrency: CONCURRENCY, timeout: EVERYDAY_MS };
    return files.length > 0 ? [{ name, isEveryday: true, folder, files, ...limits }] : [];
  });
}

/** One after the other: each takes the whole machine. */
function slow(): Part[] {
  return folders().flatMap((name) => {
    const folder = join(ROOT, name);
    const files = globSync('**/*.slow.ts', { cwd: folder, exclude: ['**/node_modules/**'] }).sort();
    const limits = { concurrency: 1, timeout: STORY_MS };
    return files.length > 0 ? [{ name: `${name}:slow`, isEveryday: false, folder, files, ...limits }] : [];
  });
}

/** One after the other, likewise. */
function stories(): Part[] {
  const folder = join(ROOT, 'e2e');
  const files = globSync('*.e2e.ts', { cwd: folder }).sort();
  const limits = { concurrency: 1, timeout: STORY_MS };
  return files.length > 0 ? [{ name: 'e2e', isEveryday: false, folder, files, ...limits }] : [];
}

async function runPart({ folder, files, concurrency, timeout, name }: Part): Promise<Counts> {
  const counts: Counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
  const stream = run({ cwd: folder, files: files.map((file) => join(folder, file)), concurrency, timeout });
  stream.on('test:summary', (summary) => {
    // Each file has a summary of its own; the one without a file is of them all.
    if (summary.file !== undefined) return;
    for (const key of Object.keys(counts) as (keyof Counts)[])
      counts[key] = (summary.counts as unknown as Counts)[key];
  });
  stream.on('test:fail', (test) => {
    if (test.details.type !== 'suite') failures.push(`${name}: ${test.name}`);
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
  return counts;
}
