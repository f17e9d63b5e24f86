/** Reads FAT12, FAT16 and FAT32 (Microsoft's FAT specification, 2000), with long names. Names have no case. */
import type { FileSystem, Kind } from './file-system.ts';
import { type ByteSource, Malformed, readExactly } from './source.ts';

const FOLDER = 0x10;
const LABEL = 0x08;
const LONG_NAME = 0x0f;
const FOLDER_BYTES = 4 * 2 ** 20;

type Entry = { name: string; kind: Kind; cluster: number; size: number };

/** Undefined where it is none. */
export async function openFat(source: ByteSource): Promise<FileSystem | undefined> {
  const b = await source.read(0, 512);
  if (b.length < 512 || b.readUInt16LE(510) !== 0xaa55) return undefined;
  const sector = b.readUInt16LE(11);
  const clusterSectors = b[13]!;
  const sectors = b.readUInt16LE(19) || b.readUInt32LE(32);
  const fatSectors = b.readUInt16LE(22) || b.readUInt32LE(36);
  const isSane =
    [512, 1024, 2048, 4096].includes(sector) && clusterSectors > 0 && b[16]! > 0 && fatSectors > 0;
  // NTFS and boot sectors of other kinds have no FAT.
  if (!isSane || sectors === 0) return undefined;
  const firstFat = b.readUInt16LE(14) * sector;
  const rootBytes = b.readUInt16LE(17) * 32;
  const root = firstFat + b[16]! * fatSectors * sector;
  const data = root + Math.ceil(rootBytes / sector) * sector;
  const clusters = Math.floor((sectors * sector - data) / (clusterSectors * sector));
  const bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
  return new Fat(source, {
    ...{ bits, clusters, data, clusterBytes: clusterSectors * sector },
    table: await readExactly(
      source,
      firstFat,
      Math.min(fatSectors * sector, Math.ceil((clusters + 2) * (bits / 8)) + 4),
    ),
    root: bits === 32 ? { cluster: b.readUInt32LE(44) } : { offset: root, bytes: rootBytes },
  });
}

type Layout = {
  bits: number;
  clusters: number;
  /** Where cluster 2 is, in bytes. */
  data: number;
  clusterBytes: number;
  table: Buffer;
  root: { cluster: number } | { offset: number; bytes: number };
};

class Fat implements FileSystem {
  readonly #source: ByteSource;
  readonly #layout: Layout;

  constructor(source: ByteSource, layout: Layout) {
    this.#source = source;
    this.#layout = layout;
  }

  async list(path: string): Promise<Map<string, Kind> | undefined> {
    const entries = await this.#folder(path);
    return entries && new Map(entries.map(({ name, kind }) => [name, kind]));
  }

  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const at = path.lastIndexOf('/');
    const entry = named(await this.#folder(path.slice(0, at)), path.slice(at + 1));
    if (entry?.kind !== 'file') return undefined;
    if (entry.size > maxBytes)
      throw new Malformed(`a file of ${entry.size} bytes, where ${maxBytes} are expected at most`);
    return (await this.#chain(entry.cluster, entry.size)).subarray(0, entry.size);
  }

  async #folder(path: string): Promise<Entry[] | undefined> {
    const { root } = this.#layout;
    let entries = entriesOf(
      'offset' in root
        ? await readExactly(this.#source, root.offset, root.bytes)
        : await this.#chain(root.cluster, FOLDER_BYTES),
    );
    for (const part of path.split('/').filter((each) => each !== '')) {
      const entry = named(entries, part);
      if (entry?.kind !== 'folder') return undefined;
      entries = entriesOf(await this.#chain(entry.cluster, FOLDER_BYTES));
    }
    return entries;
  }

  /** The clusters from one on, up to so many bytes. */
  async #chain(first: number, maxBytes: number): Promise<Buffer> {
    const { clusters, data, clusterBytes } = this.#layout;
    const parts: Buffer[] = [];
    let bytes = 0;
    for (let cluster = first; cluster >= 2 && cluster < clusters + 2 && bytes < maxBytes; ) {
      parts.push(await readExactly(this.#source, data + (cluster - 2) * clusterBytes, clusterBytes));
      bytes += clusterBytes;
      cluster = this.#next(cluster);
    }
    return Buffer.concat(parts);
  }

  #next(cluster: number): number {
    const { bits, table } = this.#layout;
    const at = Math.floor((cluster * bits) / 8);
    if (at + bits / 8 > table.length) throw new Malformed('a FAT that is too short');
    if (bits === 32) return table.readUInt32LE(at) & 0x0fffffff;
    const word = table.readUInt16LE(at);
    if (bits === 16) return word;
    return cluster % 2 === 0 ? word & 0xfff : word >> 4;
  }
}

const named = (entries: Entry[] | undefined, name: string): Entry | undefined =>
  entries?.find((each) => each.name.toLowerCase() === name.toLowerCase());

function entriesOf(bytes: Buffer): Entry[] {
  const entries: Entry[] = [];
  let long = '';
  for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const entry = bytes.subarray(at, at + 32);
    const attributes = entry[11]!;
    if (entry[0] === 0xe5)
      long = ''; // deleted
    else if ((attributes & LONG_NAME) === LONG_NAME)
      long = partOfName(entry) + long; // The last part comes first.
    else {
      const name = long || shortName(entry);
      long = '';
      if (attributes & LABEL || name === '.' || name === '..') continue;
      const cluster = entry.readUInt16LE(20) * 2 ** 16 + entry.readUInt16LE(26);
      const kind = attributes & FOLDER ? 'folder' : 'file';
      entries.push({ name, kind, cluster, size: entry.readUInt32LE(28) });
    }
  }
  return entries;
}

function partOfName(entry: Buffer): string {
  const text = Buffer.concat([entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)]);
  return text.toString('utf16le').replace(/\0[\s\S]*$/, '');
}

/** Windows notes in byte 12 which halves of a short name are lower-case. */
function shortName(entry: Buffer): string {
  const half = (from: number, to: number, lower: number) => {
    const text = entry.toString('latin1', from, to).trimEnd();
    return entry[12]! & lower ? text.toLowerCase() : text;
  };
  const [name, ending] = [half(0, 8, 0x08), half(8, 11, 0x10)];
  return ending === '' ? name : `${name}.${ending}`;
}
