/**
 * Big-endian fields in a byte array at an offset. Plain shifts rather than a DataView: a view object for each PDU
 * would cost more than the reads and writes do.
 */

export const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;

export const u24 = (b: Uint8Array, at: number): number => (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;

export const u32 = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

/** Above 2^53 the result is rounded; every caller compares it with a capacity that is far below. */
export const u64 = (b: Uint8Array, at: number): number => u32(b, at) * 0x1_0000_0000 + u32(b, at + 4);

export function putU16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

export function putU24(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 16;
  b[at + 1] = value >>> 8;
  b[at + 2] = value;
}

export function putU32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}

export function putU64(b: Uint8Array, at: number, value: number): void {
  putU32(b, at, Math.floor(value / 0x1_0000_0000));
  putU32(b, at + 4, value >>> 0);
}

/** `length` bytes of ASCII, cut or filled with spaces: SCSI's text fields (SPC-4 4.3.1). */
export function putText(b: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i += 1) b[at + i] = i < text.length ? text.charCodeAt(i) & 0x7f : 0x20;
}
