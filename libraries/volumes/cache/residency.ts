import { totalmem } from 'node:os';
import { BLOCK_BYTES } from '../geometry.ts';

/** Blocks in one page of bits: 128 MiB of a data file in 4 KiB of memory. */
const PAGE_BLOCKS = 32_768;
/** Pages of bits in one generation: 4 MiB. */
const PAGE_LIMIT = 1024;
/** A read that took longer than this was not served by the page cache. */
const SLOW_MS = 0.3;
/** Fast reads that make up for a slow one. */
const SLOW_WEIGHT = 16;

type Generation = Map<number, Uint8Array>;

/**
 * Guesses which blocks of the data files the kernel has in its page cache, because only those may be read
 * synchronously: a synchronous read costs a tenth of one through the thread pool, but one that waits for the disk
 * stops every other session. Node offers neither mincore nor RWF_NOWAIT, which would know.
 *
 * What was read or written here lately is taken to be there. "Lately" is two generations, each of at most a quarter
 * of the memory; a block in use moves to the newer one. Under pressure from others the guess can be wrong: the read
 * then waits, is noticed by its time, and when it is not the only one its neighbourhood counts as cold until it was read
 * asynchronously.
 */
export class Residency {
  readonly #blockLimit: number;
  #newer: Generation = new Map();
  #older: Generation = new Map();
  #newerBlocks = 0;
  readonly #owners = new Map<string, number>();
  #nextOwner = 0;
  readonly #suspicion = new Map<number, number>();

  constructor(memoryBytes = availableMemory()) {
    this.#blockLimit = Math.floor(memoryBytes / 4 / BLOCK_BYTES);
  }

  /**
   * A range of keys for the data file of a layer: key = owner + page of bits. The same when the layer is closed and
   * opened again, since the kernel keeps its pages meanwhile.
   */
  ownerOf(layerId: string): number {
    let owner = this.#owners.get(layerId);
    if (owner === undefined) this.#owners.set(layerId, (owner = this.#nextOwner++ * 2 ** 28));
    return owner;
  }

  /** The layer was removed. */
  forget(layerId: string): void {
    this.#owners.delete(layerId);
  }

  /** All blocks were read or written lately. */
  has(owner: number, first: number, last: number): boolean {
    for (let block = first; block <= last; ) {
      const page = Math.floor(block / PAGE_BLOCKS);
      const newer = this.#newer.get(owner + page);
      const end = Math.min(last + 1, (page + 1) * PAGE_BLOCKS);
      while (block < end && isSet(newer, block % PAGE_BLOCKS)) block += 1;
      if (block === end) continue;
      if (!isSet(this.#older.get(owner + page), block % PAGE_BLOCKS)) return false;
      this.add(owner, block, block); // into the newer, where the next round finds it
    }
    return true;
  }

  add(owner: number, first: number, last: number): void {
    for (let block = first; block <= last; block += 1) {
      const key = owner + Math.floor(block / PAGE_BLOCKS);
      const index = block % PAGE_BLOCKS;
      let bits = this.#newer.get(key);
      if (isSet(bits, index)) continue;
      if (this.#newerBlocks >= this.#blockLimit || (!bits && this.#newer.size >= PAGE_LIMIT)) {
        this.#older = this.#newer;
        this.#newer = new Map();
        this.#newerBlocks = 0;
        bits = undefined;
      }
      if (!bits) this.#newer.set(key, (bits = new Uint8Array(PAGE_BLOCKS / 8)));
      bits[index >> 3]! |= 1 << (index & 7);
      this.#newerBlocks += 1;
    }
  }

  /**
   * Tells how long a synchronous read of `block` took. One slow read may only mean that the process had to wait for a
   * core; two within a few are a disk, and the neighbourhood is then cold.
   */
  observe(owner: number, block: number, milliseconds: number): void {
    const slow = milliseconds >= SLOW_MS;
    if (!slow && this.#suspicion.size === 0) return;
    const key = owner + Math.floor(block / PAGE_BLOCKS);
    const suspicion = (this.#suspicion.get(key) ?? 0) + (slow ? SLOW_WEIGHT : -1);
    if (suspicion > SLOW_WEIGHT) {
      this.#newer.delete(key);
      this.#older.delete(key);
    }
    if (suspicion > SLOW_WEIGHT || suspicion <= 0) this.#suspicion.delete(key);
    else this.#suspicion.set(key, suspicion);
  }
}

function isSet(bits: Uint8Array | undefined, index: number): boolean {
  return bits !== undefined && (bits[index >> 3]! & (1 << (index & 7))) !== 0;
}

/** The machine's memory, or what a control group leaves of it. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
