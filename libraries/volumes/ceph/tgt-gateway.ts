import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportedTarget, Exporter, Portal } from '../driver.ts';
import { Serial } from '../store/serial.ts';
import type { CephOptions } from './rbd-command.ts';
import type { RbdStore } from './rbd-store.ts';
import { Tgtd, type TgtdOptions } from './tgtd.ts';

export interface GatewayOptions extends TgtdOptions {
  readonly store: RbdStore;
  readonly ceph: Pick<CephOptions, 'conf' | 'id'>;
  /** Volumes are served by other gateways as well, so none may keep writes to itself. Default: false. */
  readonly shared?: boolean;
  /** Told of what the gateway heals by itself. */
  readonly onTrouble?: (what: string) => void;
}

/** Sessions that are being closed still count for a moment. */
const REMOVE_MS = 15_000;
const RESTART_MS = 2000;
/** LUN 0 is tgt's own controller, and cannot be a disk. */
const UNIT = 1;
const LAST_ID = 0x7fffffff;

interface Open {
  readonly id: number;
  readonly target: ExportedTarget;
}

/**
 * RBD images over iSCSI by a tgtd of our own, which speaks to Ceph itself: no data passes through this process. It
 * ends with us. Where it ends before us another one is started with the same targets, and initiators log in again.
 */
export class TgtGateway implements Exporter {
  readonly #options: GatewayOptions;
  readonly #open = new Map<string, Open>();
  readonly #portals: Portal[] = [];
  readonly #serial = new Serial();
  readonly #closing = new AbortController();
  #tgtd: Tgtd;

  private constructor(options: GatewayOptions, tgtd: Tgtd) {
    this.#options = options;
    this.#tgtd = tgtd;
    void this.#watch();
  }

  /** Throws `folder-unusable` where tgtd does not come up, with what it said. Nobody can log in before `listen`. */
  static async start(options: GatewayOptions): Promise<TgtGateway> {
    return new TgtGateway(options, await Tgtd.start(options));
  }

  /** Of the tgtd that serves now. */
  get pid(): number {
    return this.#tgtd.pid;
  }

  async listen(portal: Portal): Promise<void> {
    await this.#serial.run(async () => {
      await this.#tgtd.listen(portal);
      this.#portals.push(portal);
    });
  }

  async add(target: ExportedTarget): Promise<void> {
    await this.#serial.run(async () => {
      if (this.#open.has(target.name)) return;
      this.#open.set(target.name, await this.#bringUp(target));
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

  targets(): string[] {
    return [...this.#open.keys()];
  }

  /** Closes every image, flushed, and ends tgtd. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const name of this.targets()) await this.remove(name).catch(() => {});
    await this.#serial.run(() => this.#tgtd.close());
  }

  async #bringUp(target: ExportedTarget): Promise<Open> {
    const { store, shared } = this.#options;
    const { image, snapshot, diskId } = await store.locate(target.volume);
    if (shared) await store.disableCache(target.volume);
    const open = { id: this.#idFor(diskId), target };
    const unit = { mode: 'unit', target: open.id, unit: UNIT } as const;
    const tgtd = this.#tgtd;
    await tgtd.ask({ mode: 'target', op: 'new', target: open.id, values: { targetname: target.name } });
    try {
      const path = `${store.pool}/${image}${snapshot === undefined ? '' : `@${snapshot}`}`;
      await tgtd.ask({ ...unit, op: 'new', values: { path, bstype: 'rbd', bsopts: this.#backing() } });
      // By the serial number tgt makes the NAA identifier of VPD page 83, by which initiators know one disk on several
      // paths: the same through every gateway.
      const identity = { vendor_id: 'BULLION', scsi_sn: diskId, scsi_id: `bullion-${diskId}` };
      await tgtd.ask({
        ...unit,
        op: 'update',
        change: { ...identity, ...(snapshot === undefined ? {} : { readonly: '1' }) },
      });
      await this.#protect(open);
    } catch (error) {
      await this.#drop(open).catch(() => {});
      throw error;
    }
    return open;
  }

  async #protect({ id, target }: Open): Promise<void> {
    const tgtd = this.#tgtd;
    const { addresses, chap, initiators } = target;
    if (chap) {
      await tgtd.ask({ mode: 'account', op: 'new', values: { user: chap.user, password: chap.secret } });
      await tgtd.ask({ mode: 'account', op: 'bind', target: id, values: { user: chap.user } });
    }
    // Nobody may log in before these, so they come last. tgt lets in who is in either of its lists, so it gets one: an
    // address is harder to pretend than a name.
    const [key, list] =
      addresses.length > 0 ? ['initiator-address', addresses] : ['initiator-name', initiators];
    for (const each of list)
      await tgtd.ask({ mode: 'target', op: 'bind', target: id, values: { [key]: each } });
  }

  async #drop({ id, target }: Open): Promise<void> {
    const deadline = Date.now() + REMOVE_MS;
    while (this.#tgtd.isAlive) {
      try {
        await this.#tgtd.ask({ mode: 'target', op: 'delete', target: id, force: true });
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(100);
      }
    }
    const user = target.chap?.user;
    if (user === undefined || !this.#tgtd.isAlive) return;
    await this.#tgtd.ask({ mode: 'account', op: 'delete', values: { user } });
  }

  /** tgt makes an identifier of the disk from this number, too, so it is the same on every gateway. */
  #idFor(diskId: string): number {
    const taken = new Set([...this.#open.values()].map(({ id }) => id));
    let id = Number(BigInt(`0x${diskId}`) % BigInt(LAST_ID)) + 1;
    while (taken.has(id)) id = (id % LAST_ID) + 1;
    return id;
  }

  /** Where tgtd ends by itself: another one, the targets first and the portals last, so that nobody finds one missing. */
  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const said = await this.#tgtd.ended();
      if (signal.aborted) return;
      this.#options.onTrouble?.(`tgtd has ended: ${said}; another one is started`);
      while (!signal.aborted) {
        try {
          await this.#serial.run(() => this.#restart());
          break;
        } catch (error) {
          this.#options.onTrouble?.((error as Error).message);
          await sleep(RESTART_MS, undefined, { signal, ref: false }).catch(() => {});
        }
      }
    }
  }

  async #restart(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    if (!this.#tgtd.isAlive) this.#tgtd = await Tgtd.start(this.#options);
    const targets = [...this.#open.values()].map(({ target }) => target);
    this.#open.clear();
    for (const target of targets) {
      try {
        this.#open.set(target.name, await this.#bringUp(target));
      } catch (error) {
        // Its own node is without a disk; whoever added it finds it missing and adds it again.
        this.#options.onTrouble?.(`${target.name} is not served: ${(error as Error).message}`);
      }
    }
    try {
      for (const portal of this.#portals) await this.#tgtd.listen(portal);
    } catch (error) {
      this.#tgtd.kill(); // The next attempt begins anew.
      await this.#tgtd.ended();
      throw error;
    }
  }

  #backing(): string {
    const { conf, id } = this.#options.ceph;
    return [conf === undefined ? [] : `conf=${conf}`, id === undefined ? [] : `id=${id}`].flat().join(';');
  }
}
