/**
 * The disks behind images and volumes: layers of the volume store, named by the ids of rows.
 *
 * The rows are the truth. A row is written before its layer is made, at the latest in the transaction that makes it, and
 * deleted before its layer is. So a layer that no row names is rubbish: of a crash, or of something deleted while it was
 * still being read. It is collected at the start and by the sweeper.
 */
import { BullionError } from '@bullion/service';
import type { TransferOptions, Verdict, VolumeDriver, VolumeInfo } from '@bullion/volumes';
import { explained } from './storage-errors.ts';

const isCode = (error: unknown, code: string) => error instanceof BullionError && error.code === code;

export class Layers {
  readonly #store: VolumeDriver;
  /** Something that was deleted could not be removed yet. */
  #rubbish = false;
  /** Something that was deleted stays until what needs it is removed: in Ceph a volume holds its snapshots. */
  #isHeldBack = false;

  constructor(store: VolumeDriver) {
    this.#store = store;
  }

  /** Undefined where the layer is not made yet. */
  async find(id: string): Promise<VolumeInfo | undefined> {
    try {
      return await explained('Looking at a layer', () => this.#store.get(id));
    } catch (error) {
      if (isCode(error, 'storage_not_found')) return undefined;
      throw error;
    }
  }

  /** Makes a clone in constant time. Does nothing where it is there already. */
  async clone(from: string, to: string, tried: string): Promise<void> {
    if (await this.find(to)) return;
    try {
      await explained(tried, () => this.#store.clone(from, to));
    } catch (error) {
      // Somebody else, who needs the same clone, was first.
      if (!isCode(error, 'storage_name_taken') || !(await this.find(to))) throw error;
    }
  }

  async snapshot(volume: string, to: string, tried: string): Promise<void> {
    await explained(tried, () => this.#store.snapshot(volume, to));
  }

  /** Reads a raw disk into a sealed layer. Does nothing where a former run had come so far. */
  async importFile(
    id: string,
    path: string,
    tried: string,
    options: TransferOptions & { expectedBytes: number },
  ): Promise<void> {
    if (await this.find(id)) return;
    await explained(tried, () => this.#store.createImageFromFile(id, path, options));
  }

  async verify(id: string, tried: string, options: TransferOptions): Promise<Verdict> {
    return await explained(tried, () => this.#store.verify(id, options));
  }

  /** Removes the layer of a row that is gone: now, or once nobody reads it any more. */
  async discard(id: string): Promise<void> {
    try {
      await explained('Removing a layer', () => this.#store.delete(id));
      if (this.#isHeldBack) this.#rubbish = true;
    } catch (error) {
      if (isCode(error, 'storage_not_found')) return;
      this.#rubbish = true;
      if (!isCode(error, 'storage_in_use')) throw error;
    }
  }

  /** Removes every layer that `named` does not have; layers are listed first, since rows are written before layers. */
  async collect(named: () => Promise<ReadonlySet<string>>): Promise<void> {
    this.#rubbish = false;
    for (;;) {
      const layers = await explained('Listing the layers', () => this.#store.list());
      const names = await named();
      const unnamed = layers.filter((layer) => !names.has(layer.name));
      const rubbish = unnamed.filter((layer) => layer.children.length === 0);
      this.#isHeldBack = unnamed.length > rubbish.length;
      if (rubbish.length === 0) return;
      this.#isHeldBack = false; // All are looked at once more.
      for (const layer of rubbish) await this.discard(layer.name);
      if (this.#rubbish) return; // Still read; the next sweep tries again.
    }
  }

  /** Whether `collect` has something to do. */
  get hasRubbish(): boolean {
    return this.#rubbish;
  }
}
