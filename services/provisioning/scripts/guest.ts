/**
 * The guest in which a tenant's script runs: a virtual machine without a network, emulated by a QEMU that can do next to
 * nothing itself. What the guest is and does is the tenant's, so fences stand around it: the machine; QEMU's own seccomp
 * filter; a process without network and privileges, of a user of its own where this service runs as root. It may use so
 * much memory and time, and not write a byte to any file: the disk is behind a socket (nbd-server.ts).
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnBound } from '@bullion/service';
import { Tail } from './tail.ts';

export type GuestOptions = {
  /** QEMU, for x86-64. */
  program: string;
  /** Files in a folder that QEMU's user can read. */
  kernel: string;
  initrd: string;
  script: string;
  scriptBytes: number;
  /** The socket that the disk is behind. */
  disk: string;
  memoryMiB: number;
  timeoutMs: number;
  /** Who QEMU is, where this process is root; no two guests are the same. */
  uid: number;
  signal: AbortSignal;
  onOutput: (output: string) => void;
};

export type GuestEnd = {
  /** What the guest wrote, the end of it where that is much. */
  output: string;
  /** Of the script; undefined where it did not come to an end. */
  exitCode: number | undefined;
  why: 'ended' | 'late' | 'loud';
};

/** Of output that is kept; and read, before a script is ended that writes without end. */
const KEPT_BYTES = 256 * 1024;
const READ_BYTES = 64 * 2 ** 20;
/** QEMU itself, besides the guest's memory. */
const OWN_MIB = 1536;
const TRANSLATIONS_MIB = 128;

const ENDED = /^bullion: the script ended with (\d+)$/gm;

/** Runs a guest to its end, whatever that is. Throws the signal's reason, or `program_missing`. */
export async function runGuest(options: GuestOptions): Promise<GuestEnd> {
  const { signal, timeoutMs, onOutput } = options;
  signal.throwIfAborted();
  const [program, ...args] = fenced(options);
  const child = spawnBound(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  });
  const tail = new Tail(KEPT_BYTES);
  let why: GuestEnd['why'] = 'ended';
  const end = () => {
    killGroup(child);
    // Nothing that it says is awaited, whoever holds its pipes open.
    child.stdout!.destroy();
    child.stderr!.destroy();
  };
  const kill = (reason: GuestEnd['why']) => {
    why = reason;
    end();
  };
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      tail.add(chunk);
      if (tail.seenBytes > READ_BYTES) kill('loud');
    });
  }
  const timer = setTimeout(kill, timeoutMs, 'late');
  const telling = setInterval(() => onOutput(readable(tail)), 1000);
  signal.addEventListener('abort', end, { once: true });
  try {
    await once(child, 'close');
  } finally {
    clearTimeout(timer);
    clearInterval(telling);
    signal.removeEventListener('abort', end);
  }
  signal.throwIfAborted();
  const output = readable(tail);
  const [, code] = [...output.matchAll(ENDED)].at(-1) ?? [];
  return { output, why, exitCode: why === 'ended' && code !== undefined ? Number(code) : undefined };
}

/** QEMU starts nothing, by its seccomp filter; what it started all the same goes with it. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // It has ended already, or never began.
  }
}

/** A terminal's line ends and colours are of no use in a log; nor is a NUL, which no database takes. */
const readable = (tail: Tail): string =>
  tail
    .text()
    .replaceAll('\r\n', '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
    .replace(/\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]/g, '');

/** The command line, outermost first. */
export function fenced(options: GuestOptions): string[] {
  const { memoryMiB, uid, program } = options;
  const limits = [
    ...['prlimit', `--as=${(memoryMiB + OWN_MIB) * 2 ** 20}`],
    ...['--fsize=0', '--core=0', '--nofile=256', '--nproc=64', '--'],
  ];
  const isRoot = process.geteuid?.() === 0;
  // An ordinary user has these namespaces by one of its own; where that is forbidden, no script runs.
  const apart = [
    'unshare',
    ...(isRoot ? [] : ['--user', '--map-current-user']),
    '--net',
    '--ipc',
    '--uts',
    '--',
  ];
  const nobody = isRoot ? [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] : [];
  const powerless = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--pdeathsig=KILL', '--'];
  return [...apart, 'setpriv', ...nobody, ...powerless, ...limits, program, ...machine(options)];
}

function machine({ kernel, initrd, script, scriptBytes, disk, memoryMiB }: GuestOptions): string[] {
  const drive = (name: string, rest: string) => [
    ...['-blockdev', `${rest},node-name=${name}`],
    ...['-device', `virtio-blk-pci,drive=${name},serial=${name}`],
  ];
  const cmdline = `console=ttyS0 quiet loglevel=3 panic=-1 bullion.script=${scriptBytes}`;
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-nic', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-machine', 'q35', '-accel', `tcg,tb-size=${TRANSLATIONS_MIB}`, '-cpu', 'max', '-smp', '1'],
    ...['-m', String(memoryMiB)],
    ...['-serial', 'stdio', '-monitor', 'none'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', cmdline],
    ...drive('image', `driver=nbd,server.type=unix,server.path=${disk},discard=unmap`),
    ...drive('script', `driver=raw,read-only=on,file.driver=file,file.filename=${script}`),
  ];
}
