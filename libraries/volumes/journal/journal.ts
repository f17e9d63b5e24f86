import { basename, dirname } from 'node:path';
import type { FileLayer, StoredFile } from '../system/file-layer.ts';
import type { JournalEntry } from './frame.ts';
import { JournalSegment } from './segment.ts';

/** Default size; two segments of half of it. */
export const JOURNAL_BYTES = 32 * 1024 * 1024;
/** A segment grows by so much, with zeros: the file system's own bookkeeping is then done for many frames at once. */
const GROW_BYTES = 1024 * 1024;

/** Where a frame is that says something of a layer which is not yet in the layer's own files. */
interface FrameRef {
  readonly number: number;
  readonly segment: number;
  readonly position: number;
}

/**
 * Makes small flushes durable by one write and one fdatasync, of all volumes of a folder together: what was written
 * since the last flush is appended here, data and all, and is on the disk in one place, whose blocks the file system
 * has long allocated. The layers' own files have the same bytes in the page cache; they are synced later, many writes
 * at once (a checkpoint), and the layer is then `settled`.
 *
 * After a crash every layer gets written again what the journal says of it, in order. That may put a block back from
 * an unflushed write to the last flushed one; never from a flushed one, since a checkpoint that acknowledges a
 * flush has its `settled` in the journal before it resolves.
 *
 * Two segments take turns. When one is full and the other still has something that is not settled, there is no room,
 * and flushes are checkpoints until there is.
 */
export class Journal {
  readonly #files: FileLayer;
  readonly #folder: string;
  readonly #limitBytes: number;
  /** Asked to make checkpoints of these layers, so that the segment they are in becomes free. */
  readonly #onFull: (layerIds: string[]) => void;
  readonly #segments: JournalSegment[] = [];
  #current = 0;
  #number = 1;
  readonly #outstanding = new Map<string, FrameRef[]>();
  #queue: JournalEntry[] = [];
  #next: Promise<number> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    files: FileLayer,
    folder: string,
    totalBytes: number,
    onFull: (layerIds: string[]) => void = () => {},
  ) {
    this.#files = files;
    this.#folder = folder;
    this.#limitBytes = totalBytes / 2;
    this.#onFull = onFull;
  }

  /** Reads what a former process left; resolves with the layers that `replay` has something for. */
  async open(): Promise<string[]> {
    const names = await this.#files.list(this.#folder);
    if (!this.#paths.some((path) => names.includes(basename(path)))) return [];
    await this.#openSegments(names);
    const found: (FrameRef & { entries: readonly JournalEntry[] })[] = [];
    for (const [index, segment] of this.#segments.entries()) {
      await segment.scan(({ number, entries }, position) => {
        found.push({ segment: index, number, position, entries });
      });
    }
    for (const { entries, ...ref } of found.sort((a, b) => a.number - b.number)) this.#note(ref, entries);
    const newest = found.at(-1);
    if (newest) {
      this.#current = newest.segment;
      this.#number = newest.number + 1;
    }
    return [...this.#outstanding.keys()];
  }

  get enabled(): boolean {
    return this.#limitBytes > 0;
  }

  hasRoom(): boolean {
    return (
      this.enabled &&
      ((this.#segments[this.#current]?.usedBytes ?? 0) < this.#limitBytes || this.#isFree(1 - this.#current))
    );
  }

  /** The number of the last frame; what a checkpoint that begins now will settle. */
  get lastNumber(): number {
    return this.#number - 1;
  }

  isOutstanding(layerId: string): boolean {
    return this.#outstanding.has(layerId);
  }

  /** Durable when resolved. Entries that are given while a frame is being written go into the next one together. */
  append(entries: readonly JournalEntry[]): Promise<number> {
    for (const entry of entries) this.#queue.push(entry);
    if (!this.#next) {
      const next = this.#writing.then(() => this.#write());
      this.#next = next;
      this.#writing = next.catch(() => {}); // those who wait for it are told
    }
    return this.#next;
  }

  /** What frames up to `upTo` say of a layer is in its own files, durably. */
  async settle(layerId: string, upTo: number): Promise<void> {
    if (this.isOutstanding(layerId)) await this.append([{ kind: 'settled', layerId, upTo }]);
  }

  /** The layer is gone. */
  forget(layerId: string): void {
    this.#outstanding.delete(layerId);
  }

  /** What the journal says of a layer beyond the layer's own files, in order. */
  async *replay(layerId: string): AsyncGenerator<JournalEntry> {
    for (const { segment, position, number } of this.#outstanding.get(layerId) ?? []) {
      const frame = await this.#segments[segment]!.read(position);
      if (frame?.number !== number) throw new Error(`frame ${number} of the journal cannot be read any more`);
      for (const entry of frame.entries) if (entry.layerId === layerId) yield entry;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await Promise.all(this.#segments.map((segment) => segment.close()));
  }

  async #write(): Promise<number> {
    const entries = this.#queue;
    this.#queue = [];
    this.#next = undefined;
    if (this.#segments.length === 0) await this.#openSegments(await this.#files.list(this.#folder));
    if (this.#segments[this.#current]!.usedBytes >= this.#limitBytes) this.#turnOver();
    const number = this.#number;
    const segment = this.#current;
    const position = await this.#segments[segment]!.append(number, entries);
    this.#number += 1;
    this.#note({ number, segment, position }, entries);
    return number;
  }

  /** Goes on in the other segment, if that is free; otherwise in this one, beyond its limit. */
  #turnOver(): void {
    if (!this.#isFree(1 - this.#current)) return;
    const full = this.#current;
    this.#current = 1 - full;
    this.#segments[this.#current]!.restart();
    const layers = [...this.#outstanding]
      .filter(([, refs]) => refs.some((ref) => ref.segment === full))
      .map(([layerId]) => layerId);
    if (layers.length > 0) this.#onFull(layers);
  }

  #isFree(segment: number): boolean {
    for (const refs of this.#outstanding.values()) {
      if (refs.some((ref) => ref.segment === segment)) return false;
    }
    return true;
  }

  #note(ref: FrameRef, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const refs = this.#outstanding.get(entry.layerId) ?? [];
      if (entry.kind === 'settled') {
        const rest = refs.filter(({ number }) => number > entry.upTo);
        if (rest.length > 0) this.#outstanding.set(entry.layerId, rest);
        else this.#outstanding.delete(entry.layerId);
      } else {
        if (refs.at(-1)?.number !== ref.number) refs.push(ref);
        this.#outstanding.set(entry.layerId, refs);
      }
    }
  }

  get #paths(): string[] {
    return [0, 1].map((segment) => `${this.#folder}/journal.${segment}`);
  }

  async #openSegments(names: readonly string[]): Promise<void> {
    const opened: StoredFile[] = [];
    let made = false;
    try {
      for (const path of this.#paths) {
        const there = names.includes(basename(path));
        opened.push(await (there ? this.#files.open(path, true) : this.#files.create(path)));
        made ||= !there;
      }
      if (made) await this.#files.syncFolder(dirname(this.#paths[0]!));
      const segments = await Promise.all(
        opened.map((file) => JournalSegment.of(file, Math.min(GROW_BYTES, this.#limitBytes))),
      );
      this.#segments.push(...segments);
    } catch (error) {
      await Promise.allSettled(opened.map((file) => file.close()));
      throw error;
    }
  }
}
