/**
 * CRC32C (Castagnoli), the digest of RFC 7143 13.1 and appendix A. node:zlib only has the IEEE polynomial. Eight
 * tables take eight bytes a step ("slicing by 8").
 */
const POLYNOMIAL = 0x82f63b78; // reflected

const T = new Int32Array(8 * 256);
for (let n = 0; n < 256; n += 1) {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
  T[n] = c;
}
for (let n = 256; n < T.length; n += 1) T[n] = (T[n - 256]! >>> 8) ^ T[T[n - 256]! & 0xff]!;

/** The CRC of `b[start, end)`, continuing from `previous` (0 to start). */
export function crc32c(b: Uint8Array, start = 0, end = b.length, previous = 0): number {
  let c = ~previous;
  let i = start;
  for (const last = end - 7; i < last; i += 8) {
    const low = c ^ (b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24));
    c =
      T[1792 + (low & 0xff)]! ^
      T[1536 + ((low >>> 8) & 0xff)]! ^
      T[1280 + ((low >>> 16) & 0xff)]! ^
      T[1024 + (low >>> 24)]! ^
      T[768 + b[i + 4]!]! ^
      T[512 + b[i + 5]!]! ^
      T[256 + b[i + 6]!]! ^
      T[b[i + 7]!]!;
  }
  for (; i < end; i += 1) c = (c >>> 8) ^ T[(c ^ b[i]!) & 0xff]!;
  return ~c >>> 0;
}

/** A digest travels least significant byte first (appendix A.4 shows it so). */
export function putDigest(b: Uint8Array, at: number, crc: number): void {
  b[at] = crc;
  b[at + 1] = crc >>> 8;
  b[at + 2] = crc >>> 16;
  b[at + 3] = crc >>> 24;
}

export const digestAt = (b: Uint8Array, at: number): number =>
  (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
