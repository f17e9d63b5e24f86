/** A file system that is read and never mounted: what is on it may be a stranger's. */
import { openExt } from './ext.ts';
import { openFat } from './fat.ts';
import type { ByteSource } from './source.ts';

export type Kind = 'file' | 'folder' | 'link' | 'other';

export interface FileSystem {
  /** Names to kinds; undefined where there is no such folder. Paths are absolute, links are followed. */
  list(path: string): Promise<Map<string, Kind> | undefined>;
  /** Its content, of at most so many bytes; undefined where there is no such file. Throws `Malformed` on a longer one. */
  read(path: string, maxBytes: number): Promise<Buffer | undefined>;
}

export type Opened = { type: string; fileSystem: FileSystem | undefined };

/** What other file systems are known by, and where: they are named, and not looked into. */
const OTHERS: [type: string, offset: number, magic: string][] = [
  ['xfs', 0, 'XFSB'],
  ['btrfs', 0x10040, '_BHRfS_M'],
  ['LUKS', 0, 'LUKS\xba\xbe'],
  ['LVM', 512, 'LABELONE'],
  ['LVM', 0, 'LABELONE'],
  ['swap', 4086, 'SWAPSPACE2'],
  ['squashfs', 0, 'hsqs'],
  ['ISO 9660', 0x8001, 'CD001'],
];

/** What a partition holds; undefined where that is nothing that is known. Throws `Malformed`, `NotLookedInto`. */
export async function openFileSystem(source: ByteSource): Promise<Opened | undefined> {
  const ext = await openExt(source);
  if (ext) return { type: 'ext4', fileSystem: ext };
  const fat = await openFat(source);
  if (fat) return { type: 'FAT', fileSystem: fat };
  for (const [type, offset, magic] of OTHERS) {
    if ((await source.read(offset, magic.length)).toString('latin1') === magic)
      return { type, fileSystem: undefined };
  }
  return undefined;
}
