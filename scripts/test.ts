/**
 * Runs the tests: the everyday ones of every workspace, and with `--all` the slow ones (NAME.slow.ts: a Ceph cluster, an
 * image that is built and booted) and the stories on the virtual rack after them.
 * Words name parts: `node scripts/test.ts libraries/iscsi libraries/volumes:slow e2e`. The last line sums up; the exit code is 1 where a test failed.
 * With `--all` the few files that failed are run once more, by themselves: half of these tests watch emulated machines
 * on two cores. What passes then is told as unsteady, by name: a defect still, of the test or of what it tests.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Counts, describeFailures, type Failure, none, runFiles } from './test-files.ts';

const ROOT = join(import.meta.dirname, '..');
/** Two test files at once: enough for two cores, and few enough for tests that watch a clock. */
const CONCURRENCY = 2;
/** For one test; each has shorter limits of its own, so this one only ends what hangs. */
const EVERYDAY_MS = 5 * 60_000;
const STORY_MS = 20 * 60_000;
/** Of one part; where more files fail it is no accident. */
const AGAIN_MAX = 3;

type Part = {
  name: string;
  isEveryday: boolean;
  folder: string;
  files: string[];
  concurrency: number;
  timeout: number;
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
const total = none();
const lines: string[] = [];
const failures: Failure[] = [];
const unsteady: Failure[] = [];
for (const part of parts) {
  const start = performance.now();
  console.log(`\n${part.name}`);
  const first = await runFiles(part);
  const { counts, failed } = values.all ? await again(part, first) : first;
  for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
  failures.push(...failed);
  lines.push(
    `  ${part.name.padEnd(24)} ${String(counts.tests).padStart(5)} tests ${seconds(start).padStart(8)} s${counts.failed + counts.cancelled > 0 ? '  FAILED' : ''}`,
  );
}
console.log(`\n${lines.join('\n')}\n`);
for (const line of describeFailures('unsteady, passed by itself', unsteady)) console.log(line);
for (const line of describeFailures('not ok', failures)) console.log(line);
const { tests, passed, failed, cancelled, skipped, todo } = total;
console.log(
  `# tests ${tests}, pass ${passed}, fail ${failed}, cancelled ${cancelled}, skipped ${skipped}, todo ${todo}, ${seconds(begin)} s`,
);
// Nothing that was run is a mistake in this file or in its words, and no success.
process.exit(failed + cancelled > 0 || tests === 0 ? 1 : 0);

/** What came of a part when the files that failed, if they are few, are run once more by themselves. */
async function again(part: Part, first: Awaited<ReturnType<typeof runFiles>>): Promise<typeof first> {
  const files = [...new Set(first.failed.map(({ file }) => file))];
  if (files.length === 0 || files.length > AGAIN_MAX) return first;
  console.log(`\n${part.name}, once more and by themselves: ${files.join(', ')}`);
  const second = await runFiles({ ...part, files, concurrency: 1 });
  const still = new Set(second.failed.map(({ file }) => file));
  const mended = first.failed.filter(({ file }) => !still.has(file));
  unsteady.push(...mended);
  const { counts } = first;
  if (still.size === 0) {
    counts.passed += counts.failed + counts.cancelled;
    counts.failed = 0;
    counts.cancelled = 0;
  }
  return { counts, failed: first.failed.filter(({ file }) => still.has(file)) };
}

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
