import type { RbdCommand } from './rbd-command.ts';
import type { RbdEntry, RbdListing } from './rbd-listing.ts';

export const SHA256 = 'bullion.sha256';

export interface Facts {
  readonly createdAt: Date;
  readonly sha256?: string;
}

const AT_ONCE = 4;

/**
 * What takes a command an image to learn. All of it is fixed once it is known, so it is asked once in the life of this
 * process; a pool that was listed before costs one command for the listing and one for the usage.
 */
export class RbdFacts {
  readonly #rbd: RbdCommand;
  readonly #known = new Map<string, Facts>();

  constructor(rbd: RbdCommand) {
    this.#rbd = rbd;
  }

  async of(entry: RbdEntry): Promise<Facts> {
    const known = this.#known.get(entry.diskId);
    if (known && (known.sha256 !== undefined || entry.kind === 'volume')) return known;
    const { image } = entry;
    const what = `looking at ${entry.name}`;
    const [createdAt, meta] = await Promise.all([
      known?.createdAt ?? this.#createdAt(entry, what),
      entry.kind === 'volume'
        ? undefined
        : this.#rbd.json<Record<string, string>>(what, 'image-meta', 'list', this.#rbd.spec(image)),
    ]);
    const sha256 = meta?.[metaKey(entry)];
    const facts = { createdAt, ...(sha256 === undefined ? {} : { sha256 }) };
    this.#known.set(entry.diskId, facts);
    return facts;
  }

  async setSha256(entry: RbdEntry, sha256: string): Promise<void> {
    const what = `recording the hash of ${entry.name}`;
    await this.#rbd.quick(what, 'image-meta', 'set', this.#rbd.spec(entry.image), metaKey(entry), sha256);
    this.#known.delete(entry.diskId);
  }

  /** A sealed entry with this content, where there is one. */
  async findContent(listing: RbdListing, sha256: string): Promise<RbdEntry | undefined> {
    const sealed = listing.entries.filter(({ kind }) => kind !== 'volume');
    const facts = await mapSome(sealed, (entry) => this.of(entry));
    return sealed[facts.findIndex((each) => each?.sha256 === sha256)];
  }

  async #createdAt({ image, kind, name }: RbdEntry, what: string): Promise<Date> {
    const spec = this.#rbd.spec(image);
    if (kind !== 'snapshot') {
      // Ceph prints the local time of this machine.
      const info = await this.#rbd.json<{ create_timestamp: string }>(what, 'info', spec);
      return new Date(info.create_timestamp);
    }
    const snapshots = await this.#rbd.json<{ name: string; timestamp: string }[]>(what, 'snap', 'ls', spec);
    return new Date(snapshots.find((each) => each.name === name)?.timestamp ?? 0);
  }
}

const metaKey = ({ kind, name }: RbdEntry): string => (kind === 'snapshot' ? `${SHA256}.${name}` : SHA256);

/** A few at a time; what is deleted meanwhile is undefined. */
export async function mapSome<T, R>(
  all: readonly T[],
  work: (each: T) => Promise<R>,
): Promise<(R | undefined)[]> {
  const results: (R | undefined)[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const settled = await Promise.allSettled(all.slice(at, at + AT_ONCE).map(work));
    for (const each of settled) {
      if (each.status === 'rejected' && each.reason?.code !== 'not-found') throw each.reason;
      results.push(each.status === 'fulfilled' ? each.value : undefined);
    }
  }
  return results;
}
