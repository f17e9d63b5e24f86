/** One page of a block map in memory. */
export interface MapPage {
  /** Undefined while all blocks of the page are absent: most pages of a sparse volume. */
  entries: Uint8Array | undefined;
  /** Changed since it was last handed to the disk. */
  dirty: boolean;
  /** Being written to the disk right now; its only true copy is still this one. */
  writing: boolean;
  /** Used since the clock hand last passed. */
  used: boolean;
}

/**
 * Map pages of all layers of a folder, bounded. Sealed layers are shared, so a page of an image is in memory once
 * for all its clones. What is dirty or being written is never dropped: it would be read back older than it is.
 */
export class PageCache {
  readonly #limit: number;
  /** In the order of the clock: the oldest first. */
  readonly #pages = new Map<number, MapPage>();
  #nextOwner = 0;

  /** `limit`: pages of 4 KiB. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A range of keys for one layer: key = owner + page number. */
  newOwner(): number {
    // 2^28 pages are 16 EiB of volume; 2^25 owners fit before the numbers lose precision.
    return this.#nextOwner++ * 2 ** 28;
  }

  get size(): number {
    return this.#pages.size;
  }

  get(key: number): MapPage | undefined {
    const page = this.#pages.get(key);
    if (page) page.used = true;
    return page;
  }

  add(key: number, page: MapPage): void {
    if (this.#pages.size >= this.#limit) this.#makeRoom();
    this.#pages.set(key, page);
  }

  delete(key: number): void {
    this.#pages.delete(key);
  }

  /** Second chance: a used page goes to the end once, an unused one goes. One round at most. */
  #makeRoom(): void {
    let steps = this.#pages.size;
    for (const [key, page] of this.#pages) {
      if (steps-- === 0) return;
      this.#pages.delete(key);
      if (page.dirty || page.writing || page.used) {
        page.used = false;
        this.#pages.set(key, page);
      } else if (this.#pages.size < this.#limit) {
        return;
      }
    }
  }
}
