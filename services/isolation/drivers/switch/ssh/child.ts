/**
 * One `ssh` process that runs one command on a switch, its ends as streams. Debian's OpenSSH client rather than an SSH
 * stack in JavaScript: it is what the operator tries by hand when something does not work, and it is patched with the
 * system.
 *
 * The private key is never in an argument list nor in a file with a name: it is written to a file that is unlinked
 * before `ssh` starts, and `ssh` opens it through our own /proc/PID/fd. So nothing is left behind, however we end.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type BullionError, end, spawnBound } from '@bullion/service';
import { switchIdentityChanged, switchLoginRefused, switchUnreachable } from '../errors.ts';
import type { SshSettings } from './settings.ts';

/** What there is to run: a command line for the login shell, or an SSH subsystem. */
export type Remote = { readonly command: string } | { readonly subsystem: string };

const STDERR_KEPT = 2000;
/** A switch that falls silent is noticed after this many seconds times two, also between calls. */
const ALIVE_SECONDS = 15;

export class SshChild {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Aborted with the reason, a BullionError, as soon as nothing more can be said or heard. */
  readonly ended: AbortSignal;
  readonly #ending = new AbortController();
  readonly #address: string;
  readonly #process: ChildProcess;
  readonly #release: () => void;
  #stderr = '';

  /** Throws `program_missing`. That the login succeeded is told only by what the command says. */
  constructor(settings: SshSettings, remote: Remote, signal: AbortSignal) {
    this.#address = settings.address;
    this.ended = this.#ending.signal;
    const key = nameless(
      settings.privateKey.endsWith('\n') ? settings.privateKey : `${settings.privateKey}\n`,
    );
    const known = nameless(`switch ${settings.hostKey}\n`);
    this.#release = once(() => {
      closeSync(key);
      closeSync(known);
    });
    try {
      this.#process = spawnBound('ssh', argumentsOf(settings, remote, path(key), path(known)), {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
      });
    } catch (error) {
      this.#release();
      throw error;
    }
    this.stdin = this.#process.stdin!;
    this.stdout = this.#process.stdout!;
    this.stdin.on('error', () => {}); // The end of the process tells more.
    // Whoever hears the command knows that the keys were read.
    this.stdout.once('data', this.#release);
    this.#process.stderr!.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk).slice(-STDERR_KEPT);
    });
    this.#process.once('error', (error) => this.lose(error));
    this.#process.once('close', () => this.#closed());
    const abort = () => this.lose(new Error('the session was aborted'));
    signal.addEventListener('abort', abort, { once: true });
    this.ended.addEventListener('abort', () => signal.removeEventListener('abort', abort), { once: true });
    if (signal.aborted) abort();
  }

  /** Ends the connection for this reason, unless it has ended already. */
  lose(reason: unknown): void {
    if (this.ended.aborted) return;
    this.#ending.abort(switchUnreachable(this.#address, reason));
    this.#process.kill('SIGKILL');
  }

  /** Resolves when the process is gone. */
  async close(): Promise<void> {
    this.lose(new Error('the session is closed'));
    await end(this.#process);
    this.#release();
  }

  #closed(): void {
    this.#release();
    this.#ending.abort(failure(this.#address, this.#stderr));
  }
}

/** What the end of an `ssh` that was not asked to end means; its words are OpenSSH's, in the C locale. */
export function failure(address: string, stderr: string): BullionError {
  const said = stderr.trim().split('\n').at(-1)?.trim() ?? '';
  if (/^Host key verification failed|^No \S+ host key is known|no matching host key type/m.test(stderr)) {
    return switchIdentityChanged(address, 'its host key is not the registered one.');
  }
  if (/Permission denied|Too many authentication failures/.test(stderr))
    return switchLoginRefused(address, said);
  if (/error in libcrypto|invalid format|incorrect passphrase/.test(stderr)) {
    return switchLoginRefused(address, 'the private key cannot be read, or has a passphrase.');
  }
  if (/subsystem request failed/.test(stderr)) return switchLoginRefused(address, said);
  return switchUnreachable(address, new Error(said === '' ? 'the connection was closed' : said));
}

function argumentsOf(settings: SshSettings, remote: Remote, key: string, known: string): string[] {
  const options = {
    BatchMode: 'yes',
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: known,
    GlobalKnownHostsFile: '/dev/null',
    UpdateHostKeys: 'no',
    HostKeyAlias: 'switch',
    CheckHostIP: 'no',
    ControlPath: 'none',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ServerAliveInterval: String(ALIVE_SECONDS),
    ServerAliveCountMax: '2',
    LogLevel: 'ERROR',
  };
  return [
    ...['-F', '/dev/null', '-T', '-e', 'none', '-l', settings.username, '-p', String(settings.port)],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...('command' in remote
      ? ['--', settings.address, remote.command]
      : ['-s', '--', settings.address, remote.subsystem]),
  ];
}

/** The descriptor of a file with these contents that has no name any more. */
function nameless(contents: string): number {
  const name = join(tmpdir(), `switch-${randomBytes(12).toString('hex')}`);
  const descriptor = openSync(name, 'wx+', 0o600);
  try {
    unlinkSync(name);
    writeSync(descriptor, contents);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

const path = (descriptor: number) => `/proc/${process.pid}/fd/${descriptor}`;

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
