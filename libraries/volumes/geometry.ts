import { VolumeError } from './errors.ts';

/** The unit of copy-on-write. Small enough for a guest's pages, large enough that the map stays small. */
export const BLOCK_BYTES = 4096;
/** The unit of addressing, and the largest piece that a disk promises to write whole or not at all. */
export const SECTOR_BYTES = 512;

/** Throws unless `sizeBytes` can be the size of a volume. */
export function checkSize(sizeBytes: number, what: string): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % BLOCK_BYTES !== 0) {
    throw new VolumeError(
      'size-invalid',
      `${what}: ${sizeBytes} bytes is not a size a volume can have`,
      `Give a positive multiple of ${BLOCK_BYTES} bytes.`,
    );
  }
}

/** Throws unless the range is in whole sectors and inside a disk of `sizeBytes`. */
export function checkRange(offsetBytes: number, lengthBytes: number, sizeBytes: number, what: string): void {
  if (offsetBytes % SECTOR_BYTES !== 0 || lengthBytes % SECTOR_BYTES !== 0) {
    throw new VolumeError(
      'misaligned',
      `${what}: offset ${offsetBytes} and length ${lengthBytes} are not both multiples of ${SECTOR_BYTES}`,
      `Address the disk in sectors of ${SECTOR_BYTES} bytes.`,
    );
  }
  // Written so that NaN is refused as well.
  if (!(offsetBytes >= 0 && lengthBytes >= 0 && offsetBytes + lengthBytes <= sizeBytes)) {
    throw new VolumeError(
      'out-of-range',
      `${what}: ${lengthBytes} bytes at ${offsetBytes} reach beyond the end at ${sizeBytes}`,
      'Stay within the size of the disk.',
    );
  }
}
