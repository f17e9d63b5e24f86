/** A set of equal regions of a disk, as a bitmap that takes memory only where something is set. */

const BITS_PER_PAGE = 32768;

export class RegionMap {
  readonly #shift: number;
  readonly #pages = new Map<number, Uint8Array>();

  /** `regionBytes` is a power of two. */
  constructor(regionBytes: number) {
    this.#shift = Math.log2(regionBytes);
  }

  /** The number of the region that holds the byte at `offset`. */
  #region(offset: number): number {
    return Math.floor(offset / 2 ** this.#shift);
  }

  #has(region: number): boolean {
    const page = this.#pages.get(Math.floor(region / BITS_PER_PAGE));
    const bit = region % BITS_PER_PAGE;
    return page !== undefined && (page[bit >>> 3]! & (1 << (bit & 7))) !== 0;
  }

  /** Whether every region that `[offset, offset + length)` touches is set. */
  covers(offset: number, length: number): boolean {
    const last = this.#region(offset + length - 1);
    for (let region = this.#region(offset); region <= last; region += 1) if (!this.#has(region)) return false;
    return true;
  }

  /** Sets the regions that lie wholly inside. */
  add(offset: number, length: number): void {
    const size = 2 ** this.#shift;
    const end = this.#region(offset + length);
    for (let region = Math.ceil(offset / size); region < end; region += 1) {
      const key = Math.floor(region / BITS_PER_PAGE);
      let page = this.#pages.get(key);
      if (page === undefined) this.#pages.set(key, (page = new Uint8Array(BITS_PER_PAGE / 8)));
      const bit = region % BITS_PER_PAGE;
      page[bit >>> 3]! |= 1 << (bit & 7);
    }
  }

  /** Clears the regions that are touched. */
  remove(offset: number, length: number): void {
    if (this.#pages.size === 0) return;
    const last = this.#region(offset + length - 1);
    for (let region = this.#region(offset); region <= last; region += 1) {
      const page = this.#pages.get(Math.floor(region / BITS_PER_PAGE));
      const bit = region % BITS_PER_PAGE;
      if (page !== undefined) page[bit >>> 3]! &= ~(1 << (bit & 7));
    }
  }

  /** Whether the region at `offset` is set, and for how many bytes on (to `length` at most) that holds. */
  run(offset: number, length: number): { set: boolean; length: number } {
    const size = 2 ** this.#shift;
    const first = this.#region(offset);
    if (this.#pages.size === 0) return { set: false, length };
    const set = this.#has(first);
    let region = first + 1;
    while (region * size < offset + length) {
      // A page that is not there is skipped at once.
      if (!set && !this.#pages.has(Math.floor(region / BITS_PER_PAGE))) {
        region = (Math.floor(region / BITS_PER_PAGE) + 1) * BITS_PER_PAGE;
      } else if (this.#has(region) === set) region += 1;
      else break;
    }
    return { set, length: Math.min(length, region * size - offset) };
  }
}
