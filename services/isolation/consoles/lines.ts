/** The lines of a log, as a person would read them: without what drives a terminal, and never endless. */
import { plainLines } from '@bullion/service/plain-text';
import type { Piece } from './log-reader.ts';

export type Line = {
  /** Where it begins in the log. */
  offset: number;
  /** Where the next one begins, at the earliest. */
  end: number;
  text: string;
};

/** A line that is longer is cut: what is printed without an end must not be held in memory without one. */
export const LINE_BYTES = 8192;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Empty lines are left out; a progress bar that returns to the beginning of its line makes many. */
export async function* linesOf(pieces: AsyncIterable<Piece>): AsyncGenerator<Line> {
  let open = Buffer.alloc(0);
  let start = 0;
  for await (const piece of pieces) {
    if ('missing' in piece) {
      yield* line(open, start);
      open = Buffer.alloc(0);
      continue;
    }
    const bytes = Buffer.concat([open, piece.bytes]);
    const base = piece.offset - open.length;
    let from = 0;
    for (let at = open.length; at < bytes.length; at++) {
      const ends = bytes[at] === NEWLINE || bytes[at] === RETURN;
      if (!ends && at - from < LINE_BYTES) continue;
      yield* line(bytes.subarray(from, at), base + from);
      from = ends ? at + 1 : at;
    }
    open = bytes.subarray(from);
    start = base + from;
  }
  yield* line(open, start);
}

function* line(bytes: Buffer, offset: number): Generator<Line> {
  const text = plainLines(bytes.toString()).replaceAll('\n', '').trimEnd();
  if (text !== '') yield { offset, end: offset + bytes.length, text };
}
