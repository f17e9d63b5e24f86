/** The lines of a log, as a person would read them: without what drives a terminal, and never endless. */
import { plainLines } from '@bullion/service/plain-text';
import type { Piece } from './log-reader.ts';

export type Line = {
  /** Where it begins in the log. */
  offset: number;
  /** Where it ends. */
  end: number;
  text: string;
};

/** A line that is longer is cut: what is printed without an end must not be held in memory without one. */
export const LINE_BYTES = 8192;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The lines that end in each piece, and at last the open one. Empty ones are left out: a progress bar that returns to
 * the beginning of its line makes many.
 */
export async function* linesOf(pieces: AsyncIterable<Piece>): AsyncGenerator<Line[]> {
  let open = Buffer.alloc(0);
  let offset = 0;
  for await (const piece of pieces) {
    if ('missing' in piece) {
      yield [lineOf(open, offset)].filter((line) => line !== undefined);
      open = Buffer.alloc(0);
      continue;
    }
    const before = open.length;
    const bytes = Buffer.concat([open, piece.bytes]);
    offset = piece.offset - before;
    const { lines, rest } = cut(bytes, offset, before);
    yield lines;
    open = bytes.subarray(rest);
    offset += rest;
  }
  yield [lineOf(open, offset)].filter((line) => line !== undefined);
}

/** There is no end of a line before `from`. Returns where the last line begins that has no end yet. */
function cut(bytes: Buffer, offset: number, from: number): { lines: Line[]; rest: number } {
  const lines: Line[] = [];
  let start = 0;
  for (let at = from; at < bytes.length; at++) {
    const ends = bytes[at] === NEWLINE || bytes[at] === RETURN;
    if (!ends && at - start < LINE_BYTES) continue;
    const line = at === start ? undefined : lineOf(bytes.subarray(start, at), offset + start);
    if (line) lines.push(line);
    start = ends ? at + 1 : at;
  }
  return { lines, rest: start };
}

function lineOf(bytes: Buffer, offset: number): Line | undefined {
  const text = plainLines(bytes.toString()).replaceAll('\n', '').trimEnd();
  return text === '' ? undefined : { offset, end: offset + bytes.length, text };
}
