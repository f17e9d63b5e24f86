import { join } from 'node:path';
import { BlockMap } from './block-map.ts';
import { fromSystem, VolumeError } from './errors.ts';
import type { FileLayer, StoredFile } from './files.ts';
import { BLOCK_BYTES } from './geometry.ts';
import type { BlockState } from './map-page.ts';
import type { PageCache } from './page-cache.ts';
import type { Residency } from './residency.ts';

export interface LayerIdentity {
  /** 16 hexadecimal digits; also the name of its files. */
  readonly id: string;
  readonly sizeBytes: number;
}

/** What the layers of a folder share. */
export interface Caches {
  readonly pages: PageCache;
  readonly residency: Residency;
}

export function dataPath(folder: string, id: string): string {
  return join(folder, `${id}.data`);
}

export function mapPath(folder: string, id: string): string {
  return join(folder, `${id}.map`);
}

/** Changed map pages beyond which a flush begins by itself, so that memory stays bounded: 4 MiB. */
const DIRTY_PAGES_LIMIT = 1024;

/**
 * One layer: a sparse data file, in which block i lies at i * 4096, and the map that says which blocks are there.
 *
 * The order of a flush is what makes a crash harmless:
 *
 *   1. copy the changed map pages    (they name only blocks whose data write has ended)
 *   2. fdatasync the data file
 *   3. write the copies to the map file, fdatasync it
 *
 * A map page reaches the disk only after the data it names, so an entry on the disk never points at data that is
 * not. A power loss in step 3 leaves a mixture of old and new map sectors, in which every entry is either the old
 * one or the new one (an entry lies within one byte). Either is right, since the flush was not yet acknowledged:
 *
 *   absent -> data, zero -> data   the old entry shows the block before the write; the new one shows the write
 *   data, absent -> zero           the old entry shows the block before the discard; the new one shows zeros
 *
 * No entry ever leads to another block's bytes, because a block's place is a function of its number alone.
 */
export class Layer {
  readonly id: string;
  readonly map: BlockMap;
  readonly #data: StoredFile;
  readonly #mapFile: StoredFile;
  readonly #residency: Residency;
  readonly #residencyOwner: number;
  #sizeBytes: number;
  #sealed: boolean;
  /** Bytes of the data file that no sync has covered, and the same of the map file. */
  #dataUnsynced: boolean;
  #mapUnsynced: boolean;
  /** Why this layer takes no more writes. */
  #failure: VolumeError | undefined;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;

  private constructor(
    { id, sizeBytes }: LayerIdentity,
    sealed: boolean,
    data: StoredFile,
    mapFile: StoredFile,
    mapBytes: number,
    caches: Caches,
  ) {
    this.id = id;
    this.#sizeBytes = sizeBytes;
    this.#sealed = sealed;
    this.#data = data;
    this.#mapFile = mapFile;
    this.#residency = caches.residency;
    this.#residencyOwner = caches.residency.ownerOf(id);
    this.map = new BlockMap(id, mapFile, mapBytes, caches.pages);
    // After a kill -9 the page cache may show writes that were never synced. The first flush must cover them,
    // since the initiator may have read them since.
    this.#dataUnsynced = this.#mapUnsynced = !sealed;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** An empty layer, durable when resolved: the catalog may name it from then on. O(1), whatever the size. */
  static async create(
    files: FileLayer,
    folder: string,
    identity: LayerIdentity,
    caches: Caches,
  ): Promise<Layer> {
    const opened: StoredFile[] = [];
    try {
      const data = await files.create(dataPath(folder, identity.id));
      opened.push(data);
      const map = await files.create(mapPath(folder, identity.id));
      opened.push(map);
      await data.truncate(identity.sizeBytes);
      await Promise.all([data.sync(), map.sync()]);
      await files.syncFolder(folder);
      const layer = new Layer(identity, false, data, map, 0, caches);
      layer.#dataUnsynced = layer.#mapUnsynced = false; // nobody else has written to it
      return layer;
    } catch (error) {
      await Promise.allSettled(opened.map((file) => file.close()));
      await Layer.remove(files, folder, identity.id).catch(() => {});
      throw fromSystem(error, `creating layer ${identity.id} of ${identity.sizeBytes} bytes`);
    }
  }

  static async open(
    files: FileLayer,
    folder: string,
    identity: LayerIdentity,
    sealed: boolean,
    caches: Caches,
  ): Promise<Layer> {
    const opened: StoredFile[] = [];
    try {
      const data = await files.open(dataPath(folder, identity.id), !sealed);
      opened.push(data);
      const map = await files.open(mapPath(folder, identity.id), !sealed);
      opened.push(map);
      const [dataBytes, mapBytes] = await Promise.all([data.size(), map.size()]);
      // Longer is the trace of a resize that a crash interrupted before the catalog heard of it.
      if (dataBytes < identity.sizeBytes) {
        throw damaged(
          `the data file of layer ${identity.id} has ${dataBytes} of ${identity.sizeBytes} bytes`,
        );
      }
      return new Layer(identity, sealed, data, map, mapBytes, caches);
    } catch (error) {
      await Promise.allSettled(opened.map((file) => file.close()));
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw damaged(`a file of layer ${identity.id} is missing`, error);
      }
      throw fromSystem(error, `opening layer ${identity.id}`);
    }
  }

  static async remove(files: FileLayer, folder: string, id: string): Promise<void> {
    await files.remove(dataPath(folder, id));
    await files.remove(mapPath(folder, id));
  }

  /** Reads bytes that the map says are in this layer. A data file that ends before them is damage, not zeros. */
  async read(position: number, into: Uint8Array): Promise<void> {
    let count: number;
    try {
      count = await this.#data.read(into, position);
    } catch (error) {
      throw fromSystem(error, `reading ${into.length} bytes at ${position} of layer ${this.id}`);
    }
    if (count !== into.length) {
      throw damaged(`the data file of layer ${this.id} ends inside the ${into.length} bytes at ${position}`);
    }
    this.#residency.add(this.#residencyOwner, blockOf(position), blockOf(position + count - 1));
  }

  /** The same at once, for bytes that are in the page cache by all we know; false when `read` must be used. */
  readNow(position: number, into: Uint8Array): boolean {
    const first = blockOf(position);
    if (!this.#data.readNow) return false;
    if (!this.#residency.has(this.#residencyOwner, first, blockOf(position + into.length - 1))) return false;
    const begun = performance.now();
    const filled = this.#data.readNow(into, position);
    this.#residency.observe(this.#residencyOwner, first, performance.now() - begun);
    return filled;
  }

  /** Writes bytes; the blocks count as this layer's only after `mark`. */
  async write(position: number, data: Uint8Array): Promise<void> {
    this.#checkWritable();
    try {
      await this.#data.write(data, position);
      this.#residency.add(this.#residencyOwner, blockOf(position), blockOf(position + data.length - 1));
    } catch (error) {
      throw fromSystem(error, `writing ${data.length} bytes at ${position} of layer ${this.id}`);
    } finally {
      // Also after a failure, which may have written a part.
      this.#dataUnsynced = true;
    }
  }

  /** Blocks below which giving back space is not worth it; undefined where it cannot be done. */
  get minHoleBlocks(): number | undefined {
    return this.#data.punch ? Math.ceil((this.#data.minHoleBytes ?? BLOCK_BYTES) / BLOCK_BYTES) : undefined;
  }

  /**
   * Gives back the space of blocks whose state is zero. The caller keeps writers away from them and has flushed since
   * they became zero: otherwise an old entry on the disk would find its data gone before the discard is durable.
   */
  async punch(firstBlock: number, count: number): Promise<void> {
    await this.#data.punch!(firstBlock * BLOCK_BYTES, count * BLOCK_BYTES);
  }

  /** Sets the state of blocks, in memory; `flush` makes it durable. */
  async mark(firstBlock: number, count: number, state: BlockState): Promise<void> {
    this.#checkWritable();
    await this.map.set(firstBlock, count, state);
    if (this.map.dirtyPages > DIRTY_PAGES_LIMIT && !this.#nextFlush) {
      // Nobody waits for this one. Its pages stay changed when it fails, and the next flush tells the initiator.
      this.flush().catch(() => {});
    }
  }

  /**
   * Durable when resolved: every write and mark that had resolved before the call. Calls share the work: while one
   * flush runs, all that come in wait for one more, which begins after their writes had ended.
   */
  flush(): Promise<void> {
    if (this.#nextFlush) return this.#nextFlush;
    if (!this.#flushing) return this.#beginFlush();
    this.#nextFlush = this.#flushing
      .catch(() => {}) // its own callers were told
      .then(() => {
        this.#nextFlush = undefined;
        return this.#beginFlush();
      });
    return this.#nextFlush;
  }

  /** No more writes, ever. The caller has stopped its writers and flushed. */
  seal(): void {
    this.#sealed = true;
  }

  /**
   * Makes room for a larger size, durably; the layer keeps its size until `resized`, which the caller calls when the
   * catalog has the new one. A crash in between leaves a file that is longer than it need be.
   */
  async extend(sizeBytes: number): Promise<void> {
    this.#checkWritable();
    try {
      await this.#data.truncate(sizeBytes);
      await this.#data.sync();
    } catch (error) {
      throw fromSystem(error, `growing layer ${this.id} to ${sizeBytes} bytes`);
    }
  }

  /** The new blocks are absent: they show zeros. */
  resized(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  /** Does not flush. */
  async close(): Promise<void> {
    await this.#flushing?.catch(() => {});
    await Promise.all([this.#data.close(), this.#mapFile.close()]);
    this.map.forget();
  }

  #beginFlush(): Promise<void> {
    const flush = this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    this.#flushing = flush;
    return flush;
  }

  async #flush(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const pages = this.map.takeDirty();
    if (pages.length > 0) this.#mapUnsynced = true;
    try {
      if (this.#dataUnsynced) {
        this.#dataUnsynced = false;
        await this.#sync(this.#data);
      }
      if (this.#mapUnsynced) {
        try {
          await this.map.store(pages);
        } catch (error) {
          throw fromSystem(error, `writing the block map of layer ${this.id}`);
        }
        await this.#sync(this.#mapFile);
        this.#mapUnsynced = false;
      }
      this.map.settle(pages, true);
    } catch (error) {
      this.map.settle(pages, false);
      throw error;
    }
  }

  /**
   * After a failed fdatasync the kernel may have dropped the pages and a second call would succeed without having
   * written them. So the first failure is final for this opening of the layer.
   */
  async #sync(file: StoredFile): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      this.#failure = new VolumeError(
        'io-error',
        `flushing layer ${this.id} failed; writes since the last flush may be lost`,
        'Look at the disk (dmesg). Close the volume and open it again to go on from what the disk holds.',
        error,
      );
      throw this.#failure;
    }
  }

  #checkWritable(): void {
    if (this.#failure) throw this.#failure;
    if (this.#sealed) {
      throw new VolumeError('read-only', `layer ${this.id} is sealed`, 'Write to a clone of it instead.');
    }
  }
}

function blockOf(position: number): number {
  return Math.floor(position / BLOCK_BYTES);
}

function damaged(message: string, cause?: unknown): VolumeError {
  return new VolumeError(
    'corrupt',
    message,
    'Something outside changed the folder. Restore the volume from a snapshot or an export.',
    cause,
  );
}
