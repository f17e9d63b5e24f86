import type { Catalog, Entry } from '../catalog/catalog.ts';
import type { OpenDisk } from '../disk.ts';
import { VolumeError } from '../errors.ts';
import type { LayerTable } from '../layer/layer-table.ts';
import { LiveDisk } from './live-disk.ts';
import { SealedDisk } from './sealed-disk.ts';

/** The disks that are open, by name: of a volume one at most, of an image or a snapshot any number. */
export class OpenDisks {
  readonly #catalog: Catalog;
  readonly #table: LayerTable;
  readonly #open = new Map<string, Set<OpenDisk>>();

  constructor(catalog: Catalog, table: LayerTable) {
    this.#catalog = catalog;
    this.#table = table;
  }

  async open(entry: Entry): Promise<LiveDisk | SealedDisk> {
    const chain = await this.#table.acquire(this.#catalog.chainOf(entry.layerId));
    const onClose = async (disk: LiveDisk | SealedDisk) => {
      disks.delete(disk);
      if (disks.size === 0) this.#open.delete(entry.name);
      await this.#table.release(disk.chain);
    };
    const Type = entry.kind === 'volume' ? LiveDisk : SealedDisk;
    const disk = new Type(entry.diskId, entry.name, chain, onClose);
    const disks = this.#open.get(entry.name) ?? new Set();
    this.#open.set(entry.name, disks.add(disk));
    return disk;
  }

  count(name: string): number {
    return this.#open.get(name)?.size ?? 0;
  }

  /** The disk of a volume that is open. */
  live(name: string): LiveDisk | undefined {
    for (const disk of this.#open.get(name) ?? []) if (disk instanceof LiveDisk) return disk;
    return undefined;
  }

  /** Works on the disk of a volume, which is opened for it when it is not open. */
  async withLive(entry: Entry, work: (disk: LiveDisk) => Promise<void>): Promise<void> {
    const open = this.live(entry.name);
    if (open) return work(open);
    const disk = (await this.open(entry)) as LiveDisk;
    try {
      await work(disk);
    } finally {
      await disk.close();
    }
  }

  /** Throws `in-use` when anybody has it open; `done` is what was to be done with it. */
  checkNotOpen(name: string, done: string): void {
    if (!this.#open.has(name)) return;
    throw new VolumeError('in-use', `${name} cannot be ${done} while it is open`, 'Close it first.');
  }

  /** Closes all, also when one of them fails; then throws the first failure. */
  async closeAll(): Promise<void> {
    const disks = [...this.#open.values()].flatMap((set) => [...set]);
    for (const result of await Promise.allSettled(disks.map((disk) => disk.close()))) {
      if (result.status === 'rejected') throw result.reason;
    }
  }
}
