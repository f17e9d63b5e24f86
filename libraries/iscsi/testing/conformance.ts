/** Runs libiscsi's suite and reads its report, which counts a skipped test as passed. */
import { execFile, spawnSync } from 'node:child_process';

export type Conformance = {
  passed: string[];
  /** Tests that said so, also those that skipped only a part. */
  skipped: string[];
  failed: { test: string; output: string }[];
};

/** The Debian package of a missing tool, for the message of a skipped test. */
export function missing(tool: string): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
  return found ? false : `${tool} is missing (Debian package libiscsi-bin)`;
}

export function parseReport(report: string): Conformance {
  const result: Conformance = { passed: [], skipped: [], failed: [] };
  let suite = '';
  let test = '';
  let output: string[] = [];
  const finish = () => {
    if (test === '') return;
    const text = output.join('\n');
    // The verdict follows the test's own lines, on a line of its own or after the last of them.
    const failed =
      /(^|\.\.\.|\s)FAILED\s*$/m.test(text) && !/^passed/m.test(text) && !/\.\.\.\s*passed/.test(text);
    if (failed) result.failed.push({ test, output: text.trim() });
    else if (/\[SKIP/i.test(text)) result.skipped.push(test);
    else result.passed.push(test);
    test = '';
  };
  for (const line of report.split('\n')) {
    const suiteLine = /^Suite: (\S+)/.exec(line);
    const testLine = /^ {2}Test: (\S+) (\.\.\..*)$/.exec(line);
    if (suiteLine || testLine || line.startsWith('Run Summary')) finish();
    if (suiteLine) suite = suiteLine[1]!;
    else if (testLine) {
      test = `${suite}.${testLine[1]}`;
      output = [testLine[2]!];
    } else if (test !== '') output.push(line);
  }
  finish();
  return result;
}

/** The two URLs are two paths to one unit: the multipath tests need both. `family` is one of the suite's, or ALL. */
export function runSuite(url: string, timeoutMs: number, family = 'ALL'): Promise<Conformance> {
  return new Promise((resolve, reject) => {
    const test = family === 'ALL' ? 'ALL' : `ALL.${family}`;
    const args = ['--dataloss', '--allow-sanitize', `--test=${test}`, url, url];
    execFile('iscsi-test-cu', args, { timeout: timeoutMs, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error?.killed)
        reject(new Error(`The suite did not end within ${timeoutMs / 1000} s.\n${stdout.slice(-2000)}`));
      else if (!stdout.includes('Run Summary'))
        reject(new Error(`The suite did not finish: ${stderr}${stdout.slice(-2000)}`));
      else resolve(parseReport(stdout));
    });
  });
}
