import { randomBytes } from 'node:crypto';
import type { LayerRow } from '../catalog/catalog.ts';
import type { Chain } from '../disk/chain.ts';
import type { FileLayer } from '../system/file-layer.ts';
import { Layer, type Shared } from './layer.ts';

/** The layers that are open, each once, however many volumes stand on it. */
export class LayerTable {
  readonly #files: FileLayer;
  readonly #folder: string;
  readonly #shared: Shared;
  readonly #open = new Map<string, { layer: Promise<Layer>; users: number }>();

  constructor(files: FileLayer, folder: string, shared: Shared) {
    this.#files = files;
    this.#folder = folder;
    this.#shared = shared;
  }

  static newId(): string {
    return randomBytes(8).toString('hex');
  }

  /** Opens a chain; every layer of it must be given back by `release`. */
  async acquire(rows: readonly LayerRow[]): Promise<Chain> {
    const layers = await Promise.allSettled(rows.map((row) => this.#acquire(row)));
    const opened = layers.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    const failed = layers.find((result) => result.status === 'rejected');
    if (!failed) return opened;
    await Promise.allSettled(opened.map((layer) => this.release([layer])));
    throw failed.reason;
  }

  /**
   * Makes a new, empty layer for `work`, which puts it into the catalog. When `work` fails the layer is removed. It
   * stays open only when `work` says `keep`.
   */
  async withNew(sizeBytes: number, work: (layer: Layer) => Promise<'keep' | undefined>): Promise<void> {
    const id = LayerTable.newId();
    const create = () => Layer.create(this.#files, this.#folder, { id, sizeBytes }, this.#shared);
    const layer = await create().catch(async (error) => {
      if (error.code === 'no-space' && (await this.#shared.makeRoom())) return create();
      throw error;
    });
    this.#open.set(id, { layer: Promise.resolve(layer), users: 1 });
    try {
      if ((await work(layer)) === 'keep') return;
    } catch (error) {
      // What cannot be removed now is removed at the next opening of the folder; the first error is the one to tell.
      await this.release([layer]).catch(() => {});
      await this.remove(id).catch(() => {});
      throw error;
    }
    await this.release([layer]);
  }

  async release(layers: Chain): Promise<void> {
    const last: Layer[] = [];
    for (const layer of layers) {
      const slot = this.#open.get(layer.id)!;
      slot.users -= 1;
      if (slot.users > 0) continue;
      this.#open.delete(layer.id);
      last.push(layer);
    }
    await Promise.all(last.map((layer) => layer.close()));
  }

  /** Removes the files of a layer that is not open and that the catalog no longer names. */
  async remove(id: string): Promise<void> {
    this.#shared.residency.forget(id);
    this.#shared.blocks.forget(id);
    this.#shared.journal.forget(id);
    await Layer.remove(this.#files, this.#folder, id);
  }

  /** Makes checkpoints of those of these layers that are open; a failure is told to the next flush. */
  async checkpoint(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const layer = await this.#open.get(id)?.layer.catch(() => undefined);
      if (layer && !layer.sealed) await layer.checkpoint().catch(() => {});
    }
  }

  /** Computes the checksums of a new layer that is sealed and not yet in the catalog. */
  sumNew(layer: Layer, signal?: AbortSignal): Promise<void> {
    return layer.sum(this.#files, this.#folder, async () => signal?.throwIfAborted());
  }

  /** Computes the checksums of a sealed layer; see `Layer.sum`. */
  async sum(row: LayerRow, pace: (bytes: number) => Promise<void>): Promise<void> {
    const chain = await this.acquire([row]);
    try {
      await chain[0]!.sum(this.#files, this.#folder, pace);
    } finally {
      await this.release(chain);
    }
  }

  async #acquire(row: LayerRow): Promise<Layer> {
    let slot = this.#open.get(row.id);
    if (!slot) {
      slot = { layer: Layer.open(this.#files, this.#folder, row, this.#shared), users: 0 };
      this.#open.set(row.id, slot);
    }
    slot.users += 1;
    try {
      return await slot.layer;
    } catch (error) {
      if (this.#open.get(row.id) === slot) this.#open.delete(row.id);
      throw error;
    }
  }
}
