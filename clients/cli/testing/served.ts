/** `bullion serve` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Ready } from '../serve/serve.ts';

const BIN = join(import.meta.dirname, '../bin.ts');
/** Type stripping of a whole service takes its time when other tests run. */
const READY_MS = 30_000;

export async function newHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'bullion-serve-'));
  return { home, remove: () => rm(home, { recursive: true, force: true }) };
}

export type Served = {
  child: ChildProcess;
  /** The first line of standard output, or undefined where it ended without one. */
  ready: Ready | undefined;
  /** What it printed otherwise. */
  stderr: () => string;
  /** Sends the signal and returns the exit code, or the name of the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
};

export async function serve(home: string, ...args: string[]): Promise<Served> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', BIN, 'serve', '--json', '--home', home, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH },
    },
  );
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  clearTimeout(late);
  return {
    child,
    ready: first.done ? undefined : (JSON.parse(first.value) as Ready),
    stderr: () => stderr,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code, by] = await exited;
      return code ?? by!;
    },
  };
}

/** Where nothing but a free port will do. */
export const ANY_PORT = ['--listen', '127.0.0.1:0'];
