/** Partition tables: GPT (UEFI specification 2.10, chapter 5) and the MBR of old, primary partitions only. */
import { type ByteSource, readExactly } from './source.ts';

export type Partition = {
  number: number;
  /** In bytes. */
  offset: number;
  size: number;
  kind: 'efi' | 'bios-boot' | 'linux' | 'other';
};

export type PartitionTable = {
  kind: 'gpt' | 'mbr' | 'none';
  partitions: Partition[];
  /** The first sector has code for a BIOS. */
  hasBootCode: boolean;
  /** Of that code, where it says so. */
  bootCode: 'GRUB' | 'syslinux' | undefined;
};

const SECTOR = 512;
/** More entries are no table of a bootable disk. */
const MOST = 256;

const KINDS: Record<string, Partition['kind']> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'efi',
  '21686148-6449-6e6f-744e-656564454649': 'bios-boot',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'linux',
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'linux', // root, x86-64
  'bc13c2ff-59e6-4262-a352-b275fd6f7172': 'linux', // extended boot
};
const MBR_KINDS: Record<number, Partition['kind']> = { 131: 'linux', 239: 'efi' };
const PROTECTIVE = 0xee;

/** Throws `Malformed` where the disk is shorter than a sector. */
export async function readPartitions(source: ByteSource): Promise<PartitionTable> {
  const first = await readExactly(source, 0, SECTOR);
  const code = first.subarray(0, 440);
  const text = code.toString('latin1');
  const isTable = first.readUInt16LE(510) === 0xaa55;
  const boot = {
    hasBootCode: isTable && code.some((byte) => byte !== 0),
    bootCode: text.includes('GRUB') ? ('GRUB' as const) : syslinuxIn(text),
  };
  if (!isTable) return { kind: 'none', partitions: [], ...boot };
  const primary = [0, 1, 2, 3].map((index) => first.subarray(446 + 16 * index, 462 + 16 * index));
  if (primary.some((entry) => entry[4] === PROTECTIVE)) {
    return { kind: 'gpt', partitions: await readGpt(source), ...boot };
  }
  const partitions = primary.flatMap((entry, index) => {
    const [offset, size] = [entry.readUInt32LE(8) * SECTOR, entry.readUInt32LE(12) * SECTOR];
    const kind = MBR_KINDS[entry[4]!] ?? 'other';
    return entry[4] === 0 || size === 0 ? [] : [{ number: index + 1, offset, size, kind }];
  });
  return { kind: partitions.length > 0 ? 'mbr' : 'none', partitions, ...boot };
}

/** Its boot sector for GPT disks has this message and no name. */
const syslinuxIn = (text: string) =>
  /Missing OS|SYSLINUX|ISOLINUX/i.test(text) ? ('syslinux' as const) : undefined;

async function readGpt(source: ByteSource): Promise<Partition[]> {
  const header = await readExactly(source, SECTOR, SECTOR);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') return [];
  const table = Number(header.readBigUInt64LE(72)) * SECTOR;
  const count = Math.min(header.readUInt32LE(80), MOST);
  const length = header.readUInt32LE(84);
  if (length < 128 || length > 4096) return [];
  const entries = await readExactly(source, table, count * length);
  const partitions: Partition[] = [];
  for (let index = 0; index < count; index++) {
    const entry = entries.subarray(index * length, (index + 1) * length);
    const type = guid(entry.subarray(0, 16));
    if (type === '00000000-0000-0000-0000-000000000000') continue;
    const offset = Number(entry.readBigUInt64LE(32)) * SECTOR;
    const size = (Number(entry.readBigUInt64LE(40)) + 1) * SECTOR - offset;
    if (size > 0 && offset + size <= source.sizeBytes)
      partitions.push({ number: index + 1, offset, size, kind: KINDS[type] ?? 'other' });
  }
  return partitions;
}

/** The first three fields are little-endian, the last two are not. */
function guid(bytes: Buffer): string {
  const hex = (from: number, to: number) => bytes.subarray(from, to).toString('hex');
  const turned = (from: number, to: number) =>
    Buffer.from(bytes.subarray(from, to)).reverse().toString('hex');
  return `${turned(0, 4)}-${turned(4, 6)}-${turned(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`;
}
