import { statfs } from 'node:fs/promises';
import type { DeletedEntry } from '../catalog/catalog.ts';
import { VolumeError } from '../errors.ts';
import type { Kind } from '../info.ts';
import { checkName } from '../names.ts';
import type { StoreCore } from './core.ts';

/** Something that was deleted and can still come back. */
export interface DeletedInfo {
  readonly name: string;
  readonly kind: Kind;
  readonly id: string;
  readonly deletedAt: Date;
  /** When it goes for good, if nobody needs the space before. */
  readonly keptUntil: Date;
}

/** Free space below which what was deleted goes early: a twentieth of the file system, but no more than 1 GiB. */
const RESERVE_SHARE = 0.05;
const RESERVE_BYTES = 1024 ** 3;

/** What was deleted, kept for a time. */
export class Trash {
  readonly #core: StoreCore;
  readonly #keepMs: number;

  constructor(core: StoreCore, keepMs: number) {
    this.#core = core;
    this.#keepMs = keepMs;
  }

  list(): DeletedInfo[] {
    return this.#core.catalog.deleted().map(({ name, kind, diskId, deletedAt }) => ({
      name,
      kind,
      id: diskId,
      deletedAt: new Date(deletedAt),
      keptUntil: new Date(Date.parse(deletedAt) + this.#keepMs),
    }));
  }

  /** Brings back the newest of that name. */
  async restore(name: string): Promise<void> {
    const { catalog, serial } = this.#core;
    await serial.run(async () => {
      checkName(name);
      const found = catalog.deleted().findLast((one) => one.name === name);
      if (!found) {
        throw new VolumeError(
          'not-found',
          `nothing named ${name} was deleted lately`,
          'Look at the list of deleted ones.',
        );
      }
      this.#core.checkFree(name);
      const { parentId } = catalog.layer(found.layerId);
      if (parentId !== null && !catalog.entryOfLayer(parentId)) {
        const parent = catalog.deleted().find((one) => one.layerId === parentId)?.name;
        throw new VolumeError(
          'not-found',
          `${name} stands on ${parent}, which is deleted too`,
          `Undelete ${parent} first.`,
        );
      }
      this.#core.commit(() => {
        catalog.removeDeleted(found.diskId);
        catalog.addEntry(found);
      });
    });
  }

  /** Removes for good what was kept long enough, and more, the oldest first, while space is short. */
  async collect(): Promise<void> {
    while (await this.#collectOne(Date.now() - this.#keepMs)) {}
    while (this.#core.catalog.deleted().length > 0 && (await this.#isShort()) && (await this.makeRoom())) {}
  }

  /** Removes the oldest that nothing stands on; false when there is none. */
  makeRoom(): Promise<boolean> {
    return this.#collectOne(Number.POSITIVE_INFINITY);
  }

  /**
   * Not in `serial`, whose work may itself be waiting for room: the transaction is synchronous, and from then on
   * nobody can ask for the layer.
   */
  async #collectOne(deletedBefore: number): Promise<boolean> {
    const { catalog } = this.#core;
    if (this.#core.isClosing) return false;
    const goes = (one: DeletedEntry) =>
      Date.parse(one.deletedAt) <= deletedBefore && !catalog.isStoodOn(one.layerId);
    const oldest = catalog.deleted().find(goes);
    if (!oldest) return false;
    this.#core.commit(() => {
      catalog.removeDeleted(oldest.diskId);
      catalog.removeLayer(oldest.layerId);
    });
    await this.#core.removeFiles(oldest.layerId, oldest.name);
    return true;
  }

  async #isShort(): Promise<boolean> {
    const { bavail, blocks, bsize } = await statfs(this.#core.folder);
    return bavail * bsize < Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
  }
}
