import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Portal } from '../driver.ts';
import { VolumeError } from '../errors.ts';
import { askTgt, type TgtRequest } from './tgt-control.ts';

export interface TgtdOptions {
  /** For the control socket; nobody else can enter it. One tgtd a folder. */
  readonly folder: string;
  /** For tests, whose cluster is in a network namespace of its own: how a program is started there. */
  readonly inside?: (program: string, args: readonly string[]) => [string, string[]];
}

const START_MS = 15_000;
const STOP_MS = 5000;
/** Among the sockets of one folder; ours has but one. */
const CONTROL = 0;
/** tgtd insists on a portal at its start: a port that the kernel chooses, closed as soon as there is another. */
const FIRST_PORTAL = 'portal=127.0.0.1:0';

/** One tgtd process, which ends with us. */
export class Tgtd {
  readonly #socketPath: string;
  readonly #child: ChildProcess;
  #said = '';
  #first: string | undefined;

  private constructor({ folder, inside = (program, args) => [program, [...args]] }: TgtdOptions) {
    const socket = join(folder, 'tgtd');
    this.#socketPath = `${socket}.${CONTROL}`;
    const [program, args] = inside('tgtd', ['-f', '-C', String(CONTROL), '--iscsi', FIRST_PORTAL]);
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TGT_IPC_SOCKET: socket },
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4096)));
    }
    this.#child.on('error', (error) => (this.#said += error.message));
  }

  /** Throws `folder-unusable` where tgtd does not come up, with what it said. */
  static async start(options: TgtdOptions): Promise<Tgtd> {
    await mkdir(options.folder, { recursive: true });
    await chmod(options.folder, 0o700);
    // A former tgtd that was killed has left its socket and its lock.
    for (const rest of ['', '.lock'])
      await rm(join(options.folder, `tgtd.${CONTROL}${rest}`), { force: true });
    const tgtd = new Tgtd(options);
    try {
      await tgtd.#ready();
      return tgtd;
    } catch (error) {
      tgtd.kill();
      throw new VolumeError(
        'folder-unusable',
        `tgtd did not start: ${tgtd.#lastWords || (error as Error).message}`,
        'It is in the packages tgt and tgt-rbd.',
        error,
      );
    }
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves, with what it said last, when the process has ended. */
  async ended(): Promise<string> {
    if (this.isAlive) await new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    return this.#lastWords || `it ended by ${this.#child.signalCode ?? this.#child.exitCode}`;
  }

  /** Rejects with `io-error`. */
  ask(request: TgtRequest): Promise<string> {
    return askTgt(this.#socketPath, request);
  }

  async listen({ host, port }: Portal): Promise<void> {
    const portal = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    try {
      await this.ask({ mode: 'portal', op: 'new', values: { portal } });
    } catch (error) {
      throw new VolumeError(
        'folder-unusable',
        `tgtd cannot serve at ${portal}: ${this.#lastWords}`,
        'The address must be one of this machine, and the port free.',
        error,
      );
    }
    if (this.#first === undefined) return;
    await this.ask({ mode: 'portal', op: 'delete', values: { portal: this.#first } });
    this.#first = undefined;
  }

  /** Its images are closed already. */
  async close(): Promise<void> {
    if (!this.isAlive) return;
    const ended = this.ended();
    await this.ask({ mode: 'system', op: 'delete' }).catch(() => {});
    const killer = setTimeout(() => this.kill(), STOP_MS);
    await ended;
    clearTimeout(killer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + START_MS;
    for (;;) {
      if (!this.isAlive) throw new Error(await this.ended());
      try {
        const portals = await this.ask({ mode: 'portal', op: 'show' });
        this.#first = /Portal: (\S+),\d+/.exec(portals)?.[1];
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }

  get #lastWords(): string {
    return this.#said.trim().split('\n').at(-1) ?? '';
  }
}
