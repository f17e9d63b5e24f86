import { BLOCK_BYTES } from '../geometry.ts';

/** Blocks in one piece of memory that is asked of the system at once. */
const SLAB_BLOCKS = 256;

interface Slot {
  blocks: LayerBlocks;
  block: number;
  readonly bytes: Uint8Array;
  /** Asked for since it was put in, or since the clock hand last passed. */
  used: boolean;
  proven: boolean;
}

/** The cached blocks of one layer, by their number. */
export type LayerBlocks = Map<number, Slot>;

export interface CacheStats {
  /** Blocks of 4 KiB that were served from memory, or from a read that another had begun. */
  readonly hits: number;
  /** Blocks that were not. */
  readonly misses: number;
  readonly bytes: number;
  readonly limitBytes: number;
}

/**
 * Blocks of sealed layers, shared by all that stand on them, bounded. They never change, so nothing is ever
 * invalidated. A new block is on probation, in a queue of at most a quarter of the room; one that is asked for again
 * meanwhile is proven, and a clock decides among the proven. So one long scan pushes out other scans, not what every
 * server reads at its boot.
 */
export class BlockCache {
  readonly #limit: number;
  readonly #layers = new Map<string, LayerBlocks>();
  readonly #probation = new Set<Slot>();
  readonly #proven = new Set<Slot>();
  #free: Slot[] = [];
  #made = 0;
  hits = 0;
  misses = 0;

  constructor(limitBytes: number) {
    this.#limit = Math.floor(limitBytes / BLOCK_BYTES);
  }

  /** The same when a layer is closed and opened again. */
  of(layerId: string): LayerBlocks {
    let blocks = this.#layers.get(layerId);
    if (!blocks) this.#layers.set(layerId, (blocks = new Map()));
    return blocks;
  }

  get stats(): CacheStats {
    return {
      hits: this.hits,
      misses: this.misses,
      bytes: (this.#probation.size + this.#proven.size) * BLOCK_BYTES,
      limitBytes: this.#limit * BLOCK_BYTES,
    };
  }

  /** The bytes of a block; they are the caller's only until it next gives way to others. */
  get(blocks: LayerBlocks, block: number): Uint8Array | undefined {
    const slot = blocks.get(block);
    if (!slot) return undefined;
    slot.used = true;
    return slot.bytes;
  }

  /** Copies `bytes`. */
  put(blocks: LayerBlocks, block: number, bytes: Uint8Array): void {
    if (this.#limit === 0 || blocks.has(block)) return;
    const slot = this.#room();
    slot.blocks = blocks;
    slot.block = block;
    slot.used = slot.proven = false;
    slot.bytes.set(bytes);
    blocks.set(block, slot);
    this.#probation.add(slot);
  }

  /** The layer was removed. */
  forget(layerId: string): void {
    for (const slot of this.#layers.get(layerId)?.values() ?? []) {
      (slot.proven ? this.#proven : this.#probation).delete(slot);
      this.#free.push(slot);
    }
    this.#layers.get(layerId)?.clear();
    this.#layers.delete(layerId);
  }

  #room(): Slot {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made >= this.#limit) return this.#evict();
    const count = Math.min(SLAB_BLOCKS, this.#limit - this.#made);
    const slab = Buffer.allocUnsafeSlow(count * BLOCK_BYTES);
    this.#free = Array.from({ length: count }, (_, i) => ({
      blocks: new Map(),
      block: 0,
      bytes: slab.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES),
      used: false,
      proven: false,
    }));
    this.#made += count;
    return this.#free.pop()!;
  }

  #evict(): Slot {
    for (;;) {
      const probing = this.#proven.size === 0 || this.#probation.size * 4 > this.#limit;
      const queue = probing ? this.#probation : this.#proven;
      const slot = queue.values().next().value!;
      queue.delete(slot);
      if (!slot.used) {
        slot.blocks.delete(slot.block);
        return slot;
      }
      slot.used = false; // so that the loop ends: nobody else runs meanwhile
      slot.proven = true;
      this.#proven.add(slot);
    }
  }
}
