import { TurnBudget } from '../cache/turn-budget.ts';
import type { OpenDisk } from '../disk.ts';
import { VolumeError } from '../errors.ts';
import { BLOCK_BYTES, checkRange } from '../geometry.ts';
import type { Layer } from '../layer/layer.ts';
import { DATA, ZERO } from '../map/map-page.ts';
import { isZero, zeroBlocks } from '../map/zeros.ts';
import { type Chain, forEachRun, readThrough, readThroughNow } from './chain.ts';
import { type CopyStep, copyUp } from './copy-up.ts';
import { Discarded, type Extent } from './discarded.ts';
import { giveBack } from './give-back.ts';
import { RangeLock } from './range-lock.ts';

/** Blocks discarded under one hold, so that writers elsewhere do not wait for a discard of terabytes: 1 GiB. */
const DISCARD_BLOCKS = 262_144;

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
  readonly #turn = new TurnBudget();
  readonly #discarded = new Discarded();
  readonly cache = { hits: 0, misses: 0 };
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

  readNow(offsetBytes: number, into: Uint8Array): boolean {
    this.#check('read', offsetBytes, into.length);
    return readThroughNow(this.#chain, offsetBytes, into, this.#turn, this.cache);
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    if (this.readNow(offsetBytes, into)) return;
    const readers = this.#readers;
    readers.count += 1;
    try {
      await readThrough(this.#chain, offsetBytes, into, this.cache);
    } finally {
      readers.count -= 1;
      if (readers.count === 0) readers.gone?.();
    }
  }

  /**
   * Writers of the same block take turns (RangeLock): a write of part of a block that this layer does not have yet
   * carries the rest of the block up from below, and would undo a neighbour's write that ended in between.
   */
  async write(offsetBytes: number, data: Uint8Array): Promise<void> {
    this.#check('write', offsetBytes, data.length);
    if (data.length === 0) return;
    const end = offsetBytes + data.length;
    const first = Math.floor(offsetBytes / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    const acquired = this.#lock.acquire(first, last);
    const hold = acquired instanceof Promise ? await acquired : acquired;
    try {
      this.#checkOpen('write');
      const top = this.#top;
      const pieces: [position: number, bytes: Uint8Array][] = [];
      let from = offsetBytes;
      let to = end;
      if (from % BLOCK_BYTES !== 0 && !(await this.#isOwn(first))) {
        const stop = Math.min(end, (first + 1) * BLOCK_BYTES);
        pieces.push([first * BLOCK_BYTES, await this.#merge(first, from, data.subarray(0, stop - from))]);
        from = stop;
      }
      if (to > from && to % BLOCK_BYTES !== 0 && !(await this.#isOwn(last))) {
        const start = Math.max(from, last * BLOCK_BYTES);
        pieces.push([last * BLOCK_BYTES, await this.#merge(last, start, data.subarray(start - offsetBytes))]);
        to = start;
      }
      for (const zeros of zeroBlocks(from, data.subarray(from - offsetBytes, to - offsetBytes))) {
        for (const { first: block, count } of await this.#leaveOut(zeros)) {
          const start = block * BLOCK_BYTES;
          if (start > from) pieces.push([from, data.subarray(from - offsetBytes, start - offsetBytes)]);
          from = start + count * BLOCK_BYTES;
        }
      }
      if (to > from) pieces.push([from, data.subarray(from - offsetBytes, to - offsetBytes)]);
      if (pieces.length === 1) await top.write(...pieces[0]!);
      else await allEnded(pieces.map((piece) => top.write(...piece)));
      for (const [position, bytes] of pieces) {
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

  /**
   * Which of these blocks of zeros need not be written, since this layer does not have them: nothing below shows
   * zeros already; over something below they are marked.
   */
  async #leaveOut({ first, count }: Extent): Promise<Extent[]> {
    const left: Extent[] = [];
    await forEachRun(this.#chain, first, count, async (block, length, layer) => {
      if (layer === this.#top) return;
      if (layer) await this.#top.mark(block, length, ZERO);
      left.push({ first: block, count: length });
    });
    return left;
  }

  async #isOwn(block: number): Promise<boolean> {
    const { map } = this.#top;
    while (!map.isLoaded(block)) await map.load(block);
    return map.run(block, 1).state === DATA;
  }

  /** The whole of `block` as it is now, with `data` put in at `position`. */
  async #merge(block: number, position: number, data: Uint8Array): Promise<Uint8Array> {
    const whole = new Uint8Array(BLOCK_BYTES);
    await readThrough(this.#chain, block * BLOCK_BYTES, whole);
    whole.set(data, position - block * BLOCK_BYTES);
    return whole;
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
