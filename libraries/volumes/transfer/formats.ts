import { open } from 'node:fs/promises';
import { TransferError } from './errors.ts';

export type Format = 'raw' | 'qcow2' | 'gzip' | 'zstd';

const HEAD_BYTES = 104;

/** Looks at the first bytes. A raw disk has none of its own, so it is what nothing else is. */
export async function detectFormat(path: string): Promise<Format> {
  const head = await readHead(path);
  if (head.toString('latin1', 0, 4) === 'QFI\xfb') return 'qcow2';
  if (head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  const magic = head.readUInt32LE(0);
  // A frame, or one to be skipped, with which some tools begin (RFC 8878 section 3.1.2).
  if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  for (const [bytes, name] of REFUSED) {
    if (head.toString('latin1', 0, bytes.length) !== bytes) continue;
    throw new TransferError(
      'source-invalid',
      `${path} is in the format ${name}, which is not imported`,
      `Unpack or convert it first, for example: qemu-img convert -O raw ${path} disk.raw`,
    );
  }
  return 'raw';
}

/** What would otherwise be imported as a raw disk that no machine boots. */
const REFUSED = [
  ['\xfd7zXZ\0', 'xz'],
  ['BZh', 'bzip2'],
  ['KDMV', 'VMDK'],
  ['conectix', 'VHD'],
  ['vhdxfile', 'VHDX'],
] as const;

/**
 * Refuses a qcow2 image that names other files: QEMU would read any file of this machine that the image's maker
 * chose. Read here and not by `qemu-img info`, which opens some of them. Resolves with the size of the disk.
 * (QEMU, docs/interop/qcow2.txt: backing file at 8, size at 24, incompatible features at 72, bit 2: external data.)
 */
export async function checkQcow2(path: string): Promise<number> {
  const head = await readHead(path);
  const version = head.readUInt32BE(4);
  const external = version >= 3 && (head.readBigUInt64BE(72) & 4n) !== 0n;
  if (head.readBigUInt64BE(8) === 0n && !external) return Number(head.readBigUInt64BE(24));
  throw new TransferError(
    'source-invalid',
    `the qcow2 image ${path} needs another file (${external ? 'its data' : 'a backing file'})`,
    'Make it whole first: qemu-img convert -O qcow2 IMAGE WHOLE',
  );
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    await file.read(head, 0, head.length, 0);
    return head;
  } finally {
    await file.close();
  }
}
