/**
 * Buffers used again and again, in sizes of a power of two and a little: room for a header and digests beside the
 * data, and in larger ones for the rest of the blocks that a read begins and ends in. What is kept is bounded; a buffer that finds no place is left to the garbage collector.
 *
 * A buffer still holds what its last user wrote: whoever takes one overwrites every byte that it sends or stores.
 */
const FRAME_EXTRA = 128;
const BLOCK_EXTRA = 8192;
const SMALLEST = 12; // 4 KiB
const LARGEST = 20; // 1 MiB
/** From this size on there is room for more blocks. */
const WITH_BLOCKS = 16;
const SHORT_BYTES = 32 << 20;

export class BufferPool {
  readonly #free: Buffer[][] = Array.from({ length: LARGEST + 1 }, () => []);
  readonly #limit: number;
  /** The least that was free in each size since the last `trim`: so many nobody missed. */
  readonly #spare: number[] = new Array<number>(LARGEST + 1).fill(0);
  #kept = 0;
  #held = 0;

  constructor(limitBytes = 32 << 20) {
    this.#limit = limitBytes;
  }

  /**
   * Bytes of data that connections hold: answers that are not sent, writes that wait for the disk. Each has a bound of
   * its own; when all together hold too much, each has to do with less.
   */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }

  get isShort(): boolean {
    return this.#held > SHORT_BYTES;
  }

  /** At least `length` bytes. */
  take(length: number): Buffer {
    const size = sizeClass(length);
    if (size > LARGEST) return Buffer.allocUnsafeSlow(length);
    const buffer = this.#free[size]!.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(capacity(size));
    this.#kept -= buffer.length;
    this.#spare[size] = Math.min(this.#spare[size]!, this.#free[size]!.length);
    return buffer;
  }

  /** Called every few seconds: lets go of what was not needed since the last time. */
  trim(): void {
    for (const [size, free] of this.#free.entries()) {
      for (const buffer of free.splice(0, this.#spare[size])) this.#kept -= buffer.length;
      this.#spare[size] = free.length;
    }
  }

  get keptBytes(): number {
    return this.#kept;
  }

  /** Only what `take` gave, whole, and once. */
  give(buffer: Buffer): void {
    const size = sizeClass(buffer.length);
    if (size > LARGEST || buffer.length !== capacity(size)) return;
    if (this.#kept + buffer.length > this.#limit) return;
    this.#kept += buffer.length;
    this.#free[size]!.push(buffer);
  }
}

const capacity = (size: number): number =>
  (1 << size) + FRAME_EXTRA + (size >= WITH_BLOCKS ? BLOCK_EXTRA : 0);

/** The smallest that has the room. */
function sizeClass(length: number): number {
  const size = Math.max(SMALLEST, 31 - Math.clz32(length));
  return length <= capacity(size) ? size : size + 1;
}
