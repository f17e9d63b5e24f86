/** The reading end of a log, by any number of readers at once, while it is written and while its oldest is dropped. */
import { open, readFile } from 'node:fs/promises';
import {
  decodeMarks,
  endOf,
  MARK_MS,
  type Mark,
  type Segment,
  segmentPath,
  segmentsOf,
  timesPath,
  unlessAbsent,
} from './segment.ts';

/** What was printed from `offset` on; or how much there is not kept any more, or never was. */
export type Piece = { offset: number; bytes: Buffer } | { offset: number; missing: number };

const PIECE_BYTES = 64 * 1024;

/** The log from one offset to another, every byte of it accounted for once. */
export async function* readLog(folder: string, from: number, to: number): AsyncGenerator<Piece> {
  let position = from;
  for (const { start, bytes } of await segmentsOf(folder)) {
    const end = Math.min(to, start + bytes);
    if (end <= position) continue;
    if (start > position) {
      yield { offset: position, missing: start - position };
      position = start;
    }
    for await (const piece of readSegment(folder, start, position, end)) {
      yield piece;
      position += piece.bytes.length;
    }
  }
  if (position < to) yield { offset: position, missing: to - position };
}

/** Ends early where the segment is dropped meanwhile. */
async function* readSegment(folder: string, start: number, from: number, to: number) {
  const file = await open(segmentPath(folder, start)).catch(unlessAbsent(undefined));
  if (!file) return;
  try {
    for (let offset = from; offset < to; ) {
      const length = Math.min(PIECE_BYTES, to - offset);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset - start);
      if (bytesRead === 0) return;
      yield { offset, bytes: buffer.subarray(0, bytesRead) };
      offset += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** When the bytes of a log came. */
export class Times {
  readonly #folder: string;
  readonly #segments: readonly Segment[];
  readonly #marks = new Map<number, Promise<Mark[]>>();

  private constructor(folder: string, segments: readonly Segment[]) {
    this.#folder = folder;
    this.#segments = segments;
  }

  static async of(folder: string): Promise<Times> {
    return new Times(folder, await segmentsOf(folder));
  }

  /** Within a quarter of a second; undefined for what is not kept. */
  async at(offset: number): Promise<Date | undefined> {
    const segment = this.#segments.findLast(({ start }) => start <= offset);
    const marks = segment ? await this.#of(segment) : [];
    const mark = marks.findLast((one) => one.offset <= offset);
    return mark && new Date(mark.at);
  }

  /** Where what came at `time` or later begins; at most a quarter of a second of what came before is in it. */
  async offsetOf(time: number): Promise<number> {
    let next = endOf(this.#segments);
    for (const segment of this.#segments.toReversed()) {
      for (const mark of (await this.#of(segment)).toReversed()) {
        // What came within MARK_MS of a mark has none of its own.
        if (mark.at <= time) return time - mark.at < MARK_MS ? mark.offset : next;
        next = mark.offset;
      }
    }
    return 0;
  }

  #of({ start }: Segment): Promise<Mark[]> {
    let marks = this.#marks.get(start);
    if (!marks) {
      marks = readFile(timesPath(this.#folder, start)).then(decodeMarks, unlessAbsent<Mark[]>([]));
      this.#marks.set(start, marks);
    }
    return marks;
  }
}
