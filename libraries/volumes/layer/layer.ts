import type { BlockCache } from '../cache/block-cache.ts';
import type { Patience } from '../cache/patience.ts';
import type { Residency } from '../cache/residency.ts';
import { fromSystem, VolumeError } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { Journal } from '../journal/journal.ts';
import { BlockMap } from '../map/block-map.ts';
import { type BlockState, DATA, ZERO } from '../map/map-page.ts';
import type { PageCache } from '../map/page-cache.ts';
import type { FileLayer, StoredFile } from '../system/file-layer.ts';
import { Checksums, writeChecksums } from './checksums.ts';
import { DataFile } from './data-file.ts';
import { createFiles, type LayerFiles, openFiles, removeFiles, sumsPath } from './layer-files.ts';
import { type ReadTally, SealedReads } from './sealed-reads.ts';
import { Writeback } from './writeback.ts';

export interface LayerIdentity {
  /** 16 hexadecimal digits; also the name of its files. */
  readonly id: string;
  readonly sizeBytes: number;
}

/** What the layers of a folder share. */
export interface Shared {
  readonly pages: PageCache;
  readonly residency: Residency;
  readonly blocks: BlockCache;
  readonly patience: Patience;
  readonly journal: Journal;
  /** Tries to make room on a full disk; true when it made some. */
  readonly makeRoom: () => Promise<boolean>;
}

/** Changed map pages beyond which a checkpoint begins by itself, so that memory stays bounded: 4 MiB. */
const DIRTY_PAGES_LIMIT = 1024;

/**
 * One layer: a sparse data file, in which block i lies at i * 4096, and the map that says which blocks are there.
 * While it is live it is written, and made durable by its `Writeback`; once sealed it only serves `SealedReads`.
 */
export class Layer {
  readonly id: string;
  readonly map: BlockMap;
  readonly #data: DataFile;
  readonly #mapFile: StoredFile;
  readonly #shared: Shared;
  readonly #writeback: Writeback;
  readonly #sealedReads: SealedReads;
  #sizeBytes: number;
  #sealed: boolean;

  private constructor(
    { id, sizeBytes }: LayerIdentity,
    sealed: boolean,
    files: LayerFiles,
    shared: Shared,
    isNew: boolean,
  ) {
    this.id = id;
    this.#sizeBytes = sizeBytes;
    this.#sealed = sealed;
    this.#data = new DataFile(id, files.data, shared);
    this.#mapFile = files.map;
    this.#shared = shared;
    this.map = new BlockMap(id, files.map, files.mapBytes, shared.pages);
    const own = { data: files.data, map: this.map, mapFile: files.map };
    this.#writeback = new Writeback(id, own, shared.journal, !sealed && !isNew);
    this.#sealedReads = new SealedReads(this.#data, shared.blocks, id);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** Of a sealed layer, once they were computed and as long as their file is there. */
  get checksums(): Checksums | undefined {
    return this.#sealedReads.checksums;
  }

  /** An empty layer, durable when resolved. O(1), whatever the size. */
  static async create(
    files: FileLayer,
    folder: string,
    identity: LayerIdentity,
    shared: Shared,
  ): Promise<Layer> {
    return new Layer(identity, false, await createFiles(files, folder, identity), shared, true);
  }

  /** `summed`: its checksums were computed. A live layer first gets what a crash left in the journal. */
  static async open(
    files: FileLayer,
    folder: string,
    identity: LayerIdentity & { readonly sealed: boolean; readonly summed: boolean },
    shared: Shared,
  ): Promise<Layer> {
    const { id, sealed, summed } = identity;
    const layer = new Layer(
      identity,
      sealed,
      await openFiles(files, folder, identity, !sealed),
      shared,
      false,
    );
    try {
      // Without the file the layer is as good as before it had one; `check` tells, and makes it anew.
      const sums = summed ? await files.open(sumsPath(folder, id), false).catch(() => undefined) : undefined;
      if (sums) layer.#sealedReads.checksums = new Checksums(id, sums);
      if (!sealed && shared.journal.isOutstanding(id)) await layer.#replay();
      return layer;
    } catch (error) {
      await layer.close().catch(() => {});
      throw fromSystem(error, `opening layer ${id}`);
    }
  }

  static remove(files: FileLayer, folder: string, id: string): Promise<void> {
    return removeFiles(files, folder, id);
  }

  /** Reads bytes that the map says are in this layer. */
  async read(position: number, into: Uint8Array, tally?: ReadTally): Promise<void> {
    if (this.#sealed) return this.#sealedReads.read(position, into, tally);
    await this.#data.read(position, into);
    this.#data.noteResident(position, into.length);
  }

  /** The same at once, for bytes that are in memory by all we know; false when `read` must be used. */
  readNow(position: number, into: Uint8Array, tally?: ReadTally): boolean {
    return this.#sealed
      ? this.#sealedReads.readNow(position, into, tally)
      : this.#data.readNow(position, into);
  }

  /** Past the cache and the checksums. */
  readRaw(position: number, into: Uint8Array): Promise<void> {
    return this.#data.read(position, into);
  }

  /** Writes bytes; the blocks count as this layer's only after `mark`. */
  async write(position: number, data: Uint8Array): Promise<void> {
    this.#checkWritable();
    await this.#withRoom(() => {
      this.#writeback.writing();
      return this.#data.write(position, data);
    });
    this.#writeback.wrote(position, data);
  }

  /** Writes whole blocks and marks them, at once; false when `write` and `mark` must do it, from the start. */
  writeNow(position: number, data: Uint8Array): boolean {
    this.#checkWritable();
    const first = position / BLOCK_BYTES;
    const count = data.length / BLOCK_BYTES;
    if (!this.map.isLoaded(first) || !this.map.isLoaded(first + count - 1)) return false;
    this.#writeback.writing();
    if (!this.#data.writeNow(position, data)) return false;
    this.#writeback.wrote(position, data);
    if (this.map.setNow(first, count, DATA) < count) return false;
    this.#boundDirtyPages();
    return true;
  }

  /** Blocks below which giving back space is not worth it; undefined where it cannot be done. */
  get minHoleBlocks(): number | undefined {
    return this.#data.minHoleBlocks;
  }

  /**
   * Gives back the space of blocks whose state is zero. The caller keeps writers away from them and has flushed since
   * they became zero: otherwise an old entry on the disk would find its data gone before the discard is durable.
   */
  punch(firstBlock: number, count: number): Promise<void> {
    return this.#data.punch(firstBlock, count);
  }

  /** Sets the state of blocks, in memory; `flush` makes it durable. */
  async mark(firstBlock: number, count: number, state: BlockState): Promise<void> {
    this.#checkWritable();
    await this.map.set(firstBlock, count, state);
    if (state === ZERO) this.#writeback.zeroed(firstBlock, count);
    this.#boundDirtyPages();
  }

  /** Durable when resolved: every write and mark that had resolved before the call. */
  flush(): Promise<void> {
    return this.#withRoom(() => this.#writeback.flush());
  }

  /** The same, and the layer's own files have it all. */
  checkpoint(): Promise<void> {
    return this.#withRoom(() => this.#writeback.checkpoint());
  }

  /** No more writes, ever. The caller has stopped its writers and made a checkpoint. */
  seal(): void {
    this.#sealed = true;
  }

  /**
   * Reads all that a sealed layer has of its own and keeps its checksums; reads are verified from then on, once the
   * catalog says so also after a restart. `pace` is told of the bytes read; it may take its time, or throw to end it.
   */
  async sum(files: FileLayer, folder: string, pace: (bytes: number) => Promise<void>): Promise<void> {
    const path = sumsPath(folder, this.id);
    await files.remove(path);
    const file = await files.create(path);
    try {
      const read = (block: number, into: Uint8Array) => this.#data.read(block * BLOCK_BYTES, into);
      await writeChecksums(this.id, this.map, read, file, pace);
      await files.syncFolder(folder);
      await this.#sealedReads.checksums?.close();
      this.#sealedReads.checksums = new Checksums(this.id, file);
    } catch (error) {
      await file.close();
      await files.remove(path).catch(() => {});
      throw error;
    }
  }

  /**
   * Makes room for a larger size, durably; the layer keeps its size until `resized`, which the caller calls when the
   * catalog has the new one. A crash in between leaves a file that is longer than it need be.
   */
  async extend(sizeBytes: number): Promise<void> {
    this.#checkWritable();
    await this.#data.extend(sizeBytes);
  }

  /** The new blocks are absent: they show zeros. */
  resized(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  /** Does not flush. */
  async close(): Promise<void> {
    await this.#writeback.idle();
    await Promise.all([this.#data.close(), this.#mapFile.close(), this.checksums?.close()]);
    this.map.forget();
  }

  #boundDirtyPages(): void {
    if (this.map.dirtyPages <= DIRTY_PAGES_LIMIT || this.#writeback.isWaiting) return;
    // Nobody waits for this one. Its pages stay changed when it fails, and the next flush tells the initiator.
    this.checkpoint().catch(() => {});
  }

  async #withRoom(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as VolumeError).code !== 'no-space' || !(await this.#shared.makeRoom())) throw error;
      await work();
    }
  }

  /** Writes again what the journal has of this layer. Once more from the start when it does not come to its end. */
  async #replay(): Promise<void> {
    for await (const entry of this.#shared.journal.replay(this.id)) {
      if (entry.kind === 'data') {
        this.#writeback.writing();
        await this.#data.write(entry.position, entry.bytes);
        const first = Math.floor(entry.position / BLOCK_BYTES);
        const end = Math.ceil((entry.position + entry.bytes.length) / BLOCK_BYTES);
        await this.map.set(first, end - first, DATA);
      } else if (entry.kind === 'zero') await this.map.set(entry.first, entry.count, ZERO);
    }
    await this.checkpoint();
  }

  #checkWritable(): void {
    this.#writeback.check();
    if (this.#sealed) {
      throw new VolumeError('read-only', `layer ${this.id} is sealed`, 'Write to a clone of it instead.');
    }
  }
}
