/**
 * The files of a log. `START.log` holds what the server printed from byte START of the log on; `START.times` says when,
 * as marks of 16 bytes: a time and the offset of the first byte that came then. A byte that is in no segment was not
 * kept: offsets go on all the same, so a gap is a segment that begins after the end of the one before.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type Segment = {
  /** Its first byte, counted from the beginning of the log. */
  start: number;
  bytes: number;
};

/** The bytes from `offset` on came at `at`, in milliseconds of the epoch. */
export type Mark = { at: number; offset: number };

export const MARK_BYTES = 16;
/** Marks are no closer than this, in milliseconds: as exact as a reader of a console can want. */
export const MARK_MS = 250;
const DIGITS = 15;

export const segmentPath = (folder: string, start: number) => join(folder, `${name(start)}.log`);
export const timesPath = (folder: string, start: number) => join(folder, `${name(start)}.times`);
const name = (start: number) => String(start).padStart(DIGITS, '0');

export const endOf = (segments: readonly Segment[]): number => {
  const last = segments.at(-1);
  return last ? last.start + last.bytes : 0;
};

/** Those of a log, oldest first; none where there is no such folder. */
export async function segmentsOf(folder: string): Promise<Segment[]> {
  const names = await readdir(folder).catch(unlessAbsent<string[]>([]));
  const starts = names
    .filter((each) => /^\d{15}\.log$/.test(each))
    .map((each) => Number.parseInt(each, 10))
    .sort((a, b) => a - b);
  const found = await Promise.all(
    starts.map(async (start) => {
      const bytes = await stat(segmentPath(folder, start)).then(({ size }) => size, unlessAbsent(undefined));
      return bytes === undefined ? undefined : { start, bytes };
    }),
  );
  return found.filter((each) => each !== undefined);
}

export function encodeMark({ at, offset }: Mark): Buffer {
  const bytes = Buffer.alloc(MARK_BYTES);
  bytes.writeDoubleBE(at, 0);
  bytes.writeDoubleBE(offset, 8);
  return bytes;
}

/** A mark that was cut off by a crash is not one. */
export function decodeMarks(bytes: Buffer): Mark[] {
  return Array.from({ length: Math.floor(bytes.length / MARK_BYTES) }, (_, index) => ({
    at: bytes.readDoubleBE(index * MARK_BYTES),
    offset: bytes.readDoubleBE(index * MARK_BYTES + 8),
  }));
}

/** For `catch`: a file that was dropped meanwhile is no error. */
export function unlessAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };
}
