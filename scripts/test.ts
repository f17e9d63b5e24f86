/**
 * Runs the tests: the everyday ones of every workspace, and with `--all` after them, in one row, the slow ones (NAME.slow.ts: a
 * Ceph cluster, an image that is built and booted) and the stories on the virtual rack.
 * Words name parts: `node scripts/test.ts libraries/iscsi libraries/volumes:slow e2e`. The last line sums up; the exit code is 1 where a test failed.
 * With `--all` the few files that failed are run once more, by themselves: half of these tests watch emulated machines
 * on two cores. What passes then is told as unsteady, by name: a defect still, of the test or of what it tests.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Counts, describeFailures, type Failure, none, runFiles } from './test-files.ts';

const ROOT = join(import.meta.dirname, '..');
/** Test files at once on two cores: of the everyday ones more than half of the time is waiting, of a story's half. */
const EVERYDAY_AT_ONCE = 3;
const STORIES_AT_ONCE = 2;
/** For one test; each has shorter limits of its own, so this one only ends what hangs. */
const EVERYDAY_MS = 5 * 60_000;
const STORY_MS = 20 * 60_000;
/** Those of more than three minutes. */
const LONG_STORIES = ['demo.e2e.ts', 'fleet.e2e.ts', 'wipe.e2e.ts'];
/** Of one part; where more files fail it is no accident. */
const AGAIN_MAX = 3;

/** Files are told from the root of the repository. */
type Part = { name: string; folder: string; files: string[]; timeout: number; atOnce: number };
const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
});
// Tests start Node themselves; none of them is to speak of experiments.
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim();
// Tests find the project's own Node first, as they do under `npm test`.
process.env.PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
// Every test file is a process, and starting one is mostly compiling the same sources.
process.env.NODE_COMPILE_CACHE ??= join(process.env.BULLION_HOME || join(ROOT, '.bullion'), 'cache/compiled');

// Searches that are short every day go on longer: how often a service is killed, how many stories are made up.
if (values.all) {
  process.env.KILLS ??= '10';
  process.env.RUNS ??= '25';
}

const all = [...everyday(), ...slow(), ...stories()];
const parts =
  positionals.length > 0
    ? all.filter(({ name }) => positionals.some((word) => word.replace(/\/$/, '') === name))
    : [...everyday(), ...(values.all ? [inOneRow([...slow(), ...stories()])] : [])];
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
  const second = await runFiles({ ...part, files, atOnce: 1 });
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
  return folders().flatMap((name) => partOf(name, name, '**/*.test.ts', true));
}

/** Two at once as well: a machine that boots keeps one processor busy, and half of the time waits for something. */
function slow(): Part[] {
  return folders().flatMap((name) => partOf(name, `${name}:slow`, '**/*.slow.ts'));
}

/** Each has a rack of its own. The long ones come first, or the last of them would run beside an idle processor. */
function stories(): Part[] {
  return partOf('e2e', 'e2e', '*.e2e.ts').map((part) => {
    const isLong = (file: string) => LONG_STORIES.includes(basename(file));
    return { ...part, files: part.files.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a))) };
  });
}

function partOf(place: string, name: string, pattern: string, isEveryday = false): Part[] {
  const folder = join(ROOT, place);
  const found = globSync(pattern, { cwd: folder, exclude: ['**/node_modules/**'] }).sort();
  const files = found.map((file) => join(place, file));
  if (files.length === 0) return [];
  const [timeout, atOnce] = isEveryday ? [EVERYDAY_MS, EVERYDAY_AT_ONCE] : [STORY_MS, STORIES_AT_ONCE];
  return [{ name, folder, files, timeout, atOnce }];
}

/**
 * One part of several, so that no processor is idle while the last file of each is run. In this order the golden image is
 * built beside what does not need it, and found by the stories.
 */
function inOneRow(parts: Part[]): Part {
  const files = parts.flatMap((part) => part.files);
  return { name: 'slow and stories', folder: ROOT, files, timeout: STORY_MS, atOnce: STORIES_AT_ONCE };
}
