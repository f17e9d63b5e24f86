import { checkUnused, findAny, findVolume } from '../catalog/lookup.ts';
import { VolumeError } from '../errors.ts';
import { checkSize } from '../geometry.ts';
import type { StoreCore } from './core.ts';

/** How a volume comes, grows, becomes an image, and goes. */
export class Lifecycle {
  readonly #core: StoreCore;
  readonly #keepsDeleted: boolean;

  constructor(core: StoreCore, keepsDeleted: boolean) {
    this.#core = core;
    this.#keepsDeleted = keepsDeleted;
  }

  async create(name: string, sizeBytes: number): Promise<void> {
    checkSize(sizeBytes, `creating volume ${name}`);
    await this.#core.serial.run(async () => {
      this.#core.checkFree(name);
      await this.#core.addVolume(name, sizeBytes, null);
    });
  }

  async grow(volume: string, sizeBytes: number): Promise<void> {
    const { serial, catalog, disks } = this.#core;
    checkSize(sizeBytes, `growing ${volume}`);
    await serial.run(async () => {
      this.#core.checkOpen();
      const entry = findVolume(catalog, volume, 'grown');
      await disks.withLive(entry, (disk) =>
        disk.between(async (top) => {
          if (sizeBytes < top.sizeBytes) {
            throw new VolumeError(
              'size-invalid',
              `growing ${volume}: ${sizeBytes} bytes are fewer than the ${top.sizeBytes} it has`,
              'A volume can only become larger.',
            );
          }
          await top.extend(sizeBytes);
          this.#core.commit(() => catalog.setSize(entry.layerId, sizeBytes));
          top.resized(sizeBytes);
          return undefined;
        }),
      );
    });
  }

  /** Resolves with the layer that it sealed. */
  async seal(volume: string): Promise<string> {
    const { serial, catalog, disks } = this.#core;
    return serial.run(async () => {
      const entry = findVolume(catalog, volume, 'sealed');
      disks.checkNotOpen(volume, 'sealed');
      await disks.withLive(entry, (disk) =>
        disk.between(async (top) => {
          this.#core.commit(() => {
            catalog.sealLayer(entry.layerId);
            catalog.setKind(volume, 'image');
            catalog.setFlattening(volume, false);
          });
          top.seal();
          return undefined;
        }),
      );
      return entry.layerId;
    });
  }

  async delete(name: string, forever: boolean): Promise<void> {
    const { serial, catalog, disks } = this.#core;
    await serial.run(async () => {
      this.#core.checkOpen();
      const entry = findAny(catalog, name);
      disks.checkNotOpen(name, 'deleted');
      checkUnused(catalog, entry);
      // What a deleted one stands on stays as long as that can come back.
      const keep = (this.#keepsDeleted && !forever) || catalog.isStoodOn(entry.layerId);
      this.#core.commit(() => {
        catalog.removeEntry(name);
        if (keep) catalog.addDeleted({ ...entry, deletedAt: new Date().toISOString() });
        else catalog.removeLayer(entry.layerId);
      });
      if (!keep) await this.#core.removeFiles(entry.layerId, name);
    });
  }
}
