import { fromSystem, VolumeError } from '../errors.ts';
import { SECTOR_BYTES } from '../geometry.ts';
import type { StoredFile } from '../system/file-layer.ts';
import {
  ABSENT,
  type BlockState,
  decodePage,
  encodePage,
  fillStates,
  MapPageError,
  PAGE_BLOCKS,
  PAGE_BYTES,
  PAGE_ENTRY_BYTES,
  runLength,
  stateAt,
} from './map-page.ts';
import type { MapPage, PageCache } from './page-cache.ts';

/** Pages written by one call at a flush: 1 MiB. */
const PAGES_PER_WRITE = 256;

/**
 * Where each block of one layer is, read from its map file page by page as it is asked for. A 4 TiB layer that
 * nobody wrote has an empty map file and costs nothing.
 */
export class BlockMap {
  readonly #layerId: string;
  readonly #seed: number;
  readonly #file: StoredFile;
  readonly #cache: PageCache;
  readonly #owner: number;
  /** Pages that the file holds; those beyond are absent and need no reading. */
  #pagesInFile: number;
  readonly #loading = new Map<number, Promise<void>>();
  readonly #dirty = new Map<number, MapPage>();
  readonly #known = new Set<number>();

  constructor(layerId: string, file: StoredFile, fileBytes: number, cache: PageCache) {
    this.#layerId = layerId;
    this.#seed = Number.parseInt(layerId.slice(0, 8), 16);
    this.#file = file;
    this.#cache = cache;
    this.#owner = cache.newOwner();
    this.#pagesInFile = Math.ceil(fileBytes / PAGE_BYTES);
  }

  get pagesInFile(): number {
    return this.#pagesInFile;
  }

  /** No block from this one on is in the file. */
  get blocksInFile(): number {
    return this.#pagesInFile * PAGE_BLOCKS;
  }

  get dirtyPages(): number {
    return this.#dirty.size;
  }

  /** False when `load(block)` must come first. */
  isLoaded(block: number): boolean {
    const page = Math.floor(block / PAGE_BLOCKS);
    return this.#cache.get(this.#owner + page) !== undefined || page >= this.#pagesInFile;
  }

  /** The state of `block` and how many blocks from it on, at most `max`, share it. Its page must be loaded. */
  run(block: number, max: number): { state: BlockState; count: number } {
    const page = Math.floor(block / PAGE_BLOCKS);
    const index = block - page * PAGE_BLOCKS;
    const entries = this.#cache.get(this.#owner + page)?.entries;
    if (entries === undefined) return { state: ABSENT, count: Math.min(max, PAGE_BLOCKS - index) };
    return { state: stateAt(entries, index), count: runLength(entries, index, max) };
  }

  /** Brings the page of `block` into memory. Throws `corrupt` when it is damaged. */
  load(block: number): Promise<void> {
    const page = Math.floor(block / PAGE_BLOCKS);
    // One load per page at a time: a second one would put an older copy over changes made after the first.
    let loading = this.#loading.get(page);
    if (!loading) {
      loading = this.#load(page).finally(() => this.#loading.delete(page));
      this.#loading.set(page, loading);
    }
    return loading;
  }

  /** Sets the states of a range. Two callers at once must not share a block (they may share a page). */
  async set(first: number, count: number, state: BlockState): Promise<void> {
    for (let done = 0; ; await this.load(first + done)) {
      done += this.setNow(first + done, count - done, state);
      if (done === count) return;
    }
  }

  /** The same up to the first block whose page must be loaded; how many were set. */
  setNow(first: number, count: number, state: BlockState): number {
    let block = first;
    const end = first + count;
    while (block < end) {
      const number = Math.floor(block / PAGE_BLOCKS);
      const page = this.#cache.get(this.#owner + number) ?? this.#addIfNew(number);
      if (!page) break;
      // Nothing is waited for between finding the page and changing it: it can be neither dropped nor replaced.
      const index = block - number * PAGE_BLOCKS;
      const within = Math.min(end - block, PAGE_BLOCKS - index);
      if (page.entries === undefined && state !== ABSENT) page.entries = new Uint8Array(PAGE_ENTRY_BYTES);
      if (page.entries && fillStates(page.entries, index, within, state)) {
        page.dirty = true;
        this.#dirty.set(number, page);
      }
      block += within;
    }
    return block - first;
  }

  /**
   * Copies of the changed pages as they are at this moment. They count as being written, and stay in memory,
   * until `store` has ended.
   */
  takeDirty(): DirtyPages {
    const taken: DirtyPages = [...this.#dirty]
      .sort(([a], [b]) => a - b)
      .map(([number, page]) => ({ number, page, bytes: encodePage(page.entries!, number, this.#seed) }));
    for (const { page } of taken) {
      page.dirty = false;
      page.writing = true;
    }
    this.#dirty.clear();
    return taken;
  }

  /** Writes pages that `takeDirty` gave. The caller syncs the file, then calls `settle`. */
  async store(taken: DirtyPages): Promise<void> {
    for (let from = 0; from < taken.length; ) {
      let to = from + 1;
      while (
        to < taken.length &&
        to - from < PAGES_PER_WRITE &&
        taken[to]!.number === taken[to - 1]!.number + 1
      ) {
        to += 1;
      }
      const group = taken.slice(from, to);
      const bytes = group.length === 1 ? group[0]!.bytes : Buffer.concat(group.map((one) => one.bytes));
      await this.#file.write(bytes, group[0]!.number * PAGE_BYTES);
      this.#pagesInFile = Math.max(this.#pagesInFile, group[0]!.number + group.length);
      from = to;
    }
  }

  /** Ends what `takeDirty` began: the pages are on the disk, or (`stored` false) are dirty again. */
  settle(taken: DirtyPages, stored: boolean): void {
    for (const { number, page } of taken) {
      page.writing = false;
      if (stored) continue;
      page.dirty = true;
      this.#dirty.set(number, page);
    }
  }

  /** Leaves the cache. No operation may be under way. */
  forget(): void {
    for (const number of this.#known) this.#cache.delete(this.#owner + number);
    this.#known.clear();
    this.#dirty.clear();
  }

  #addIfNew(number: number): MapPage | undefined {
    if (number < this.#pagesInFile || this.#loading.has(number)) return undefined;
    return this.#add(number, undefined);
  }

  #add(number: number, entries: Uint8Array | undefined): MapPage {
    const page: MapPage = { entries, dirty: false, writing: false, used: true };
    this.#known.add(number);
    this.#cache.add(this.#owner + number, page);
    return page;
  }

  async #load(number: number): Promise<void> {
    if (this.#cache.get(this.#owner + number)) return;
    const what = `reading the block map of layer ${this.#layerId}`;
    const bytes = new Uint8Array(PAGE_BYTES);
    let read: number;
    try {
      read = await this.#file.read(bytes, number * PAGE_BYTES);
    } catch (error) {
      throw fromSystem(error, what);
    }
    try {
      // Beyond the end nothing was written. A power loss may leave whole sectors of a page; never a part of one.
      if (read % SECTOR_BYTES !== 0) throw new MapPageError(`map page ${number} is cut off inside a sector`);
      this.#add(number, decodePage(bytes, number, this.#seed));
    } catch (error) {
      if (!(error instanceof MapPageError)) throw error;
      throw new VolumeError(
        'corrupt',
        `${what}: ${error.message}`,
        'The blocks of this page cannot be trusted. Restore the volume from a snapshot or an export.',
        error,
      );
    }
  }
}

export type DirtyPages = readonly { number: number; page: MapPage; bytes: Uint8Array }[];
