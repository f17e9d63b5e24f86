/** A program of a test's own: a second process that can be killed for real. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export type Script = {
  readonly child: ChildProcess;
  /** The next line that it prints; rejects where it ends without one. */
  line(): Promise<string>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
};

/** Runs TypeScript `source`, whose relative imports count from `folder`. */
export function runScript(source: string, folder: string): Script {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', source],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 30_000,
      killSignal: 'SIGKILL',
    },
  );
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error('the script ended without a line');
      return value;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
