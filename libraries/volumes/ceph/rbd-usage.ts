import type { RbdCommand } from './rbd-command.ts';
import type { RbdEntry, RbdListing } from './rbd-listing.ts';

interface Row {
  readonly name: string;
  readonly snapshot?: string;
  readonly used_size: number;
}

/** Bytes by image and snapshot, as `rbd du` counts them: in whole objects of 4 MiB, by the object map. */
export class RbdUsage {
  readonly #bytes = new Map<string, number>();

  private constructor(rows: readonly Row[]) {
    for (const { name, snapshot, used_size } of rows) {
      this.#bytes.set(`${name}@${snapshot ?? ''}`, used_size);
    }
  }

  static async read(rbd: RbdCommand, image?: string): Promise<RbdUsage> {
    const where = image === undefined ? ['--pool', rbd.pool] : [rbd.spec(image)];
    const { images } = await rbd.json<{ images: Row[] }>(`measuring the pool ${rbd.pool}`, 'du', ...where);
    return new RbdUsage(images);
  }

  /** What would come back if this one alone were deleted. */
  own({ image, kind, snapshot }: RbdEntry): number {
    const head = this.#bytes.get(`${image}@`) ?? 0;
    const snapshotted = snapshot === undefined ? 0 : (this.#bytes.get(`${image}@${snapshot}`) ?? 0);
    return kind === 'snapshot' ? snapshotted : head + snapshotted;
  }

  /** Of all that it stands on. */
  shared(entry: RbdEntry, listing: RbdListing): number {
    let bytes = 0;
    for (let at = entry.parent; at !== null; ) {
      const parent = listing.find(at);
      if (!parent) break;
      bytes += this.own(parent);
      at = parent.parent;
    }
    return bytes;
  }
}
