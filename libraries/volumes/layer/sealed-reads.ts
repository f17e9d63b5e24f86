import type { BlockCache, LayerBlocks } from '../cache/block-cache.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { Checksums } from './checksums.ts';
import type { DataFile } from './data-file.ts';

/** Blocks of one disk's reads that were served from the shared cache, or not. */
export interface ReadTally {
  hits: number;
  misses: number;
}

/** One of so many blocks that come from the page cache is kept here too: enough for what is read again and again. */
const ADMIT_ONE_IN = 8;

/**
 * Larger reads are bulk (a copy of a disk, not a boot): what they bring is not kept, and they pass the cache by when the
 * kernel has it all. Keeping 256 KiB costs four times what reading it from the page cache does.
 */
const BULK_BYTES = 128 * 1024;

/** A read of the file that is under way, and those who wait for some of its blocks. */
class Flight {
  readonly #followers: { block: number; into: Uint8Array }[] = [];
  readonly #done = Promise.withResolvers<void>();

  constructor() {
    this.#done.promise.catch(() => {}); // its leader is told in any case
  }

  /** Resolves when `into` has the block. */
  join(block: number, into: Uint8Array): Promise<void> {
    this.#followers.push({ block, into });
    return this.#done.promise;
  }

  landed(bytesOf: (block: number) => Uint8Array): void {
    for (const { block, into } of this.#followers) into.set(bytesOf(block));
    this.#done.resolve();
  }

  failed(error: unknown): void {
    this.#done.reject(error);
  }
}

/**
 * Reads of a sealed layer. What comes from the disk is verified against the layer's checksums, kept in the cache that
 * all layers share, and handed to everybody who asked for it meanwhile. What the kernel is thought to have in its
 * page cache was verified when it came from the disk, and is not verified again.
 */
export class SealedReads {
  readonly #data: DataFile;
  readonly #cache: BlockCache;
  readonly #blocks: LayerBlocks;
  readonly #flights = new Map<number, Flight>();
  /** Undefined until they were computed. */
  checksums: Checksums | undefined;
  #admission = 0;

  constructor(data: DataFile, cache: BlockCache, layerId: string) {
    this.#data = data;
    this.#cache = cache;
    this.#blocks = cache.of(layerId);
  }

  async read(position: number, into: Uint8Array, tally?: ReadTally): Promise<void> {
    if (position % BLOCK_BYTES !== 0 || into.length % BLOCK_BYTES !== 0) {
      const start = position - (position % BLOCK_BYTES);
      const whole = new Uint8Array(Math.ceil((position + into.length - start) / BLOCK_BYTES) * BLOCK_BYTES);
      await this.read(start, whole, tally);
      into.set(whole.subarray(position - start, position - start + into.length));
      return;
    }
    const first = position / BLOCK_BYTES;
    const count = into.length / BLOCK_BYTES;
    const bulk = into.length > BULK_BYTES;
    if (bulk && this.#data.isResident(position, into.length)) {
      this.#count(0, count, tally);
      return this.#data.read(position, into);
    }
    const partOf = (from: number, to: number) => into.subarray(from * BLOCK_BYTES, to * BLOCK_BYTES);
    const work: Promise<void>[] = [];
    for (let at = 0; at < count; ) {
      const cached = this.#cache.get(this.#blocks, first + at);
      const flight = cached ? undefined : this.#flights.get(first + at);
      if (cached || flight) {
        this.#count(1, 0, tally);
        if (cached) into.set(cached, at * BLOCK_BYTES);
        else work.push(flight!.join(first + at, partOf(at, at + 1)));
        at += 1;
        continue;
      }
      // From the page cache in one piece, whatever else of it may be cached here: pieces cost more than bytes.
      const isResident = (to: number) =>
        this.#data.isResident((first + at) * BLOCK_BYTES, (to - at) * BLOCK_BYTES);
      const end = isResident(count) ? count : this.#endOfMissing(first + at, first + count) - first;
      this.#count(0, end - at, tally);
      const part = partOf(at, end);
      work.push(
        isResident(end)
          ? this.#data.read((first + at) * BLOCK_BYTES, part)
          : this.#fetch(first + at, part, !bulk),
      );
      at = end;
    }
    if (work.length === 1) return work[0];
    // Not Promise.all: `into` is the caller's again only when nobody writes to it any more.
    for (const result of await Promise.allSettled(work))
      if (result.status === 'rejected') throw result.reason;
  }

  /** At once, when all of it is in memory by what we know; false, with `into` partly filled, when it is not. */
  readNow(position: number, into: Uint8Array, tally?: ReadTally): boolean {
    let hits = 0;
    let misses = 0;
    const end = position + into.length;
    for (let from = position; from < end; ) {
      const block = Math.floor(from / BLOCK_BYTES);
      const cached = this.#cache.get(this.#blocks, block);
      const endBlock = cached ? block + 1 : this.#endOfMissing(block, Math.ceil(end / BLOCK_BYTES));
      const to = Math.min(end, endBlock * BLOCK_BYTES);
      const part = to - from === into.length ? into : into.subarray(from - position, to - position);
      if (cached) {
        const skip = from - block * BLOCK_BYTES;
        part.set(part.length === BLOCK_BYTES ? cached : cached.subarray(skip, skip + part.length));
        hits += 1;
      } else {
        if (!this.#data.readNow(from, part)) return false;
        misses += endBlock - block;
        if (this.#admission++ % ADMIT_ONE_IN === 0) this.#admit(from, part);
      }
      from = to;
    }
    this.#count(hits, misses, tally);
    return true;
  }

  #endOfMissing(block: number, limit: number): number {
    let end = block + 1;
    while (end < limit && !this.#blocks.has(end) && !this.#flights.has(end)) end += 1;
    return end;
  }

  /** Keeps the whole blocks among these bytes. */
  #admit(position: number, bytes: Uint8Array): void {
    const first = Math.ceil(position / BLOCK_BYTES);
    const end = Math.floor((position + bytes.length) / BLOCK_BYTES);
    for (let block = first; block < end; block += 1) {
      const at = block * BLOCK_BYTES - position;
      this.#cache.put(this.#blocks, block, bytes.subarray(at, at + BLOCK_BYTES));
    }
  }

  #count(hits: number, misses: number, tally: ReadTally | undefined): void {
    this.#cache.hits += hits;
    this.#cache.misses += misses;
    if (!tally) return;
    tally.hits += hits;
    tally.misses += misses;
  }

  async #fetch(first: number, into: Uint8Array, keep: boolean): Promise<void> {
    const count = into.length / BLOCK_BYTES;
    const flight = new Flight();
    for (let i = 0; i < count; i += 1) this.#flights.set(first + i, flight);
    try {
      await this.#data.read(first * BLOCK_BYTES, into);
      await this.checksums?.verify(first, into);
      this.#data.noteResident(first * BLOCK_BYTES, into.length);
      if (keep) this.#admit(first * BLOCK_BYTES, into);
      flight.landed((block) =>
        into.subarray((block - first) * BLOCK_BYTES, (block - first + 1) * BLOCK_BYTES),
      );
    } catch (error) {
      flight.failed(error);
      throw error;
    } finally {
      for (let i = 0; i < count; i += 1) this.#flights.delete(first + i);
    }
  }
}
