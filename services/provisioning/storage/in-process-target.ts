/** Volumes of a folder, served by the iSCSI server in this process. */
import { IscsiServer, type TargetStats } from '@bullion/iscsi';
import type { Logger } from '@bullion/service';
import type { ExportedTarget, Exporter, OpenDisk, Portal, VolumeStore } from '@bullion/volumes';
import type { Reservations } from './reservations.ts';
import type { Login } from './storage.ts';

export class InProcessTarget implements Exporter {
  readonly #store: VolumeStore;
  readonly #reservations: Reservations;
  readonly #server = new IscsiServer();
  readonly #open = new Map<string, OpenDisk>();

  constructor(store: VolumeStore, reservations: Reservations, log: Logger, onLogin: (login: Login) => void) {
    this.#store = store;
    this.#reservations = reservations;
    this.#server.on('login', onLogin);
    this.#server.on('login_refused', (refusal) => log.warn(refusal, 'iSCSI login refused'));
  }

  async listen({ host, port }: Portal): Promise<void> {
    await this.#server.listen({ host, port });
  }

  async add({ name, volume, initiators, addresses, chap }: ExportedTarget): Promise<void> {
    if (this.#open.has(name)) return;
    const disk = await this.#store.open(volume);
    try {
      const reservations = await this.#reservations.open(name);
      this.#server.addTarget({ name, disk, initiators, addresses, chap, reservations });
    } catch (error) {
      await disk.close();
      throw error;
    }
    this.#open.set(name, disk);
  }

  /** Where the flush fails it rejects, and the target is closed all the same. */
  async remove(name: string): Promise<void> {
    const disk = this.#open.get(name);
    if (!disk) return await this.#reservations.forget(name); // of a service that was killed
    this.#open.delete(name);
    try {
      await this.#server.removeTarget(name);
    } finally {
      await disk.close();
    }
    await this.#reservations.forget(name);
  }

  /** Since the target was added; undefined where it is not open. */
  traffic(name: string): TargetStats | undefined {
    return this.#open.has(name) ? this.#server.stats(name) : undefined;
  }

  diskOf(name: string): OpenDisk | undefined {
    return this.#open.get(name);
  }

  targets(): string[] {
    return [...this.#open.keys()];
  }

  async close(): Promise<void> {
    const ended = await Promise.allSettled([this.#server.close()]);
    const closed = await Promise.allSettled([...this.#open.values()].map((disk) => disk.close()));
    this.#open.clear();
    for (const result of [...ended, ...closed]) if (result.status === 'rejected') throw result.reason;
  }
}
