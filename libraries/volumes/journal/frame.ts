import { crc32 } from 'node:zlib';

/**
 * One frame of the journal, as it lies on the disk; little-endian, padded to a multiple of 4096:
 *
 *     0    4  'BVJ1'
 *     4    4  CRC-32 of all that follows, without the padding
 *     8   16  nonce of the segment
 *    24    8  the frame's number
 *    32    4  bytes of the frame without the padding
 *    36    4  number of entries
 *    40       entries, 32 bytes each: layer (8), kind (8), and two numbers (8 each); then the data of the entries
 *
 * The nonce keeps out whatever else a segment may hold where a frame could begin: frames of an earlier use of the
 * segment, and the data of a guest, which may have been made to look like a frame of another volume. A guest cannot
 * know the nonce.
 */
export const FRAME_ALIGN = 4096;
export const NONCE_BYTES = 16;
const MAGIC = 0x314a5642;
const HEADER_BYTES = 40;
const ENTRY_BYTES = 32;

export type JournalEntry =
  /** Bytes written to a layer; the blocks are data from then on. */
  | { readonly kind: 'data'; readonly layerId: string; readonly position: number; readonly bytes: Uint8Array }
  /** Blocks of a layer that are zeros from then on. */
  | { readonly kind: 'zero'; readonly layerId: string; readonly first: number; readonly count: number }
  /** What frames up to this number say of the layer is in the layer's own files. */
  | { readonly kind: 'settled'; readonly layerId: string; readonly upTo: number };

export interface Frame {
  readonly number: number;
  readonly nonce: Uint8Array;
  readonly entries: readonly JournalEntry[];
  /** On the disk, with the padding. */
  readonly bytes: number;
}

const KINDS = ['data', 'zero', 'settled'] as const;

export function encodeFrame(number: number, nonce: Uint8Array, entries: readonly JournalEntry[]): Buffer {
  const payload = entries.reduce((sum, entry) => sum + (entry.kind === 'data' ? entry.bytes.length : 0), 0);
  const length = HEADER_BYTES + entries.length * ENTRY_BYTES + payload;
  const frame = Buffer.allocUnsafe(padded(length));
  frame.fill(0, length);
  frame.writeUInt32LE(MAGIC, 0);
  frame.set(nonce, 8);
  frame.writeDoubleLE(number, 24);
  frame.writeUInt32LE(length, 32);
  frame.writeUInt32LE(entries.length, 36);
  let at = HEADER_BYTES;
  let dataAt = HEADER_BYTES + entries.length * ENTRY_BYTES;
  for (const entry of entries) {
    frame.write(entry.layerId, at, 'hex');
    frame.writeDoubleLE(KINDS.indexOf(entry.kind), at + 8);
    const [a, b] = numbersOf(entry);
    frame.writeDoubleLE(a, at + 16);
    frame.writeDoubleLE(b, at + 24);
    at += ENTRY_BYTES;
    if (entry.kind !== 'data') continue;
    frame.set(entry.bytes, dataAt);
    dataAt += entry.bytes.length;
  }
  frame.writeUInt32LE(crc32(frame.subarray(8, length)), 4);
  return frame;
}

/** Bytes of the frame that begins here, with padding, by its header alone; undefined when none does. */
export function frameLength(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== MAGIC) return undefined;
  return padded(header.readUInt32LE(32));
}

/** Undefined when these bytes are not a whole frame, as after a power loss: that is no error, it is the end. */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  const whole = frameLength(bytes);
  if (whole === undefined || whole > bytes.length) return undefined;
  const length = bytes.readUInt32LE(32);
  const count = bytes.readUInt32LE(36);
  if (HEADER_BYTES + count * ENTRY_BYTES > length) return undefined;
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8, length))) return undefined;
  const entries: JournalEntry[] = [];
  let dataAt = HEADER_BYTES + count * ENTRY_BYTES;
  for (let i = 0; i < count; i += 1) {
    const at = HEADER_BYTES + i * ENTRY_BYTES;
    const layerId = bytes.toString('hex', at, at + 8);
    const [kind, a, b] = [8, 16, 24].map((offset) => bytes.readDoubleLE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (KINDS[kind] === 'data') {
      if (dataAt + b > length) return undefined;
      entries.push({ kind: 'data', layerId, position: a, bytes: bytes.subarray(dataAt, dataAt + b) });
      dataAt += b;
    } else if (KINDS[kind] === 'zero') entries.push({ kind: 'zero', layerId, first: a, count: b });
    else if (KINDS[kind] === 'settled') entries.push({ kind: 'settled', layerId, upTo: a });
    else return undefined;
  }
  return {
    number: bytes.readDoubleLE(24),
    nonce: bytes.subarray(8, 8 + NONCE_BYTES),
    entries,
    bytes: whole,
  };
}

function padded(bytes: number): number {
  return Math.ceil(bytes / FRAME_ALIGN) * FRAME_ALIGN;
}

function numbersOf(entry: JournalEntry): [number, number] {
  if (entry.kind === 'data') return [entry.position, entry.bytes.length];
  return entry.kind === 'zero' ? [entry.first, entry.count] : [entry.upTo, 0];
}
