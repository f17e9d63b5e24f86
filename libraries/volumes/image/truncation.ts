import { crc32 } from 'node:zlib';

/** What a disk image says about its own size. */
export interface ClaimedSize {
  readonly bytes: number;
  /** Who says so, for the message. */
  readonly by: string;
}

/** Bytes from the start of an image that `claimedSize` wants to see: a GPT header for 4 KiB sectors ends here. */
export const HEAD_BYTES = 8192;

/**
 * The size that an image's own first bytes claim, so that a download that broke off is noticed even when it broke
 * off at a round number. Undefined when they claim nothing that can be relied on.
 */
export function claimedSize(head: Uint8Array): ClaimedSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return guidPartitionTable(view, 512) ?? guidPartitionTable(view, 4096) ?? ext(view) ?? partitionTable(view);
}

/** UEFI 2.10, 5.3.2: the header is in block 1; its backup is in the last block of the disk. */
function guidPartitionTable(view: DataView, blockBytes: number): ClaimedSize | undefined {
  const at = blockBytes;
  if (view.byteLength < at + 92 || ascii(view, at, 8) !== 'EFI PART') return undefined;
  const headerBytes = view.getUint32(at + 12, true);
  if (headerBytes < 92 || headerBytes > blockBytes || at + headerBytes > view.byteLength) return undefined;
  const header = new Uint8Array(headerBytes);
  header.set(new Uint8Array(view.buffer, view.byteOffset + at, headerBytes));
  header.fill(0, 16, 20); // the checksum is computed with its own field zero
  if (crc32(header) !== view.getUint32(at + 16, true)) return undefined;
  const backup = Number(view.getBigUint64(at + 32, true));
  return { bytes: (backup + 1) * blockBytes, by: 'its GUID partition table' };
}

/** The ext2/3/4 superblock at 1024: block count (low, and high with 64bit), log2 of the block size - 10. */
function ext(view: DataView): ClaimedSize | undefined {
  const at = 1024;
  if (view.byteLength < at + 512 || view.getUint16(at + 56, true) !== 0xef53) return undefined;
  const shift = view.getUint32(at + 24, true);
  if (shift > 6) return undefined;
  const has64bit = (view.getUint32(at + 96, true) & 0x80) !== 0;
  const blocks = view.getUint32(at + 4, true) + (has64bit ? view.getUint32(at + 336, true) * 2 ** 32 : 0);
  return { bytes: blocks * 1024 * 2 ** shift, by: 'its ext file system' };
}

/**
 * The classic partition table. A boot sector of a FAT or NTFS file system ends with the same two bytes, so the table
 * counts only when every entry is plausible.
 */
function partitionTable(view: DataView): ClaimedSize | undefined {
  if (view.byteLength < 512 || view.getUint16(510, true) !== 0xaa55) return undefined;
  let sectors = 0;
  for (let entry = 446; entry < 510; entry += 16) {
    const status = view.getUint8(entry);
    const type = view.getUint8(entry + 4);
    const start = view.getUint32(entry + 8, true);
    const length = view.getUint32(entry + 12, true);
    if (status !== 0 && status !== 0x80) return undefined;
    if (type === 0 && length === 0) continue;
    // Type 0xEE says "the whole disk", often by the largest number there is.
    if (type === 0 || type === 0xee || start === 0 || length === 0) return undefined;
    sectors = Math.max(sectors, start + length);
  }
  return sectors === 0 ? undefined : { bytes: sectors * 512, by: 'its partition table' };
}

function ascii(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) text += String.fromCharCode(view.getUint8(at + i));
  return text;
}
