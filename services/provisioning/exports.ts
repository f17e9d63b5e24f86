/**
 * Exports: the iSCSI targets that are open now, one a boot, each open only to the node it is for: by the initiator's
 * name, its address and its CHAP secret.
 */

import { randomBytes } from 'node:crypto';
import { IscsiServer } from '@bullion/iscsi';
import type { Logger } from '@bullion/service';
import type { OpenDisk, VolumeStore } from '@bullion/volumes';

/** How a node reaches its disk; kept encrypted with the boot. */
export type IscsiAccess = { target: string; initiator: string; user: string; secret: string };

const IQN = 'iqn.2026-11.org.bullion';

/** Fresh names and a secret for one boot. A CHAP secret has at least 96 bits (RFC 7143 section 9.2.1). */
export function newAccess(boot: string, node: string): IscsiAccess {
  return {
    target: `${IQN}:boot-${boot}`,
    initiator: `${IQN}:node-${node.toLowerCase()}-${boot.slice(-12)}`,
    user: `boot-${boot.slice(-12)}`,
    secret: randomBytes(16).toString('hex'),
  };
}

export class Exports {
  readonly #store: VolumeStore;
  readonly #server: IscsiServer;
  readonly #open = new Map<string, OpenDisk>();

  constructor(store: VolumeStore, log: Logger) {
    this.#store = store;
    this.#server = new IscsiServer();
    this.#server.on('login_refused', (refusal) => log.warn(refusal, 'iSCSI login refused'));
  }

  async listen(host: string, port: number): Promise<void> {
    await this.#server.listen({ host, port });
  }

  /** Opens the volume to the node at `address`. Does nothing where it is open already. */
  async add(access: IscsiAccess, volumeId: string, address: string): Promise<void> {
    if (this.#open.has(access.target)) return;
    const disk = await this.#store.open(volumeId);
    try {
      this.#server.addTarget({
        name: access.target,
        disk,
        initiators: [access.initiator],
        addresses: [address],
        chap: { user: access.user, secret: access.secret },
      });
    } catch (error) {
      await disk.close();
      throw error;
    }
    this.#open.set(access.target, disk);
  }

  /** Ends the node's sessions and closes the volume, flushed. Does nothing where it is closed already. */
  async remove(target: string): Promise<void> {
    const disk = this.#open.get(target);
    if (!disk) return;
    await this.#server.removeTarget(target);
    await disk.close();
    this.#open.delete(target);
  }

  /** The targets that are open now. */
  targets(): string[] {
    return [...this.#open.keys()];
  }

  async close(): Promise<void> {
    await this.#server.close();
    for (const disk of this.#open.values()) await disk.close();
    this.#open.clear();
  }
}
