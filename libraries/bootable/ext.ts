/**
 * Reads ext4 (Linux, Documentation/filesystems/ext4): files by extents, folders as lists. Read-only, without its journal, so
 * of a disk that was not unmounted it shows what was written home. Every number on the disk is bounded before it is used.
 */
import type { FileSystem, Kind } from './file-system.ts';
import { type ByteSource, Malformed, NotLookedInto, readExactly } from './source.ts';

const MAGIC = 0xef53;
const INCOMPAT = { metaBg: 0x10, bits64: 0x80, inlineData: 0x8000, encrypt: 0x10000 } as const;
const ROOT = 2;
const EXTENTS = 0x80000;
const INLINE = 0x10000000;
const EXTENT_MAGIC = 0xf30a;
const KINDS: Record<number, Kind> = { 8: 'file', 4: 'folder', 10: 'link' };
/** A folder says it in another way than an inode. */
const ENTRY_KINDS: Record<number, Kind> = { 1: 'file', 2: 'folder', 7: 'link' };
const FOLDER_BYTES = 16 * 2 ** 20;
const LINKS = 20;
/** Of the tree of one file's extents: one that leads back into itself would have no end. */
const NODES = 10_000;

type Entry = { name: string; inode: number; kind: Kind };
type Inode = { kind: Kind; size: number; flags: number; block: Buffer };

type Layout = {
  blockSize: number;
  blocks: number;
  inodes: number;
  inodesPerGroup: number;
  inodeSize: number;
  descriptorSize: number;
  firstDescriptor: number;
};

/** Undefined where it is none. */
export async function openExt(source: ByteSource): Promise<FileSystem | undefined> {
  const superblock = await source.read(1024, 1024);
  if (superblock.length < 1024 || superblock.readUInt16LE(0x38) !== MAGIC) return undefined;
  return new Ext(source, layoutOf(superblock));
}

function layoutOf(b: Buffer): Layout {
  const incompat = b.readUInt32LE(0x60);
  if (incompat & INCOMPAT.metaBg) throw new NotLookedInto('an ext4 file system with meta_bg');
  const shift = b.readUInt32LE(0x18);
  if (shift > 6) throw new Malformed(`an ext4 file system with blocks of 2^${shift} KiB`);
  const blockSize = 1024 << shift;
  const inodesPerGroup = b.readUInt32LE(0x28);
  const inodeSize = b.readUInt32LE(0x4c) === 0 ? 128 : b.readUInt16LE(0x58);
  const descriptorSize = incompat & INCOMPAT.bits64 ? b.readUInt16LE(0xfe) : 32;
  if (inodesPerGroup === 0 || inodeSize < 128 || inodeSize > blockSize || descriptorSize < 32)
    throw new Malformed('an ext4 file system whose superblock makes no sense');
  return {
    ...{ blockSize, inodesPerGroup, inodeSize, descriptorSize },
    blocks: b.readUInt32LE(4) + (incompat & INCOMPAT.bits64 ? b.readUInt32LE(0x150) * 2 ** 32 : 0),
    inodes: b.readUInt32LE(0),
    firstDescriptor: (b.readUInt32LE(0x14) + 1) * blockSize,
  };
}

class Ext implements FileSystem {
  readonly #source: ByteSource;
  readonly #layout: Layout;

  constructor(source: ByteSource, layout: Layout) {
    this.#source = source;
    this.#layout = layout;
  }

  async list(path: string): Promise<Map<string, Kind> | undefined> {
    const inode = await this.#find(path);
    if (inode?.kind !== 'folder') return undefined;
    return new Map((await this.#entries(inode)).map(({ name, kind }) => [name, kind]));
  }

  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const inode = await this.#find(path);
    return inode?.kind === 'file' ? await this.#content(inode, maxBytes) : undefined;
  }

  /** Follows links; undefined where a part of the path is not there, or leads round in a circle. */
  async #find(path: string): Promise<Inode | undefined> {
    const todo = partsOf(path);
    const above: Inode[] = [];
    let at = await this.#inode(ROOT);
    for (let links = 0; todo.length > 0; ) {
      const name = todo.shift()!;
      if (name === '..') {
        at = above.pop() ?? at;
        continue;
      }
      if (at.kind !== 'folder') return undefined;
      const entry = (await this.#entries(at)).find((each) => each.name === name);
      if (!entry) return undefined;
      const next = await this.#inode(entry.inode);
      if (next.kind !== 'link') {
        above.push(at);
        at = next;
        continue;
      }
      if (++links > LINKS) return undefined;
      const target = await this.#target(next);
      todo.unshift(...partsOf(target));
      if (target.startsWith('/')) {
        at = await this.#inode(ROOT);
        above.length = 0;
      }
    }
    return at;
  }

  /** A short target lies in the inode itself. */
  async #target(inode: Inode): Promise<string> {
    const isShort = inode.size < 60 && (inode.flags & EXTENTS) === 0;
    return (isShort ? inode.block.subarray(0, inode.size) : await this.#content(inode, 4096)).toString();
  }

  async #inode(number: number): Promise<Inode> {
    const { inodes, inodesPerGroup, inodeSize, descriptorSize, firstDescriptor, blockSize } = this.#layout;
    if (number < 1 || number > inodes) throw new Malformed(`an ext4 file system without inode ${number}`);
    const group = Math.floor((number - 1) / inodesPerGroup);
    const descriptor = await readExactly(
      this.#source,
      firstDescriptor + group * descriptorSize,
      descriptorSize,
    );
    const high = descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) : 0;
    const table = (descriptor.readUInt32LE(8) + high * 2 ** 32) * blockSize;
    const bytes = await readExactly(this.#source, table + ((number - 1) % inodesPerGroup) * inodeSize, 128);
    return {
      kind: KINDS[bytes.readUInt16LE(0) >> 12] ?? 'other',
      size: bytes.readUInt32LE(4) + bytes.readUInt32LE(0x6c) * 2 ** 32,
      flags: bytes.readUInt32LE(0x20),
      block: bytes.subarray(0x28, 0x28 + 60),
    };
  }

  async #entries(folder: Inode): Promise<Entry[]> {
    const bytes = await this.#content(folder, FOLDER_BYTES);
    const entries: Entry[] = [];
    for (let at = 0; at + 8 <= bytes.length; ) {
      const inode = bytes.readUInt32LE(at);
      const length = bytes.readUInt16LE(at + 4);
      const nameEnd = at + 8 + bytes[at + 6]!;
      if (length < 8 || nameEnd > bytes.length) throw new Malformed('an ext4 folder that is damaged');
      const name = bytes.toString('utf8', at + 8, nameEnd);
      const kind = ENTRY_KINDS[bytes[at + 7]!] ?? 'other';
      // Whatever has no inode is free, or the index of a large folder.
      if (inode !== 0 && name !== '.' && name !== '..') entries.push({ name, inode, kind });
      at += length;
    }
    return entries;
  }

  /** Holes read as zeros. */
  async #content({ size, flags, block }: Inode, maxBytes: number): Promise<Buffer> {
    if (size > maxBytes)
      throw new Malformed(`a file of ${size} bytes, where ${maxBytes} are expected at most`);
    if (flags & INLINE) throw new NotLookedInto('a file inside its inode');
    if ((flags & EXTENTS) === 0) throw new NotLookedInto('a file without extents (ext3)');
    const content = Buffer.alloc(size);
    await this.#fill(content, block, 5, { left: NODES });
    return content;
  }

  /** A node of the tree of extents: in the inode at first, then a block each. */
  async #fill(content: Buffer, node: Buffer, depthBelow: number, nodes: { left: number }): Promise<void> {
    const { blockSize } = this.#layout;
    const count = node.readUInt16LE(2);
    const depth = node.readUInt16LE(6);
    if (node.readUInt16LE(0) !== EXTENT_MAGIC || depth > depthBelow || 12 * (count + 1) > node.length)
      throw new Malformed('an ext4 file whose extents are damaged');
    for (let index = 1; index <= count; index++) {
      const entry = node.subarray(12 * index, 12 * index + 12);
      if (depth > 0) {
        const at = entry.readUInt32LE(4) + entry.readUInt16LE(8) * 2 ** 32;
        if (--nodes.left < 0) throw new Malformed('an ext4 file of too many extents');
        await this.#fill(content, await this.#blocks(at, blockSize), depth - 1, nodes);
        continue;
      }
      const to = entry.readUInt32LE(0) * blockSize;
      const blocks = entry.readUInt16LE(4);
      // Above 32768 it is room that was set aside, and reads as zeros.
      if (blocks > 32768 || to >= content.length) continue;
      const from = entry.readUInt32LE(8) + entry.readUInt16LE(6) * 2 ** 32;
      const length = Math.min(blocks * blockSize, content.length - to);
      (await this.#blocks(from, length)).copy(content, to);
    }
  }

  async #blocks(block: number, length: number): Promise<Buffer> {
    if (block >= this.#layout.blocks) throw new Malformed('an ext4 file beyond the end of its file system');
    return await readExactly(this.#source, block * this.#layout.blockSize, length);
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');
