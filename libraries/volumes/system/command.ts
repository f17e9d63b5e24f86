import { type ChildProcess, spawn } from 'node:child_process';
import { VolumeError } from '../errors.ts';

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Aborting kills the command; `runCommand` then rejects with `aborted`. */
  readonly signal?: AbortSignal;
  /** Everything that the command prints, as it comes: for progress. */
  readonly onOutput?: (text: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

/** A command that could not be run, or did not do what it was asked. */
export class CommandError extends Error {
  readonly why: 'missing' | 'timeout' | 'failed';
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(program: string, why: CommandError['why'], exitCode: number | null, stderr: string) {
    const said = stderr.trim().split('\n').at(-1) ?? '';
    super(
      why === 'missing'
        ? `${program} is not on this machine`
        : why === 'timeout'
          ? `${program} did not end in time and was killed`
          : `${program} failed${said === '' ? ` (${exitCode ?? 'killed'})` : `: ${said}`}`,
    );
    this.name = 'CommandError';
    this.why = why;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

const STDERR_BYTES = 16 * 1024;
/** The map of a very fragmented disk; more than this is not kept in memory. */
const STDOUT_BYTES = 512 * 1024 * 1024;

/**
 * Runs a program to its end, without a shell, and resolves with what it printed. It gets no input, it is killed with
 * all that it started when its time is up or the signal says so, and it dies with this process.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    detached: true, // a process group of its own, so that its children end with it
  });
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = '';
  let stopped: 'timeout' | 'aborted' | 'flood' | undefined;
  const stop = (why: NonNullable<typeof stopped>) => {
    stopped ??= why;
    killGroup(child);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    stdoutBytes += chunk.length;
    if (stdoutBytes > STDOUT_BYTES) stop('flood');
    options.onOutput?.(chunk.toString());
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_BYTES);
    options.onOutput?.(chunk.toString());
  });
  const onAbort = () => stop('aborted');
  const timer = setTimeout(() => stop('timeout'), options.timeoutMs);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', reject);
    });
    if (stopped === 'aborted') {
      throw new VolumeError('aborted', `${program} was stopped`, 'Start it again.', options.signal?.reason);
    }
    if (stopped === 'timeout') throw new CommandError(program, 'timeout', null, stderr);
    if (code === 127 && stderr.startsWith('setpriv:'))
      throw new CommandError(program, 'missing', code, stderr);
    if (code !== 0) throw new CommandError(program, 'failed', code, stderr);
    return Buffer.concat(stdout).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CommandError('setpriv', 'missing', null, '');
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // the group has ended already
  }
}
