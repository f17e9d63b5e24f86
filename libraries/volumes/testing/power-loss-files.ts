import { basename, dirname } from 'node:path';
import type { FileLayer, StoredFile } from '../system/file-layer.ts';

const SECTOR = 512;

/** Thrown by every operation from the moment of the power loss on. */
export class PowerLost extends Error {}

/** A change of a file that no sync has covered yet. */
type Pending = { kind: 'write'; position: number; data: Uint8Array } | { kind: 'truncate'; size: number };

interface Node {
  /** What the disk surely has. */
  durable: Content;
  /** What a reader sees: the page cache. */
  current: Content;
  pending: Pending[];
}

/**
 * Files in memory that behave as badly as POSIX allows. Until `sync`, any subset of the 512-byte sectors of the
 * writes may reach the disk, in any order; until `syncFolder`, a new file's name may or may not.
 */
export class PowerLossFiles implements FileLayer {
  #names = new Map<string, Node>();
  #durableNames = new Map<string, Node>();
  #lost = false;
  #operationsLeft = Number.POSITIVE_INFINITY;
  /** Every call, in order: what a test of ordering or of cost looks at. */
  readonly calls: { call: string; path: string; bytes: number }[] = [];

  /** The power goes before the operation number `count` from now. */
  losePowerAfter(count: number): void {
    this.#operationsLeft = count;
  }

  /** It was no power loss but a kill -9: all that was written is still in the page cache, and still not durable. */
  revive(): void {
    this.#lost = false;
    this.#operationsLeft = Number.POSITIVE_INFINITY;
  }

  /** The power comes back: what is durable is there, and of the rest what `choose` (true or false at random) says. */
  restore(choose: () => boolean): void {
    for (const [path, node] of this.#names) {
      if (this.#durableNames.has(path) || choose()) this.#durableNames.set(path, node);
    }
    // A removal may not have reached the disk either: such a file is simply there again.
    for (const path of this.#durableNames.keys())
      if (!this.#names.has(path) && choose()) this.#durableNames.delete(path);
    for (const node of this.#durableNames.values()) {
      // Each sector of each write for itself, so writes tear and pass one another.
      for (const change of shuffled(sectors(node.pending), choose)) if (choose()) node.durable.apply(change);
      node.pending = [];
      node.current = node.durable.copy();
    }
    this.#names = new Map(this.#durableNames);
    this.#lost = false;
    this.#operationsLeft = Number.POSITIVE_INFINITY;
  }

  async create(path: string): Promise<StoredFile> {
    this.#step('create', path);
    if (this.#names.has(path)) throw Object.assign(new Error(`${path} exists`), { code: 'EEXIST' });
    this.#names.set(path, { durable: new Content(), current: new Content(), pending: [] });
    return this.#file(path);
  }

  async open(path: string): Promise<StoredFile> {
    this.#step('open', path);
    if (!this.#names.has(path)) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return this.#file(path);
  }

  async remove(path: string): Promise<void> {
    this.#step('remove', path);
    this.#names.delete(path);
  }

  async list(folder: string): Promise<string[]> {
    return [...this.#names.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path));
  }

  async allocatedBytes(path: string): Promise<number> {
    return this.#names.get(path)?.current.allocatedBytes ?? 0;
  }

  async syncFolder(folder: string): Promise<void> {
    this.#step('syncFolder', folder);
    for (const [path, node] of this.#names) if (dirname(path) === folder) this.#durableNames.set(path, node);
    for (const path of this.#durableNames.keys()) {
      if (dirname(path) === folder && !this.#names.has(path)) this.#durableNames.delete(path);
    }
  }

  #step(call: string, path: string, bytes = 0): void {
    if (this.#operationsLeft-- <= 0) this.#lost = true;
    if (this.#lost) throw new PowerLost(`${call} ${path}: the power is gone`);
    this.calls.push({ call, path, bytes });
  }

  #file(path: string): StoredFile {
    const node = this.#names.get(path)!;
    const change = async (pending: Pending) => {
      // In two steps, as a real write is: begun, and ended in a later turn of the event loop.
      this.#step(pending.kind, path, pending.kind === 'write' ? pending.data.length : 0);
      node.current.apply(pending);
      node.pending.push(pending);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return {
      read: async (into, position) => {
        if (this.#lost) throw new PowerLost(`read ${path}`);
        await new Promise((resolve) => setImmediate(resolve));
        return node.current.read(into, position);
      },
      write: (data, position) => change({ kind: 'write', position, data: data.slice() }),
      writeNow: (data, position) => {
        if (this.#operationsLeft < 1 || this.#lost) return false;
        this.#step('write', path, data.length);
        const pending: Pending = { kind: 'write', position, data: data.slice() };
        node.current.apply(pending);
        node.pending.push(pending);
        return true;
      },
      // To the disk a hole is zeros, and it tears as a write does.
      punch: (position, length) => change({ kind: 'write', position, data: new Uint8Array(length) }),
      minHoleBytes: 4096,
      truncate: (size) => change({ kind: 'truncate', size }),
      sync: async () => {
        this.#step('sync', path);
        // What is written while the sync runs is not covered by it.
        const covered = node.pending.length;
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#lost) throw new PowerLost(`sync ${path}`);
        for (const pending of node.pending.splice(0, covered)) node.durable.apply(pending);
      },
      size: async () => node.current.size,
      close: async () => {},
    };
  }
}

/** The bytes of a sparse file. */
class Content {
  size = 0;
  #sectors = new Map<number, Uint8Array>();

  get allocatedBytes(): number {
    return this.#sectors.size * SECTOR;
  }

  apply(change: Pending): void {
    if (change.kind === 'truncate') {
      this.size = change.size;
      return;
    }
    if (change.position % SECTOR !== 0 || change.data.length % SECTOR !== 0)
      throw new Error('a write in part of a sector');
    for (let at = 0; at < change.data.length; at += SECTOR) {
      this.#sectors.set((change.position + at) / SECTOR, change.data.slice(at, at + SECTOR));
    }
    this.size = Math.max(this.size, change.position + change.data.length);
  }

  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - position));
    for (let at = 0; at < length; ) {
      const sector = Math.floor((position + at) / SECTOR);
      const skip = (position + at) % SECTOR;
      const count = Math.min(SECTOR - skip, length - at);
      const bytes = this.#sectors.get(sector);
      if (bytes) into.set(bytes.subarray(skip, skip + count), at);
      else into.fill(0, at, at + count);
      at += count;
    }
    return length;
  }

  copy(): Content {
    const copy = new Content();
    copy.size = this.size;
    copy.#sectors = new Map(this.#sectors);
    return copy;
  }
}

function sectors(pending: Pending[]): Pending[] {
  return pending.flatMap((change): Pending[] => {
    if (change.kind === 'truncate') return [change];
    const parts: Pending[] = [];
    for (let at = 0; at < change.data.length; at += SECTOR) {
      parts.push({ kind: 'write', position: change.position + at, data: change.data.slice(at, at + SECTOR) });
    }
    return parts;
  });
}

/** In another order, but two writes of the same sector keep theirs: the page cache has only the later one. */
function shuffled(changes: Pending[], choose: () => boolean): Pending[] {
  const order = [...changes];
  for (let i = 1; i < order.length; i += 1) {
    const [a, b] = [order[i - 1]!, order[i]!];
    const same = a.kind === 'truncate' || b.kind === 'truncate' || a.position === b.position;
    if (!same && choose()) [order[i - 1], order[i]] = [b, a];
  }
  return order;
}
