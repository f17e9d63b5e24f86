import { TurnBudget } from '../cache/turn-budget.ts';
import type { Allocation, CacheFigures, OpenDisk } from '../disk.ts';
import { VolumeError } from '../errors.ts';
import { BLOCK_BYTES, checkRange } from '../geometry.ts';
import type { Layer } from '../layer/layer.ts';
import { DATA, ZERO } from '../map/map-page.ts';
import { hasZeroBlock, isZero } from '../map/zeros.ts';
import { allocatedIn, type Chain, forEachRun, readThrough, readThroughNow } from './chain.ts';
import { type CopyStep, copyUp } from './copy-up.ts';
import { Discarded } from './discarded.ts';
import { giveBack } from './give-back.ts';
import { piecesOf } from './pieces.ts';
import { RangeLock } from './range-lock.ts';

/** Blocks discarded under one hold, so that writers elsewhere do not wait for a discard of terabytes: 1 GiB. */
const DISCARD_BLOCKS = 262_144;

/** Above this the thread pool, which copies on another core, is worth its price. */
const WRITE_NOW_BYTES = 256 * 1024;

/** Reads through one chain that are under way. */
interface Readers {
  count: number;
  gone: (() => void) | undefined;
}

/** A volume that can be written: a live layer over sealed ones. */
export class LiveDisk implements OpenDisk {
  readonly id: string;
  readonly name: string;
  readonly readOnly = false;
  readonly #onClose: (disk: LiveDisk) => Promise<void>;
  readonly #lock = new RangeLock();
  readonly #readTurn = new TurnBudget();
  readonly #writeTurn = new TurnBudget();
  readonly #discarded = new Discarded();
  readonly #tally = { hits: 0, misses: 0 };
  #chain: Chain;
  #readers: Readers = { count: 0, gone: undefined };
  #closing: Promise<void> | undefined;

  constructor(id: string, name: string, chain: Chain, onClose: (disk: LiveDisk) => Promise<void>) {
    this.id = id;
    this.name = name;
    this.#chain = chain;
    this.#onClose = onClose;
  }

  get sizeBytes(): number {
    return this.#top.sizeBytes;
  }

  get chain(): Chain {
    return this.#chain;
  }

  get #top(): Layer {
    return this.#chain[0]!;
  }

  cacheFigures(): CacheFigures {
    return { ...this.#tally };
  }

  async allocated(offsetBytes: number, lengthBytes: number): Promise<Allocation> {
    this.#check('look', offsetBytes, lengthBytes);
    return allocatedIn(this.#chain, offsetBytes, lengthBytes);
  }

  readNow(offsetBytes: number, into: Uint8Array): boolean {
    this.#check('read', offsetBytes, into.length);
    return readThroughNow(this.#chain, offsetBytes, into, this.#readTurn, this.#tally);
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    if (this.readNow(offsetBytes, into)) return;
    const readers = this.#readers;
    readers.count += 1;
    try {
      await readThrough(this.#chain, offsetBytes, into, this.#tally);
    } finally {
      readers.count -= 1;
      if (readers.count === 0) readers.gone?.();
    }
  }

  /** Whole blocks, none of them zeros, that nobody holds. */
  writeNow(offsetBytes: number, data: Uint8Array): boolean {
    this.#check('write', offsetBytes, data.length);
    const first = offsetBytes / BLOCK_BYTES;
    const count = data.length / BLOCK_BYTES;
    if (!Number.isInteger(first) || !Number.isInteger(count) || data.length > WRITE_NOW_BYTES) return false;
    if (!this.#lock.isFree(first, first + count - 1) || hasZeroBlock(data)) return false;
    return this.#writeTurn.take(data.length) && this.#top.writeNow(offsetBytes, data);
  }

  /**
   * Writers of the same block take turns (RangeLock): a write of part of a block that this layer does not have yet
   * carries the rest of the block up from below, and would undo a neighbour's write that ended in between.
   */
  async write(offsetBytes: number, data: Uint8Array): Promise<void> {
    this.#check('write', offsetBytes, data.length);
    if (data.length === 0 || this.writeNow(offsetBytes, data)) return;
    const first = Math.floor(offsetBytes / BLOCK_BYTES);
    const last = Math.floor((offsetBytes + data.length - 1) / BLOCK_BYTES);
    const acquired = this.#lock.acquire(first, last);
    const hold = acquired instanceof Promise ? await acquired : acquired;
    try {
      this.#checkOpen('write');
      const top = this.#top;
      const pieces = await piecesOf(this.#chain, offsetBytes, data);
      await allEnded(pieces.map(({ position, bytes }) => top.write(position, bytes)));
      for (const { position, bytes } of pieces) {
        const block = Math.floor(position / BLOCK_BYTES);
        await top.mark(block, Math.ceil((position + bytes.length) / BLOCK_BYTES) - block, DATA);
      }
    } finally {
      this.#lock.release(hold);
    }
  }

  async flush(): Promise<void> {
    this.#checkOpen('flush');
    const top = this.#top;
    const discarded = this.#discarded.take();
    await top.flush();
    // Not waited for: the flush is for what was written, and a punch is a process.
    if (discarded.length === 0) return;
    const isCurrent = () => !this.#closing && top === this.#top;
    giveBack(top, discarded, this.#lock, isCurrent).catch(() => {});
  }

  /** Whole blocks are given up; what remains at the ends is written as zeros. */
  async discard(offsetBytes: number, lengthBytes: number): Promise<void> {
    this.#check('discard', offsetBytes, lengthBytes);
    const end = offsetBytes + lengthBytes;
    const first = Math.ceil(offsetBytes / BLOCK_BYTES);
    const stop = Math.floor(end / BLOCK_BYTES);
    if (first >= stop) {
      // Within one block, or on both sides of one border.
      const border = Math.min(end, first * BLOCK_BYTES);
      await this.#writeZeros(offsetBytes, border);
      await this.#writeZeros(border, end);
      return;
    }
    await this.#writeZeros(offsetBytes, first * BLOCK_BYTES);
    await this.#writeZeros(stop * BLOCK_BYTES, end);
    for (let block = first; block < stop; block += DISCARD_BLOCKS) {
      await this.#discardBlocks(block, Math.min(DISCARD_BLOCKS, stop - block));
      // A sparse terabyte needs no disk, so nothing above waits; others must have their turn all the same.
      if (block + DISCARD_BLOCKS < stop) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A flush after which the journal has nothing of this volume. */
  async checkpoint(): Promise<void> {
    this.#checkOpen('flush');
    await this.#top.checkpoint();
  }

  /** Copies blocks that lie below into the volume's own layer, from `block` on, at most `max` of them. */
  async copyUp(block: number, max: number): Promise<CopyStep> {
    const chain = () => {
      this.#checkOpen('flatten');
      return this.#chain;
    };
    return copyUp(chain, this.#lock, block, max);
  }

  /** Resolves when no read uses a chain that `between` has replaced. */
  async readersOfOldChain(): Promise<void> {
    const old = this.#readers;
    this.#readers = { count: 0, gone: undefined };
    if (old.count > 0) await new Promise<void>((resolve) => (old.gone = resolve));
  }

  /**
   * Runs `change` at a point between writes: all that were acknowledged are in the top layer's own files, no other
   * has begun. `change` may replace the top layer by returning the new chain. Reads go on meanwhile.
   */
  async between(change: (top: Layer) => Promise<Chain | undefined>): Promise<void> {
    const hold = await this.#lock.acquire(0, Number.MAX_SAFE_INTEGER);
    try {
      this.#checkOpen('flush');
      await this.#top.checkpoint();
      const chain = await change(this.#top);
      if (chain) this.#chain = chain;
    } finally {
      this.#lock.release(hold);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const hold = await this.#lock.acquire(0, Number.MAX_SAFE_INTEGER);
    try {
      await this.#top.checkpoint();
    } finally {
      this.#lock.release(hold);
      await this.#onClose(this);
    }
  }

  async #discardBlocks(first: number, count: number): Promise<void> {
    const hold = await this.#lock.acquire(first, first + count - 1);
    try {
      this.#checkOpen('discard');
      const top = this.#top;
      await forEachRun([top], first, count, async (block, length, own) => {
        // What is in this layer becomes zero. What is not becomes zero only where something lies below, so that a
        // discard of a whole empty volume (every mkfs does one) leaves its map as small as it was.
        if (own) {
          await top.mark(block, length, ZERO);
          this.#discarded.add({ first: block, count: length });
          return;
        }
        await forEachRun(
          this.#chain,
          block,
          length,
          (below, run, layer) => (layer ? top.mark(below, run, ZERO) : undefined),
          1,
        );
      });
    } finally {
      this.#lock.release(hold);
    }
  }

  async #writeZeros(from: number, to: number): Promise<void> {
    if (to <= from) return;
    const bytes = new Uint8Array(to - from);
    await this.read(from, bytes);
    if (isZero(bytes)) return;
    await this.write(from, bytes.fill(0));
  }

  #check(what: string, offsetBytes: number, lengthBytes: number): void {
    this.#checkOpen(what);
    checkRange(offsetBytes, lengthBytes, this.sizeBytes, `${what} on ${this.name}`);
  }

  #checkOpen(what: string): void {
    if (!this.#closing) return;
    throw new VolumeError('closed', `${what} on ${this.name}: it is closed`, 'Open the volume again.');
  }
}

/** Like Promise.all, but settles only when all have ended: the caller's buffer is its own again. */
async function allEnded(work: Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
