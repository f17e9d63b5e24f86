/** Runs test files, prints what they print, and keeps which tests failed and why. */
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

export type Counts = {
  tests: number;
  passed: number;
  failed: number;
  cancelled: number;
  skipped: number;
  todo: number;
};

/** `file` is told from the root of the repository. */
export type Failure = { file: string; test: string; why: string };

const ROOT = join(import.meta.dirname, '..');

/** Of one file: the others mostly have the same cause. */
const TOLD_MAX = 3;
const WHY_MAX = 300;

export const none = (): Counts => ({ tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 });

/** Runs the files, told from the root of the repository, in `folder`, so many at once. */
export async function runFiles(part: {
  folder: string;
  files: string[];
  timeout: number;
  atOnce: number;
}): Promise<{ counts: Counts; failed: Failure[] }> {
  const { folder, files, timeout, atOnce: concurrency } = part;
  const counts = none();
  const failed: Failure[] = [];
  const stream = run({ cwd: folder, files: files.map((file) => join(ROOT, file)), concurrency, timeout });
  stream.on('test:summary', (summary) => {
    // Each file has a summary of its own; the one without a file is of them all.
    if (summary.file !== undefined) return;
    for (const key of Object.keys(counts) as (keyof Counts)[])
      counts[key] = (summary.counts as unknown as Counts)[key];
  });
  stream.on('test:fail', ({ name: test, file, details }) => {
    // A suite fails with its tests, and they are cancelled with it where its own set-up failed.
    const { failureType } = details.error as { failureType?: string };
    if (failureType === 'subtestsFailed' || failureType === 'cancelledByParent') return;
    failed.push({ file: relative(ROOT, file ?? folder), test, why: whyOf(details.error) });
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
  return { counts, failed };
}

/** The first tests of each file that failed, and their reasons. */
export function describeFailures(word: string, failures: Failure[]): string[] {
  const files = Map.groupBy(failures, ({ file }) => file);
  return [...files].flatMap(([file, tests]) => [
    ...tests.slice(0, TOLD_MAX).map(({ test, why }) => `  ${word}: ${file}: ${test}: ${why}`),
    ...(tests.length > TOLD_MAX ? [`  ${word}: ${file}: and ${tests.length - TOLD_MAX} more`] : []),
  ]);
}

/** What a test threw is the cause of the runner's error. One line. */
function whyOf({ message, cause }: Error): string {
  const thrown = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : message;
  const line = thrown.replace(/\s+/g, ' ').trim();
  return line.length > WHY_MAX ? `${line.slice(0, WHY_MAX)}...` : line;
}
