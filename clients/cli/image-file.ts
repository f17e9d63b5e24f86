/** Looks at a disk file before a byte of it is sent: the commonest mistakes are told at once, and nothing is changed. */
import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { BullionError } from '@bullion/service/errors';
import { reason } from './settings.ts';

/** The block of a volume, in bytes. */
const BLOCK = 4096;

/** The size of a raw disk in bytes; null of one that the service unpacks. Throws `image_file_missing`, `image_empty`, `image_size_odd`, `image_not_raw`. */
export function checkImageFile(path: string): number | null {
  const { size } = checkPartFile(path, 'image');
  const format = formatOf(path);
  if (format?.hint === null) return null;
  if (format !== undefined) {
    throw invalid(
      'image_not_raw',
      `The image file ${path} is not a raw disk: it is ${format.name}.`,
      format.hint(path),
    );
  }
  if (size % BLOCK === 0) return size;
  throw invalid(
    'image_size_odd',
    `The size of the image file ${path}, ${size} bytes, is not a multiple of ${BLOCK}.`,
    `The file may be truncated. If it is whole, pad it: truncate --size=%${BLOCK} ${path}`,
  );
}

/** A file that is there, can be read, and holds something. */
export function checkPartFile(path: string, what: 'image' | 'kernel' | 'initramfs' | 'script'): Stats {
  let found: Stats;
  try {
    found = statSync(path);
    if (!found.isDirectory()) closeSync(openSync(path, 'r'));
  } catch (cause) {
    throw new BullionError(
      'not_found',
      'image_file_missing',
      `The ${what} file ${path} cannot be read: ${reason(cause)}.`,
      { hint: 'Check its path and its permissions.', cause },
    );
  }
  if (!found.isFile())
    throw invalid(
      'image_file_odd',
      `The ${what} ${path} is not a file.`,
      'Name a file; copy a device into one first.',
    );
  if (found.size === 0)
    throw invalid('image_empty', `The ${what} file ${path} is empty.`, 'Check how it was made.');
  return found;
}

const invalid = (code: string, message: string, hint: string) =>
  new BullionError('invalid', code, message, { hint });

type Format = { name: string; magic: string; hint: ((path: string) => string) | null };

const convert = (path: string) => `Convert it: qemu-img convert -O raw ${path} ${path}.raw`;
const unpack = (program: string) => (path: string) => `Unpack it first: ${program} -d ${path}`;

/** What people take for a disk, by the first bytes; those without a hint are unpacked by the service. */
const FORMATS: Format[] = [
  { name: 'QCOW2', magic: '514649fb', hint: null },
  { name: 'VMDK', magic: '4b444d56', hint: convert },
  { name: 'VHDX', magic: '7668647866696c65', hint: convert },
  { name: 'compressed by gzip', magic: '1f8b08', hint: null },
  { name: 'compressed by xz', magic: 'fd377a585a00', hint: unpack('xz') },
  { name: 'compressed by zstd', magic: '28b52ffd', hint: null },
];

function formatOf(path: string): Format | undefined {
  const head = Buffer.alloc(8);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return FORMATS.find(({ magic }) => head.toString('hex').startsWith(magic));
}
