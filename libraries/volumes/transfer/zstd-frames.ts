import { open } from 'node:fs/promises';
import { readWhole } from '../system/whole.ts';

const FRAME = 0xfd2fb528;
const WINDOW_BYTES = 1 << 20;
const RLE = 1;
const RESERVED = 3;

/**
 * Whether a file is whole zstd frames to its end (RFC 8878 section 3.1). Node's decompressor takes a stream that
 * breaks off for one that has ended, and the disk would lack its end without a word; of a stream with frames that are
 * to be skipped it may leave out the rest, so those are refused as well. Only headers are looked at.
 */
export async function isWholeZstd(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const window = Buffer.alloc(WINDOW_BYTES);
    let begins = -1;
    let filled = 0;
    /** `count` bytes at `at`; undefined beyond the end. */
    const peek = async (at: number, count: number): Promise<Buffer | undefined> => {
      if (at + count > size) return undefined;
      if (begins < 0 || at < begins || at + count > begins + filled) {
        begins = at;
        filled = await readWhole(file, window, at);
      }
      return window.subarray(at - begins, at - begins + count);
    };
    let at = 0;
    while (at < size) {
      const end = await frameEnd(peek, at);
      if (end === undefined || end > size) return false;
      at = end;
    }
    return size > 0;
  } finally {
    await file.close();
  }
}

type Peek = (at: number, count: number) => Promise<Buffer | undefined>;

async function frameEnd(peek: Peek, start: number): Promise<number | undefined> {
  const magic = (await peek(start, 4))?.readUInt32LE(0);
  if (magic === undefined) return undefined;
  const descriptor = (await peek(start + 4, 1))?.[0];
  if (magic !== FRAME || descriptor === undefined) return undefined;
  let at = start + 5 + headerBytes(descriptor);
  for (let last = false; !last; ) {
    const header = (await peek(at, 3))?.readUIntLE(0, 3);
    if (header === undefined) return undefined;
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    if (type === RESERVED) return undefined;
    at += 3 + (type === RLE ? 1 : header >> 3);
  }
  const hasChecksum = (descriptor & 4) !== 0;
  return hasChecksum ? at + 4 : at;
}

/** Section 3.1.1.1: what follows the descriptor: window, dictionary, content size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  return (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
}
