import { findSealed, findVolume } from '../catalog/lookup.ts';
import { VolumeError } from '../errors.ts';
import { checkSize } from '../geometry.ts';
import { newEntry, rowOf, type StoreCore } from './core.ts';

/** Who stands on whom: what a store does in constant time by putting a fresh layer over another. */
export class Lineage {
  readonly #core: StoreCore;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  async clone(source: string, name: string, size: number | undefined): Promise<void> {
    const { serial, catalog } = this.#core;
    await serial.run(async () => {
      this.#core.checkFree(name);
      const parent = catalog.layer(findSealed(catalog, source, 'cloned').layerId);
      const sizeBytes = size ?? parent.sizeBytes;
      checkSize(sizeBytes, `cloning ${source}`);
      if (sizeBytes < parent.sizeBytes) {
        throw new VolumeError(
          'size-invalid',
          `cloning ${source}: ${sizeBytes} bytes are fewer than the ${parent.sizeBytes} of its content`,
          'A clone can only be larger than its source.',
        );
      }
      await this.#core.addVolume(name, sizeBytes, parent.id);
    });
  }

  /** Resolves with the layer that it sealed. */
  async snapshot(volume: string, name: string): Promise<string> {
    const { serial, catalog, disks, table } = this.#core;
    // What can be written beforehand is not waited for between two writes.
    await disks.live(volume)?.checkpoint();
    let sealed = '';
    await serial.run(async () => {
      this.#core.checkFree(name);
      const entry = findVolume(catalog, volume, 'snapshotted');
      await disks.withLive(entry, (disk) =>
        table.withNew(disk.sizeBytes, async (fresh) => {
          await disk.between(async (top) => {
            this.#core.commit(() => {
              catalog.addLayer(rowOf(fresh, top.id));
              catalog.sealLayer(top.id);
              catalog.setEntryLayer(volume, fresh.id);
              catalog.addEntry(newEntry(name, 'snapshot', top.id));
            });
            top.seal();
            sealed = top.id;
            return [fresh, ...disk.chain];
          });
          return 'keep';
        }),
      );
    });
    return sealed;
  }

  async rollback(volume: string, to: string): Promise<void> {
    const { serial, catalog, disks, table } = this.#core;
    await serial.run(async () => {
      this.#core.checkOpen();
      const { layerId } = findVolume(catalog, volume, 'rolled back');
      const target = catalog.layer(findSealed(catalog, to, 'rolled back to').layerId);
      disks.checkNotOpen(volume, 'rolled back');
      if (!catalog.chainOf(layerId).some((layer) => layer.id === target.id)) {
        throw new VolumeError(
          'not-below',
          `${volume} cannot be rolled back to ${to}: it does not stand on it`,
          `Clone ${to} instead.`,
        );
      }
      await table.withNew(target.sizeBytes, async (fresh) => {
        this.#core.commit(() => {
          catalog.addLayer(rowOf(fresh, target.id));
          catalog.setEntryLayer(volume, fresh.id);
          catalog.removeLayer(layerId);
        });
        return undefined;
      });
      await this.#core.removeFiles(layerId, volume);
    });
  }
}
