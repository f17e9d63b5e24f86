/**
 * The writing end of a log. It never fails its caller: where the disk refuses, what comes is counted and not kept, and
 * writing is tried again after a while. Nothing is synced: a kill loses nothing that was written, power loss may lose
 * the last seconds.
 */
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import {
  decodeMarks,
  encodeMark,
  endOf,
  MARK_BYTES,
  MARK_MS,
  type Segment,
  segmentPath,
  segmentsOf,
  timesPath,
  unlessAbsent,
} from './segment.ts';

export type LogWriterOptions = {
  segmentBytes: number;
  logBytes: number;
  diskRetryMs: number;
  /** Told when the disk refuses, with the reason, and when it takes what is written again. */
  onTrouble: (why: unknown | undefined) => void;
  /** Told when another segment was begun. */
  onSegment: () => void;
};

type Open = Segment & { data: FileHandle; times: FileHandle; marks: number };

export class LogWriter {
  readonly #folder: string;
  readonly #options: LogWriterOptions;
  #segment: Open | undefined;
  #end: number;
  /** The time of the last mark; marks never go back, whatever the clock does. */
  #marked = 0;
  /** When the disk is tried again; undefined while it takes what is written. */
  #retryAt: number | undefined;

  private constructor(folder: string, options: LogWriterOptions, end: number) {
    this.#folder = folder;
    this.#options = options;
    this.#end = end;
  }

  /** Goes on where the log ends. Marks of bytes that a crash kept from being written are taken off. */
  static async open(folder: string, options: LogWriterOptions): Promise<LogWriter> {
    const segments = await segmentsOf(folder);
    const end = endOf(segments);
    const writer = new LogWriter(folder, options, end);
    const last = segments.at(-1);
    if (last === undefined) return writer;
    const path = timesPath(folder, last.start);
    const marks = decodeMarks(await readFile(path).catch(unlessAbsent(Buffer.alloc(0))));
    const good = marks.filter(({ offset }) => offset <= end);
    writer.#marked = good.at(-1)?.at ?? 0;
    if (last.bytes < options.segmentBytes) await writer.#goOn(last, good.length).catch(() => {});
    return writer;
  }

  /** The offset of the next byte. */
  get end(): number {
    return this.#end;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#retryAt === undefined || performance.now() >= this.#retryAt) await this.#tryAppend(bytes);
    this.#end += bytes.length;
  }

  async close(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.data.close().catch(() => {});
    await segment?.times.close().catch(() => {});
  }

  async #tryAppend(bytes: Uint8Array): Promise<void> {
    try {
      const segment = await this.#room();
      const at = Math.max(Date.now(), this.#marked);
      if (segment.marks === 0 || at - this.#marked >= MARK_MS) {
        await segment.times.write(
          encodeMark({ at, offset: this.#end }),
          0,
          MARK_BYTES,
          segment.marks * MARK_BYTES,
        );
        segment.marks++;
        this.#marked = at;
      }
      await writeAll(segment.data, bytes, segment.bytes);
      segment.bytes += bytes.length;
      if (this.#retryAt !== undefined) this.#options.onTrouble(undefined);
      this.#retryAt = undefined;
    } catch (error) {
      // Half of a piece is none; what follows begins a segment of its own, which is how the gap is known.
      const { start, bytes } = this.#segment ?? { start: this.#end, bytes: 0 };
      await this.#segment?.data.truncate(bytes).catch(() => {});
      await this.close();
      if (bytes === 0) await dropSegment(this.#folder, start).catch(() => {});
      if (this.#retryAt === undefined) this.#options.onTrouble(error);
      this.#retryAt = performance.now() + this.#options.diskRetryMs;
    }
  }

  async #room(): Promise<Open> {
    if (this.#segment && this.#segment.bytes < this.#options.segmentBytes) return this.#segment;
    await this.close();
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#dropOldest();
    const segment = await this.#goOn({ start: this.#end, bytes: 0 }, 0);
    this.#options.onSegment();
    return segment;
  }

  async #goOn({ start, bytes }: Segment, marks: number): Promise<Open> {
    const flags = marks === 0 && bytes === 0 ? 'w' : 'r+';
    const data = await open(segmentPath(this.#folder, start), flags, 0o600);
    try {
      const times = await open(timesPath(this.#folder, start), marks === 0 ? 'w' : 'r+', 0o600);
      await times.truncate(marks * MARK_BYTES);
      this.#segment = { start, bytes, data, times, marks };
      return this.#segment;
    } catch (error) {
      await data.close();
      throw error;
    }
  }

  /** Makes room for one more segment. */
  async #dropOldest(): Promise<void> {
    const segments = await segmentsOf(this.#folder);
    let kept = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { start, bytes } of segments) {
      if (kept + this.#options.segmentBytes <= this.#options.logBytes) return;
      await dropSegment(this.#folder, start);
      kept -= bytes;
    }
  }
}

export async function dropSegment(folder: string, start: number): Promise<void> {
  await rm(timesPath(folder, start), { force: true });
  await rm(segmentPath(folder, start), { force: true });
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
