/** Debian's own tools as child processes: each has a time-out, a clean environment and a readable failure. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BullionError } from '@bullion/service/errors';

export type ToolOptions = {
  timeoutMs?: number;
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  signal?: AbortSignal | undefined;
};

/** What a tool may see of our environment; anything else could change what it makes. */
const PASSED_ON = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'TMPDIR',
];

/** Runs a tool to its end and returns its standard output. Throws `tool_failed` with the last lines it wrote. */
export async function tool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const { timeoutMs = 60_000, signal } = options;
  signal?.throwIfAborted();
  // The modes of the files that it makes must not depend on who started us.
  const child = spawn('sh', ['-c', 'umask 022 && exec "$0" "$@"', program, ...args], {
    cwd: options.cwd,
    env: { ...ourEnvironment(), ...options.env },
    // A group of its own: a tool that is stopped takes its own children with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {}); // A tool may end without reading its input.
  child.stdin.end(options.input ?? '');

  let stopped: 'late' | 'aborted' | undefined;
  const stop = (why: 'late' | 'aborted') => {
    stopped ??= why;
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const timer = setTimeout(stop, timeoutMs, 'late');
  const onAbort = () => stop('aborted');
  signal?.addEventListener('abort', onAbort);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0 && stopped === undefined) return Buffer.concat(out).toString();
    signal?.throwIfAborted();
    if (code === 127) throw missing(program);
    const why = stopped === 'late' ? `it did not end within ${timeoutMs / 1000} s` : `exit code ${code}`;
    const said = Buffer.concat([...err, ...out])
      .toString()
      .trim();
    throw new BullionError('internal', 'tool_failed', `${program} failed: ${why}.`, {
      details: { program, args: args.join(' '), said: said.slice(-2000) },
      hint: said === '' ? undefined : `It said: ${said.split('\n').slice(-3).join(' / ')}`,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const missing = (program: string) =>
  new BullionError('unavailable', 'program_missing', `The program ${program} is not on this machine.`, {
    hint: 'Run `bullion doctor`: it says which package has it.',
  });

function killGroup(pid: number) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

function ourEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    HOME: '/nonexistent',
  };
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
