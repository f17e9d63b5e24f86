import { randomBytes } from 'node:crypto';
import { Patience } from '../cache/patience.ts';
import type { StoredFile } from '../system/file-layer.ts';
import {
  decodeFrame,
  encodeFrame,
  FRAME_ALIGN,
  type Frame,
  frameLength,
  type JournalEntry,
  NONCE_BYTES,
} from './frame.ts';

/** No frame is larger than this; what says it is, is not a frame. */
const FRAME_LIMIT = 256 * 1024 * 1024;

/** A small frame goes into the page cache at once: a flush that one server waits for is one trip to the pool less. */
const WRITE_NOW_BYTES = 64 * 1024;

/** One of the journal's two files: frames one after the other from its start. */
export class JournalSegment {
  readonly #file: StoredFile;
  readonly #growBytes: number;
  readonly #patience = new Patience();
  #nonce: Buffer = randomBytes(NONCE_BYTES);
  /** Bytes that hold frames, and bytes that were written at all: a write within the latter changes no metadata. */
  #usedBytes = 0;
  #preparedBytes: number;

  private constructor(file: StoredFile, preparedBytes: number, growBytes: number) {
    this.#file = file;
    this.#preparedBytes = preparedBytes;
    this.#growBytes = growBytes;
  }

  static async of(file: StoredFile, growBytes: number): Promise<JournalSegment> {
    const size = await file.size();
    return new JournalSegment(file, size - (size % FRAME_ALIGN), growBytes);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Tells `visit` of every whole frame, in order, until the first place that has none. Durable from then on: after a
   * kill -9 the last frame may be in the page cache only, and a `settled` that is believed must not go away again.
   */
  async scan(visit: (frame: Frame, position: number) => void): Promise<void> {
    await this.#file.sync();
    this.#usedBytes = 0;
    let last: Frame | undefined;
    for (;;) {
      const frame = await this.read(this.#usedBytes);
      if (!frame) return;
      if (last && (frame.number !== last.number + 1 || Buffer.compare(frame.nonce, last.nonce) !== 0)) return;
      if (!last) this.#nonce = Buffer.from(frame.nonce);
      visit(frame, this.#usedBytes);
      this.#usedBytes += frame.bytes;
      last = { ...frame, nonce: Buffer.from(frame.nonce) };
    }
  }

  async read(position: number): Promise<Frame | undefined> {
    const header = Buffer.alloc(FRAME_ALIGN);
    if ((await this.#file.read(header, position)) < header.length) return undefined;
    const length = frameLength(header);
    if (length === undefined || length > FRAME_LIMIT) return undefined;
    if (length === header.length) return decodeFrame(header);
    const whole = Buffer.alloc(length);
    if ((await this.#file.read(whole, position)) < length) return undefined;
    return decodeFrame(whole);
  }

  /** Begins anew from the start; what the segment held is given up. */
  restart(): void {
    this.#nonce = randomBytes(NONCE_BYTES);
    this.#usedBytes = 0;
  }

  /**
   * Durable when resolved; resolves with the frame's position. When it rejects, the next frame takes the same place:
   * what is left of this one is either whole, and then as good as any write that was not acknowledged, or not a frame.
   */
  async append(number: number, entries: readonly JournalEntry[]): Promise<number> {
    const frame = encodeFrame(number, this.#nonce, entries);
    const position = this.#usedBytes;
    while (position + frame.length > this.#preparedBytes) {
      await this.#file.write(Buffer.alloc(this.#growBytes), this.#preparedBytes);
      this.#preparedBytes += this.#growBytes;
    }
    if (!this.#writeNow(frame, position)) await this.#file.write(frame, position);
    await this.#file.sync();
    this.#usedBytes = position + frame.length;
    return position;
  }

  #writeNow(frame: Uint8Array, position: number): boolean {
    const begun = performance.now();
    if (frame.length > WRITE_NOW_BYTES || !this.#patience.allows(begun)) return false;
    const written = this.#file.writeNow?.(frame, position) ?? false;
    this.#patience.took(begun, performance.now());
    return written;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
