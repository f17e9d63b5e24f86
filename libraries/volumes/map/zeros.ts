import type { Extent } from '../disk/discarded.ts';
import { BLOCK_BYTES } from '../geometry.ts';

/** The runs of whole blocks of zeros among bytes that lie at `position` of a disk. */
export function zeroBlocks(position: number, bytes: Uint8Array): Extent[] {
  const runs: Extent[] = [];
  const first = Math.ceil(position / BLOCK_BYTES);
  const end = Math.floor((position + bytes.length) / BLOCK_BYTES);
  for (let block = first; block < end; block += 1) {
    const at = block * BLOCK_BYTES - position;
    if (!isZero(bytes.subarray(at, at + BLOCK_BYTES))) continue;
    const last = runs.at(-1);
    if (last && last.first + last.count === block) {
      runs[runs.length - 1] = { first: last.first, count: last.count + 1 };
    } else {
      runs.push({ first: block, count: 1 });
    }
  }
  return runs;
}

/** One of these whole blocks is zeros. */
export function hasZeroBlock(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    if (bytes[at] === 0 && isZero(bytes.subarray(at, at + BLOCK_BYTES))) return true;
  }
  return false;
}

const ZEROS = Buffer.alloc(64 * 1024);

/** True when all bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  if (bytes.length > 0 && bytes[0] !== 0) return false;
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}
