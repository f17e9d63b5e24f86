/**
 * Exports: the iSCSI targets that are open now, one a boot, each open only to the node it is for: by the initiator's
 * name, its address and its CHAP secret.
 */

import { randomBytes } from 'node:crypto';
import type { TargetStats } from '@bullion/iscsi';
import type { Storage } from './storage/storage.ts';
import { explained } from './storage-errors.ts';

/** How a node reaches its disk; kept encrypted with the boot. */
export type IscsiAccess = { target: string; initiator: string; user: string; secret: string };

const IQN = 'iqn.2026-11.org.bullion';

/** The target of a boot. */
export const targetOf = (boot: string) => `${IQN}:boot-${boot}`;

/** The boot that a target is of. */
export const bootOf = (target: string) => target.slice(targetOf('').length);

/** Fresh names and a secret for one boot. A CHAP secret has at least 96 bits (RFC 7143 section 9.2.1). */
export function newAccess(boot: string, node: string): IscsiAccess {
  return {
    target: targetOf(boot),
    initiator: `${IQN}:node-${node.toLowerCase()}-${boot.slice(-12)}`,
    user: `boot-${boot.slice(-12)}`,
    secret: randomBytes(16).toString('hex'),
  };
}

export class Exports {
  /** Told of a target's figures before they are gone. Never rejects. */
  onClosing: (stats: TargetStats) => Promise<void> = async () => {};
  readonly #storage: Storage;
  /** By target, the last of the calls that take their turns. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async listen(host: string, port: number): Promise<void> {
    await explained('Serving disks to nodes', () => this.#storage.exporter.listen({ host, port }));
  }

  /** Opens the volume to the node at `address`. Does nothing where it is open already. */
  async add(access: IscsiAccess, volumeId: string, address: string): Promise<void> {
    await this.#inTurn(access.target, () =>
      explained('Opening the target', () =>
        this.#storage.exporter.add({
          name: access.target,
          volume: volumeId,
          initiators: [access.initiator],
          addresses: [address],
          chap: { user: access.user, secret: access.secret },
        }),
      ),
    );
  }

  /** Ends the node's sessions and closes the volume, flushed. Does nothing where it is closed already. */
  async remove(target: string): Promise<void> {
    await this.#inTurn(target, async () => {
      const stats = this.#storage.traffic?.(target);
      if (stats) await this.onClosing(stats);
      await explained('Closing the target', () => this.#storage.exporter.remove(target));
    });
  }

  /** What a target has sent to its node since it was opened, in bytes; 0 where it is closed, or nobody counts. */
  bytesRead(target: string): number {
    return this.#storage.traffic?.(target)?.readBytes ?? 0;
  }

  /** What has gone through the targets that are open, since each was opened; nothing where nobody counts. */
  stats(): TargetStats[] {
    return this.targets().flatMap((target) => this.#storage.traffic?.(target) ?? []);
  }

  /** The targets that are open now. */
  targets(): string[] {
    return this.#storage.exporter.targets();
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
