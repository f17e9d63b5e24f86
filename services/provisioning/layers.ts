/**
 * The disks behind images and volumes: layers of the volume store, named by the ids of rows.
 *
 * The rows are the truth. A row is written before its layer is made, at the latest in the transaction that makes it, and
 * deleted before its layer is. So a layer that no row names is rubbish: of a crash, or of something deleted while it was
 * still being read. It is collected at the start and by the sweeper.
 */
import { BullionError } from '@bullion/service';
import type {
  ImportOptions,
  OpenDisk,
  TransferOptions,
  Verdict,
  VolumeDriver,
  VolumeInfo,
} from '@bullion/volumes';
import type { ImageOrigin, ImageSink } from '@bullion/volumes/transfer';
import { abilityOf, type Disk, type Storage } from './storage/storage.ts';
import { explained } from './storage-errors.ts';

const isCode = (error: unknown, code: string) => error instanceof BullionError && error.code === code;

export class Layers {
  readonly #storage: Storage;
  readonly #store: VolumeDriver;
  /** Something that was deleted could not be removed yet. */
  #rubbish = false;
  /** Something that was deleted is stood on: in Ceph a volume by its own snapshots, which may stay for good. */
  #isHeldBack = false;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#store = storage.volumes;
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
  async importFile(id: string, path: string, tried: string, options: ImportOptions): Promise<void> {
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
      this.#rubbish ||= this.#isHeldBack;
    } catch (error) {
      if (isCode(error, 'storage_not_found')) return;
      this.#rubbish = true;
      if (!isCode(error, 'storage_in_use')) throw error;
    }
  }

  /** Brings back what `discard` has removed; does nothing where it is still there, since others stand on it. */
  async undelete(id: string, tried: string): Promise<void> {
    if (await this.find(id)) return;
    const undelete = abilityOf(this.#storage, 'undelete', tried);
    await explained(tried, () => undelete(id));
  }

  /** To what it was at a snapshot, or the image that it came from. Nobody has it open. */
  async rollback(id: string, to: string, tried: string): Promise<void> {
    await explained(tried, () => this.#store.rollback(id, to));
    this.#rubbish ||= this.#isHeldBack;
  }

  /** A sealed twin of a sealed layer, in constant time. Does nothing where a former run had come so far. */
  async copy(from: string, to: string, tried: string): Promise<void> {
    const there = await this.find(to);
    if (!there) await this.clone(from, to, tried);
    if ((there?.kind ?? 'volume') === 'volume') await explained(tried, () => this.#store.seal(to));
  }

  /** Makes an immutable layer of a clone. */
  async seal(id: string, tried: string): Promise<void> {
    await explained(tried, () => this.#store.seal(id));
  }

  /** Writes a sealed layer to a new raw file, sparse. */
  async exportRaw(id: string, path: string, tried: string, options: TransferOptions): Promise<void> {
    await explained(tried, () => this.#store.exportRaw(id, path, options));
  }

  /** Throws `storage_incapable` where `open` would. */
  requireReadable(tried: string): void {
    abilityOf(this.#storage, 'open', tried);
  }

  /** To read it. Throws `storage_incapable` where no data passes through this process. */
  async open(id: string, tried: string): Promise<Disk> {
    const open = abilityOf(this.#storage, 'open', tried);
    return await explained(tried, () => open(id));
  }

  /** Throws `storage_incapable` where `openToWrite` would. */
  requireWritable(tried: string): void {
    abilityOf(this.#storage, 'openToWrite', tried);
  }

  async openToWrite(id: string, tried: string): Promise<OpenDisk> {
    const open = abilityOf(this.#storage, 'openToWrite', tried);
    return await explained(tried, () => open(id));
  }

  /** For the transfers of libraries/volumes, which read and make images by themselves. */
  get images(): ImageSink & ImageOrigin {
    return this.#store;
  }

  /** Removes every layer that `named` does not have; layers are listed first, since rows are written before layers. */
  async collect(named: () => Promise<ReadonlySet<string>>): Promise<void> {
    for (;;) {
      this.#rubbish = false;
      const layers = await explained('Listing the layers', () => this.#store.list());
      const names = await named();
      const unnamed = layers.filter((layer) => !names.has(layer.name));
      const rubbish = unnamed.filter((layer) => layer.children.length === 0);
      for (const layer of rubbish) await this.discard(layer.name);
      // What is still read waits for another sweep; what is stood on, until something was removed.
      if (this.#rubbish) return;
      this.#isHeldBack = unnamed.length > rubbish.length;
      if (rubbish.length === 0) return;
    }
  }

  /** Whether `collect` has something to do. */
  get hasRubbish(): boolean {
    return this.#rubbish;
  }
}
