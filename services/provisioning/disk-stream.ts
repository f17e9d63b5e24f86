/**
 * A whole disk as one stream that a shell can read. A record is a line `OFFSET COUNT UNIT`, the first two counted in units
 * of UNIT bytes, and then that much data; what no record covers is zeros. The last line is `end SUM`: the BLAKE2b-512 of
 * the data of all records, which the reader compares with what it reads back from where it put it. A stream without that
 * line was cut off.
 *
 * BLAKE2b, since the reader hashes on a processor that is busy with the copy: SHA-256 without its instructions takes three
 * times as long.
 */
import { createHash } from 'node:crypto';
import type { Disk } from './storage/storage.ts';

/** What is read at once, and the longest record; two of it are in memory for each stream. */
const WINDOW_BYTES = 16 * 2 ** 20;
/** A zero this long is left out. */
const UNIT_BYTES = 2 ** 20;
/** The end of a disk is no multiple of the unit, but of a block. */
const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(UNIT_BYTES);

export type DiskSource = Pick<Disk, 'read'> & { sizeBytes: number };

export type StreamOptions = {
  /** Resolves when the bytes need no longer be kept. */
  write(bytes: Uint8Array): Promise<void>;
  /** Called with how much of the disk is done, in bytes, zeros included. */
  onProgress(doneBytes: number): void;
};

/** Rejects as `write` and the disk do. */
export async function streamDisk(disk: DiskSource, { write, onProgress }: StreamOptions): Promise<void> {
  const hash = createHash('blake2b512');
  const windows = [Buffer.allocUnsafeSlow(WINDOW_BYTES), Buffer.allocUnsafeSlow(WINDOW_BYTES)];
  const read = async (start: number, turn: number): Promise<Buffer> => {
    const window = windows[turn % 2]!.subarray(
      0,
      Math.max(0, Math.min(WINDOW_BYTES, disk.sizeBytes - start)),
    );
    if (window.length > 0) await disk.read(start, window);
    return window;
  };
  let next = read(0, 0);
  for (let start = 0, turn = 1; start < disk.sizeBytes; start += WINDOW_BYTES, turn++) {
    const window = await next;
    // The next is read while this one is on its way.
    next = read(start + WINDOW_BYTES, turn);
    next.catch(() => {}); // Met by the next turn, unless this one fails first.
    for (const { from, to } of dataIn(window)) {
      const data = window.subarray(from, to);
      await write(Buffer.from(header(start + from, data.length)));
      // In short pieces: hashing holds the event loop.
      for (let at = 0; at < data.length; at += UNIT_BYTES) {
        const piece = data.subarray(at, at + UNIT_BYTES);
        hash.update(piece);
        await write(piece);
      }
    }
    onProgress(start + window.length);
  }
  await write(Buffer.from(`end ${hash.digest('hex')}\n`));
}

function header(offset: number, length: number): string {
  const unit = length % UNIT_BYTES === 0 ? UNIT_BYTES : BLOCK_BYTES;
  return `${offset / unit} ${length / unit} ${unit}\n`;
}

/** The runs of units that hold anything but zeros. */
function dataIn(window: Buffer): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let from = 0; from < window.length; from += UNIT_BYTES) {
    const to = Math.min(from + UNIT_BYTES, window.length);
    if (window.subarray(from, to).equals(ZEROS.subarray(0, to - from))) continue;
    const last = runs.at(-1);
    if (last?.to === from) last.to = to;
    else runs.push({ from, to });
  }
  return runs;
}
