/**
 * Exports: the iSCSI targets that are open now, one a boot, each open only to the node it is for: by the initiator's
 * name, its address and its CHAP secret.
 */

import { randomBytes } from 'node:crypto';
import { IscsiServer } from '@bullion/iscsi';
import type { Logger } from '@bullion/service';
import type { OpenDisk } from '@bullion/volumes';
import type { Layers } from './layers.ts';
import type { Login } from './san-stages.ts';
import { explained } from './storage-errors.ts';

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
  readonly #layers: Layers;
  readonly #server: IscsiServer;
  readonly #open = new Map<string, OpenDisk>();
  /** By target, the last of the calls that take their turns. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(layers: Layers, log: Logger, onLogin: (login: Login) => void) {
    this.#layers = layers;
    this.#server = new IscsiServer();
    this.#server.on('login', onLogin);
    this.#server.on('login_refused', (refusal) => log.warn(refusal, 'iSCSI login refused'));
  }

  async listen(host: string, port: number): Promise<void> {
    await explained('Serving disks to nodes', () => this.#server.listen({ host, port }));
  }

  /** Opens the volume to the node at `address`. Does nothing where it is open already. */
  async add(access: IscsiAccess, volumeId: string, address: string): Promise<void> {
    await this.#inTurn(access.target, async () => {
      if (this.#open.has(access.target)) return;
      const disk = await this.#layers.open(volumeId, 'Opening the volume');
      try {
        await explained('Opening the target', async () =>
          this.#server.addTarget({
            name: access.target,
            disk,
            initiators: [access.initiator],
            addresses: [address],
            chap: { user: access.user, secret: access.secret },
          }),
        );
      } catch (error) {
        await disk.close();
        throw error;
      }
      this.#open.set(access.target, disk);
    });
  }

  /**
   * Ends the node's sessions and closes the volume, flushed. Does nothing where it is closed already. Where the flush
   * fails it rejects, and the target is closed all the same.
   */
  async remove(target: string): Promise<void> {
    await this.#inTurn(target, async () => {
      const disk = this.#open.get(target);
      if (!disk) return;
      this.#open.delete(target);
      await explained('Closing the target', async () => {
        try {
          await this.#server.removeTarget(target);
        } finally {
          await disk.close();
        }
      });
    });
  }

  /** The disk behind an open target. */
  disk(target: string): OpenDisk | undefined {
    return this.#open.get(target);
  }

  /** The targets that are open now. */
  targets(): string[] {
    return [...this.#open.keys()];
  }

  async close(): Promise<void> {
    const ended = await Promise.allSettled([this.#server.close()]);
    const closed = await Promise.allSettled([...this.#open.values()].map((disk) => disk.close()));
    this.#open.clear();
    for (const result of [...ended, ...closed]) if (result.status === 'rejected') throw result.reason;
  }

  /** Two calls for one target never overlap: one that closes would meet one that opens half way. */
  async #inTurn(target: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(target) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => {});
    this.#turns.set(target, settled);
    try {
      await turn;
    } finally {
      if (this.#turns.get(target) === settled) this.#turns.delete(target);
    }
  }
}
