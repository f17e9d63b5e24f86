import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportedTarget, Exporter } from '../driver.ts';
import { VolumeError } from '../errors.ts';
import { Serial } from '../store/serial.ts';
import type { CephOptions } from './rbd-command.ts';
import type { RbdStore } from './rbd-store.ts';
import { askTgt, type TgtRequest } from './tgt-control.ts';

export interface GatewayOptions {
  readonly store: RbdStore;
  readonly ceph: Pick<CephOptions, 'conf' | 'id'>;
  /** Where initiators come to. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** For the control socket; nobody else can enter it. */
  readonly folder: string;
  /** For tests, whose cluster is in a network namespace of its own: how a program is started there. */
  readonly inside?: (program: string, args: readonly string[]) => [string, string[]];
}

const START_MS = 15_000;
/** Sessions that are being closed still count for a moment. */
const REMOVE_MS = 15_000;
const STOP_MS = 5000;
/** LUN 0 is tgt's own controller. */
const UNIT = 1;
/** Among the sockets of one folder; ours has but one. */
const CONTROL = 0;

interface Open {
  readonly id: number;
  readonly user: string | undefined;
}

/**
 * RBD images over iSCSI by a tgtd of our own, which speaks to Ceph itself: no data passes through this process. It
 * ends with us, and initiators log in again when the next one has opened their targets.
 */
export class TgtGateway implements Exporter {
  readonly #options: GatewayOptions;
  readonly #socketPath: string;
  readonly #child: ChildProcess;
  readonly #open = new Map<string, Open>();
  readonly #serial = new Serial();
  #said = '';
  #lastId = 0;

  private constructor(options: GatewayOptions) {
    this.#options = options;
    const socket = join(options.folder, 'tgtd');
    this.#socketPath = `${socket}.${CONTROL}`;
    const portals = options.listen.map(
      ({ host, port }) => `portal=${host.includes(':') ? `[${host}]` : host}:${port}`,
    );
    const inside = options.inside ?? ((program, args) => [program, [...args]]);
    const [program, args] = inside('tgtd', ['-f', '-C', String(CONTROL), '--iscsi', portals.join(',')]);
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
  static async start(options: GatewayOptions): Promise<TgtGateway> {
    await mkdir(options.folder, { recursive: true });
    await chmod(options.folder, 0o700);
    const gateway = new TgtGateway(options);
    try {
      await gateway.#ready();
      return gateway;
    } catch (error) {
      gateway.#child.kill('SIGKILL');
      throw new VolumeError(
        'folder-unusable',
        `tgtd did not start: ${gateway.#said.trim().split('\n').at(-1) || (error as Error).message}`,
        'It is in the packages tgt and tgt-rbd, and its addresses must be free.',
        error,
      );
    }
  }

  async add(target: ExportedTarget): Promise<void> {
    await this.#serial.run(async () => {
      if (this.#open.has(target.name)) return;
      const { image, snapshot, diskId } = await this.#options.store.locate(target.volume);
      this.#lastId += 1;
      const id = this.#lastId;
      const open = { id, user: target.chap?.user };
      await this.#ask({ mode: 'target', op: 'new', target: id, values: { targetname: target.name } });
      try {
        const path = `${this.#options.store.pool}/${image}${snapshot === undefined ? '' : `@${snapshot}`}`;
        const values = { path, bstype: 'rbd', bsopts: this.#backing() };
        await this.#ask({ mode: 'unit', op: 'new', target: id, unit: UNIT, values });
        const change = {
          vendor_id: 'BULLION',
          scsi_sn: diskId,
          ...(snapshot === undefined ? {} : { readonly: '1' }),
        };
        await this.#ask({ mode: 'unit', op: 'update', target: id, unit: UNIT, change });
        await this.#protect(id, target.chap);
        // Nobody may log in before these, so they come last. tgt lets in who is in either of its lists, so it gets one:
        // an address is harder to pretend than a name.
        const { addresses, initiators } = target;
        const list = addresses.length > 0 ? addresses : initiators;
        const key = addresses.length > 0 ? 'initiator-address' : 'initiator-name';
        for (const each of list) await this.#bind(id, { [key]: each });
      } catch (error) {
        await this.#drop(open).catch(() => {});
        throw error;
      }
      this.#open.set(target.name, open);
    });
  }

  async remove(name: string): Promise<void> {
    await this.#serial.run(async () => {
      const open = this.#open.get(name);
      if (!open) return;
      await this.#drop(open);
      this.#open.delete(name);
    });
  }

  async targets(): Promise<string[]> {
    return [...this.#open.keys()];
  }

  /** Closes every image, flushed, and ends tgtd. */
  async close(): Promise<void> {
    for (const name of [...this.#open.keys()]) await this.remove(name).catch(() => {});
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    await this.#ask({ mode: 'system', op: 'delete' }).catch(() => {});
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(killer);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + START_MS;
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`);
      try {
        await this.#ask({ mode: 'target', op: 'show' });
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }

  async #protect(id: number, chap: ExportedTarget['chap']): Promise<void> {
    if (!chap) return;
    await this.#ask({ mode: 'account', op: 'new', values: { user: chap.user, password: chap.secret } });
    await this.#ask({ mode: 'account', op: 'bind', target: id, values: { user: chap.user } });
  }

  async #drop({ id, user }: Open): Promise<void> {
    const deadline = Date.now() + REMOVE_MS;
    for (;;) {
      try {
        await this.#ask({ mode: 'target', op: 'delete', target: id, force: true });
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(100);
      }
    }
    if (user !== undefined) await this.#ask({ mode: 'account', op: 'delete', values: { user } });
  }

  #bind(target: number, values: Record<string, string>): Promise<string> {
    return this.#ask({ mode: 'target', op: 'bind', target, values });
  }

  #ask(request: TgtRequest): Promise<string> {
    return askTgt(this.#socketPath, request);
  }

  #backing(): string {
    const { conf, id } = this.#options.ceph;
    return [conf === undefined ? [] : `conf=${conf}`, id === undefined ? [] : `id=${id}`].flat().join(';');
  }
}
