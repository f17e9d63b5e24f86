/** Child processes: short ones with a time-out, long ones that die with us. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { BullionError } from './errors.ts';

export type Finished = { code: number | null; stdout: string; stderr: string };
export type RunOptions = {
  timeoutMs: number;
  env?: NodeJS.ProcessEnv;
  input?: string;
  cwd?: string;
  /** Aborting kills the program; `run` rejects with the signal's reason. */
  signal?: AbortSignal;
};

/**
 * Runs a program to its end and returns what it printed, whatever its exit code. Throws `program_missing`,
 * or `program_timeout` after `timeoutMs`, when it and what it started have been killed. It dies with this process.
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  options.signal?.throwIfAborted();
  const child = spawnBound(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    cwd: options.cwd,
    detached: true, // A process group of its own, so that a time-out ends its children too.
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin!.on('error', () => {}); // A program may end without reading its input.
  child.stdin!.end(options.input ?? '');
  let why: unknown;
  const kill = (reason: unknown) => {
    why ??= reason;
    killGroup(child);
    // What left the group may hold the pipes open; nothing that it says is awaited.
    child.stdout!.destroy();
    child.stderr!.destroy();
  };
  const abort = () => kill(options.signal!.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => kill(programTimeout(program, options.timeoutMs)), options.timeoutMs);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (why !== undefined) throw why;
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // The group has ended already.
  }
}

const programTimeout = (program: string, timeoutMs: number) =>
  new BullionError(
    'timeout',
    'program_timeout',
    `${program} did not end within ${timeoutMs / 1000} s and was killed.`,
    { hint: 'Try again; if it stays, run the program by hand and see what it waits for.' },
  );

/** Throws `program_missing`: asked first, since the program that binds the child would fail only after its start. */
function requireProgram(program: string, env: NodeJS.ProcessEnv): void {
  if (program.includes('/') && !isAbsolute(program)) return; // Relative to a folder that is the child's.
  const candidates = isAbsolute(program)
    ? [program]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  for (const path of candidates) {
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return;
    } catch {}
  }
  throw new BullionError('unavailable', 'program_missing', `The program ${program} is not on this machine.`, {
    hint: 'Run `bullion doctor`: it says which package has it.',
    details: { program },
  });
}

/**
 * Starts a long-running program that the kernel kills when this process dies, however it dies. Throws
 * `program_missing`. To be called from the main thread: the kernel binds the child to the thread that started it.
 */
export function spawnBound(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  requireProgram(program, options.env ?? process.env);
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], options);
}

/** Ends a child: asks, then kills it after `graceMs`. Returns when it is gone. */
export async function end(child: ChildProcess, graceMs = 3000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}
