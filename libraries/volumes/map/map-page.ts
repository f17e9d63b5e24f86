import { crc32 } from 'node:zlib';
import { SECTOR_BYTES } from '../geometry.ts';
import { isZero } from './zeros.ts';

/**
 * One page of a layer's block map, as it lies on the disk: 8 sectors, each
 *
 *     0    504  entries, 2 bits per block, the lowest bits first
 *     504    4  the sector's number in the map + 1, little-endian: a misplaced sector is noticed
 *     508    4  CRC-32 of the 508 bytes before it, seeded by the layer: another layer's sector is noticed
 *
 * A sector of zeros was never written: all its blocks are absent.
 *
 * The checksum is per sector, not per page, because a sector is what a disk writes whole or not at all. A page
 * that a power loss tore is then a mixture of old and new sectors, each of them valid; a sector that is not valid
 * is damage, never an accident of timing, and is reported as such.
 */
export const PAGE_BYTES = 4096;
const ENTRY_BYTES = 504;
const SECTORS = PAGE_BYTES / SECTOR_BYTES;
/** Blocks in one page: 16,128 of 4 KiB, which is 63 MiB of volume. */
export const PAGE_BLOCKS = SECTORS * ENTRY_BYTES * 4;
/** Bytes of a page in memory, where the entries lie without gaps. */
export const PAGE_ENTRY_BYTES = SECTORS * ENTRY_BYTES;

/** Nothing here: ask the parent; zeros when there is none. */
export const ABSENT = 0;
/** In this layer's data file. */
export const DATA = 1;
/** Zeros, whatever the parent holds. */
export const ZERO = 2;
export type BlockState = typeof ABSENT | typeof DATA | typeof ZERO;

export class MapPageError extends Error {
  override readonly name = 'MapPageError';
}

/** The entries of page `page` in the form of the disk. `seed` is the layer's own number, 32 bits. */
export function encodePage(entries: Uint8Array, page: number, seed: number): Uint8Array {
  const out = new Uint8Array(PAGE_BYTES);
  const view = new DataView(out.buffer);
  for (let sector = 0; sector < SECTORS; sector += 1) {
    const at = sector * SECTOR_BYTES;
    out.set(entries.subarray(sector * ENTRY_BYTES, (sector + 1) * ENTRY_BYTES), at);
    view.setUint32(at + ENTRY_BYTES, (page * SECTORS + sector + 1) >>> 0, true);
    view.setUint32(at + ENTRY_BYTES + 4, crc32(out.subarray(at, at + ENTRY_BYTES + 4), seed), true);
  }
  return out;
}

/** The entries of a page; undefined when all its blocks are absent. Throws MapPageError on damage. */
export function decodePage(bytes: Uint8Array, page: number, seed: number): Uint8Array | undefined {
  if (bytes.length !== PAGE_BYTES) throw new MapPageError(`map page ${page} is ${bytes.length} bytes long`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let entries: Uint8Array | undefined;
  for (let sector = 0; sector < SECTORS; sector += 1) {
    const at = sector * SECTOR_BYTES;
    const number = page * SECTORS + sector;
    const raw = bytes.subarray(at, at + SECTOR_BYTES);
    if (isZero(raw)) continue;
    if (view.getUint32(at + ENTRY_BYTES + 4, true) !== crc32(raw.subarray(0, ENTRY_BYTES + 4), seed)) {
      throw new MapPageError(`the checksum of map sector ${number} does not hold`);
    }
    if (view.getUint32(at + ENTRY_BYTES, true) !== (number + 1) >>> 0) {
      throw new MapPageError(`map sector ${number} holds a sector of another place`);
    }
    for (let i = 0; i < ENTRY_BYTES; i += 1) {
      const byte = raw[i]!;
      // Both bits of one entry set: a state that does not exist.
      if ((byte & (byte >> 1) & 0x55) !== 0)
        throw new MapPageError(`map sector ${number} has an unknown state`);
    }
    entries ??= new Uint8Array(PAGE_ENTRY_BYTES);
    entries.set(raw.subarray(0, ENTRY_BYTES), sector * ENTRY_BYTES);
  }
  return entries;
}

export function stateAt(entries: Uint8Array, index: number): BlockState {
  return ((entries[index >> 2]! >> ((index & 3) * 2)) & 3) as BlockState;
}

/** How many blocks from `index` on, at most `max`, have the state of the first. Stays within the page. */
export function runLength(entries: Uint8Array, index: number, max: number): number {
  const state = stateAt(entries, index);
  const whole = state * 0x55; // four entries of this state
  const end = Math.min(index + max, PAGE_BLOCKS);
  let at = index + 1;
  while (at < end) {
    if ((at & 3) === 0 && entries[at >> 2] === whole) at += 4;
    else if (stateAt(entries, at) === state) at += 1;
    else break;
  }
  return Math.min(at, end) - index;
}

/** Sets `count` entries; true when any of them changed. */
export function fillStates(entries: Uint8Array, index: number, count: number, state: BlockState): boolean {
  const whole = state * 0x55;
  const end = index + count;
  let changed = false;
  let at = index;
  while (at < end) {
    const byte = at >> 2;
    const old = entries[byte]!;
    let next: number;
    if ((at & 3) === 0 && at + 4 <= end) {
      next = whole;
      at += 4;
    } else {
      const shift = (at & 3) * 2;
      next = (old & ~(3 << shift)) | (state << shift);
      at += 1;
    }
    if (next !== old) {
      entries[byte] = next;
      changed = true;
    }
  }
  return changed;
}
