/**
 * Child processes of the supervisor. They stay in the foreground: the supervisor is process 1 of its namespace,
 * so when it ends, however it ends, the kernel ends them all.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service/errors';

/** A Debian user's PATH leaves out the sbin directories, where half of our programs are. */
export const PATH = [
  ...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin']),
]
  .filter(Boolean)
  .join(':');

const environment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH,
  ...extra,
});

const RESTART_AFTER_MS = 1000;

/** Runs a program to its end and returns its output; throws `program_failed` with what it said. */
export async function run(
  program: string,
  args: readonly string[],
  options: { timeoutMs?: number; input?: string; within?: readonly string[] } = {},
): Promise<string> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const [first, ...rest] = [...(options.within ?? []), program, ...args];
  const child = spawn(first!, rest, {
    env: environment(),
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.stdin.on('error', () => {}); // A program may end without reading its input.
  child.stdin.end(options.input ?? '');
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return stdout;
    const how = signal === null ? `ended with code ${code}` : `did not end within ${timeoutMs / 1000} s`;
    throw failed(program, how, (stderr || stdout).trim());
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw missing(program, cause);
    throw cause;
  }
}

const failed = (program: string, how: string, said: string) =>
  new BullionError('unavailable', 'program_failed', `${program} ${how}${said === '' ? '.' : `: ${said}`}`);

const missing = (program: string, cause: unknown) =>
  new BullionError('unavailable', 'program_missing', `The program ${program} is not on this machine.`, {
    hint: 'Run `bullion doctor`: it says which package has it.',
    cause,
  });

/** The last lines of a file, for an error message; empty when there is none. */
export function tailOf(file: string, lines = 20): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

export type DaemonOptions = {
  /** Its name in messages, such as "BMC of node1". */
  name: string;
  program: string;
  args: readonly string[];
  logFile: string;
  /** Words that lead into another namespace, to stand before the program. */
  within?: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Starts it again when it ends unasked: switches and BMCs are always there, servers are not. */
  restart?: boolean;
};

/** A long-running foreground program whose output goes to its log. */
export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #wanted = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it and returns its number; `onExit` is called once, when this run of it has ended. */
  start(onExit?: () => void): number {
    const { name, program, args, within, cwd, env, logFile, restart } = this.#options;
    this.#wanted = true;
    const log = openSync(logFile, 'a', 0o600);
    const [first, ...rest] = [...(within ?? []), program, ...args];
    const child = spawn(first!, rest, { cwd, env: environment(env), stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    let over = false;
    const ended = (how: string) => {
      if (over) return;
      over = true;
      this.#child = undefined;
      if (this.#wanted) console.log(`${name} ${how}`);
      if (this.#wanted && restart) setTimeout(() => this.#wanted && this.start(onExit), RESTART_AFTER_MS);
      onExit?.();
    };
    child.on('error', (error) => ended(`could not be started: ${error.message}`));
    child.on('exit', (code, signal) => ended(`ended (${signal ?? `code ${code}`})`));
    return child.pid ?? 0;
  }

  /** Returns once `check` holds; throws `daemon_failed` with the end of the log when it ends first or is late. */
  async ready(check: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (this.running) {
      if (await check()) return;
      if (Date.now() > deadline) break;
      await sleep(10);
    }
    const { name, program, logFile } = this.#options;
    const how = this.running ? `was not ready within ${timeoutMs / 1000} s` : 'ended at once';
    throw new BullionError(
      'unavailable',
      'daemon_failed',
      `${name} (${program}) ${how}:\n${tailOf(logFile)}`,
      {
        hint: `Its log is ${logFile}.`,
      },
    );
  }

  /** Kills it, as losing its power would, and returns when it is gone. */
  async kill(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child?.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
