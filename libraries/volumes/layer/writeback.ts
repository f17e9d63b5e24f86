import { fromSystem, VolumeError } from '../errors.ts';
import type { JournalEntry } from '../journal/frame.ts';
import type { Journal } from '../journal/journal.ts';
import type { BlockMap } from '../map/block-map.ts';
import type { StoredFile } from '../system/file-layer.ts';

/** What a flush may carry in the journal; more than this goes to its own place at once instead of twice. */
const JOURNAL_FLUSH_BYTES = 256 * 1024;
const JOURNAL_FLUSH_ENTRIES = 1024;

/**
 * Makes what was written to one live layer durable. A flush takes one of two ways:
 *
 * Small, the usual case: the bytes written since the last flush go into the folder's journal (journal.ts), one write
 * and one fdatasync, shared with all other volumes that flush now.
 *
 * A checkpoint, when there is more, when the journal has no room, and before the layer is sealed or closed:
 *
 *   1. copy the changed map pages    (they name only blocks whose data write has ended)
 *   2. fdatasync the data file
 *   3. write the copies to the map file, fdatasync it
 *   4. tell the journal, if it has something of this layer, that it is settled
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
export class Writeback {
  readonly #layerId: string;
  readonly #data: StoredFile;
  readonly #map: BlockMap;
  readonly #mapFile: StoredFile;
  readonly #journal: Journal;
  /** What was written since the last flush, in the order in which the writes ended. */
  #pending: JournalEntry[] = [];
  #pendingBytes = 0;
  /** `#pending` is not all there is: only a checkpoint makes it durable. */
  #incomplete: boolean;
  /** The data file has bytes that no sync of it has covered, and the same of the map file. */
  #dataUnsynced: boolean;
  #mapUnsynced: boolean;
  #failure: VolumeError | undefined;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;
  #nextIsCheckpoint = false;

  /**
   * `unknown`: somebody may have written to the files before. After a kill -9 the page cache may show writes that
   * were never synced, and an initiator may have read them; the first flush must cover them.
   */
  constructor(
    layerId: string,
    files: { data: StoredFile; map: BlockMap; mapFile: StoredFile },
    journal: Journal,
    unknown: boolean,
  ) {
    this.#layerId = layerId;
    this.#data = files.data;
    this.#map = files.map;
    this.#mapFile = files.mapFile;
    this.#journal = journal;
    this.#dataUnsynced = this.#mapUnsynced = this.#incomplete = unknown;
  }

  /** Throws once a sync has failed: then the layer takes no more writes. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** A write is about to begin; also when it fails it may have written a part. */
  writing(): void {
    this.#dataUnsynced = true;
  }

  /** A write has ended. Copies the bytes, which are the caller's. */
  wrote(position: number, bytes: Uint8Array): void {
    this.#remember(bytes.length, () => ({
      kind: 'data',
      layerId: this.#layerId,
      position,
      bytes: new Uint8Array(bytes), // not `slice`: that of a Buffer copies nothing
    }));
  }

  zeroed(first: number, count: number): void {
    this.#remember(0, () => ({ kind: 'zero', layerId: this.#layerId, first, count }));
  }

  /**
   * Durable when resolved: every write and mark that had resolved before the call. Calls share the work: while one
   * flush runs, all that come in wait for one more, which begins after their writes had ended.
   */
  flush(): Promise<void> {
    if (this.#nextFlush) return this.#nextFlush;
    if (!this.#flushing) return this.#begin();
    this.#nextFlush = this.#flushing
      .catch(() => {}) // its own callers were told
      .then(turnOfTheLoop) // they may well have more to write, which can come along
      .then(() => {
        this.#nextFlush = undefined;
        return this.#begin();
      });
    return this.#nextFlush;
  }

  /** A flush after which the layer's own files have everything, and the journal nothing. */
  checkpoint(): Promise<void> {
    this.#nextIsCheckpoint = true;
    return this.flush();
  }

  /** A flush will begin as soon as the one under way has ended. */
  get isWaiting(): boolean {
    return this.#nextFlush !== undefined;
  }

  /** Waits for what is under way. */
  async idle(): Promise<void> {
    while (this.#nextFlush ?? this.#flushing) await (this.#nextFlush ?? this.#flushing)!.catch(() => {});
  }

  #remember(bytes: number, entry: () => JournalEntry): void {
    if (this.#incomplete) return;
    this.#pendingBytes += bytes;
    if (
      !this.#journal.enabled ||
      this.#pendingBytes > JOURNAL_FLUSH_BYTES ||
      this.#pending.length >= JOURNAL_FLUSH_ENTRIES
    ) {
      this.#pending = [];
      this.#incomplete = true;
    } else {
      this.#pending.push(entry());
    }
  }

  #begin(): Promise<void> {
    const flush = this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    this.#flushing = flush;
    return flush;
  }

  async #flush(): Promise<void> {
    this.check();
    const pending = this.#pending;
    const incomplete = this.#incomplete;
    const checkpoint = this.#nextIsCheckpoint;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#incomplete = this.#nextIsCheckpoint = false;
    try {
      if (!incomplete && !checkpoint) {
        if (pending.length === 0) return;
        if (this.#journal.hasRoom() && (await this.#append(pending))) return;
      }
      await this.#checkpoint();
    } catch (error) {
      this.#incomplete = true;
      this.#nextIsCheckpoint ||= checkpoint;
      throw error;
    }
  }

  /** False when the journal cannot take it although no harm was done: a full disk may still have room elsewhere. */
  async #append(pending: readonly JournalEntry[]): Promise<boolean> {
    try {
      await this.#journal.append(pending);
      return true;
    } catch (error) {
      if (fromSystem(error, '').code === 'no-space') return false;
      throw this.#fail(error);
    }
  }

  async #checkpoint(): Promise<void> {
    const upTo = this.#journal.lastNumber; // this layer has no frame under way: its flushes take turns
    const pages = this.#map.takeDirty();
    if (pages.length > 0) this.#mapUnsynced = true;
    try {
      if (this.#dataUnsynced) {
        this.#dataUnsynced = false;
        await this.#sync(this.#data);
      }
      if (this.#mapUnsynced) {
        try {
          await this.#map.store(pages);
        } catch (error) {
          throw fromSystem(error, `writing the block map of layer ${this.#layerId}`);
        }
        await this.#sync(this.#mapFile);
        this.#mapUnsynced = false;
      }
      this.#map.settle(pages, true);
    } catch (error) {
      this.#map.settle(pages, false);
      throw error;
    }
    try {
      await this.#journal.settle(this.#layerId, upTo);
    } catch (error) {
      const failure = fromSystem(error, `settling layer ${this.#layerId} in the journal`);
      throw failure.code === 'no-space' ? failure : this.#fail(error);
    }
  }

  async #sync(file: StoredFile): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * After a failed fdatasync the kernel may have dropped the pages and a second call would succeed without having
   * written them. So the first failure is final for this opening of the layer.
   */
  #fail(cause: unknown): VolumeError {
    this.#failure = new VolumeError(
      'io-error',
      `flushing layer ${this.#layerId} failed; writes since the last flush may be lost`,
      'Look at the disk (dmesg). Close the volume and open it again to go on from what the disk holds.',
      cause,
    );
    return this.#failure;
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
