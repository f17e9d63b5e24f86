import { VolumeError } from '../errors.ts';
import type { Kind } from '../info.ts';
import { checkName } from '../names.ts';
import type { RbdCommand } from './rbd-command.ts';

/** The RBD snapshot that makes an image of ours sealed. Like all names with a dot in front, no caller can choose it. */
export const SEAL = '.sealed';

/** One row of `rbd ls --long --format json`: an image, or one of its snapshots. */
interface Row {
  readonly image: string;
  readonly id: string;
  readonly size: number;
  readonly snapshot?: string;
  readonly snapshot_id?: number;
  readonly parent?: { readonly image: string; readonly snapshot: string };
}

export interface RbdEntry {
  readonly name: string;
  readonly kind: Kind;
  /** The RBD image that holds it, and the snapshot by which it is read; a volume has none. */
  readonly image: string;
  readonly snapshot: string | undefined;
  readonly imageId: string;
  /** 16 hexadecimal digits, made of Ceph's own ids. */
  readonly diskId: string;
  readonly sizeBytes: number;
  readonly parent: string | null;
  /** Names of what cannot be without this one. */
  readonly children: readonly string[];
}

/** Everything in a pool at one moment. Ceph has one command for all of it, so nothing here is remembered. */
export class RbdListing {
  readonly entries: readonly RbdEntry[];
  /** Images that are being made or removed, or whose making was interrupted. */
  readonly hidden: readonly string[];

  private constructor(rows: readonly Row[]) {
    this.hidden = [...new Set(rows.filter(({ image }) => isHidden(image)).map(({ image }) => image))];
    const shown = rows.filter(({ image }) => !isHidden(image));
    const sealed = new Set(shown.filter(({ snapshot }) => snapshot === SEAL).map(({ image }) => image));
    const needs = needsOf(shown);
    this.entries = shown
      .filter(({ snapshot }) => snapshot !== SEAL)
      .map((row): RbdEntry => {
        const name = row.snapshot ?? row.image;
        const isSealed = sealed.has(row.image);
        return {
          name,
          kind: row.snapshot !== undefined ? 'snapshot' : isSealed ? 'image' : 'volume',
          image: row.image,
          snapshot: row.snapshot ?? (isSealed ? SEAL : undefined),
          imageId: row.id,
          diskId: (row.id + (row.snapshot_id ?? 0).toString(16).padStart(3, '0'))
            .padStart(16, '0')
            .slice(-16),
          sizeBytes: row.size,
          parent: row.snapshot !== undefined ? row.image : row.parent ? nameOf(row.parent) : null,
          children: needs.get(name) ?? [],
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  static async read(rbd: RbdCommand): Promise<RbdListing> {
    return new RbdListing(
      await rbd.json<Row[]>(`listing the pool ${rbd.pool}`, 'ls', '--long', '--pool', rbd.pool),
    );
  }

  find(name: string): RbdEntry | undefined {
    return this.entries.find((entry) => entry.name === name);
  }

  /** Throws `not-found`. */
  any(name: string): RbdEntry {
    checkName(name);
    const entry = this.find(name);
    if (entry) return entry;
    throw new VolumeError(
      'not-found',
      `there is no image, snapshot or volume ${name}`,
      'Look at the list of them.',
    );
  }

  /** An image or a snapshot; throws `not-sealed` for a volume. `done` is what was to be done with it. */
  sealed(name: string, done: string): RbdEntry {
    const entry = this.any(name);
    if (entry.kind !== 'volume') return entry;
    throw new VolumeError(
      'not-sealed',
      `volume ${name} cannot be ${done} while it can change`,
      'Take a snapshot of it, and use the snapshot.',
    );
  }

  /** A volume; throws `read-only` for an image or a snapshot. */
  volume(name: string, done: string): RbdEntry {
    const entry = this.any(name);
    if (entry.kind === 'volume') return entry;
    throw new VolumeError(
      'read-only',
      `${entry.kind} ${name} cannot be ${done}: it is sealed`,
      'Clone it first.',
    );
  }
}

const isHidden = (image: string): boolean => image.startsWith('.');

const nameOf = ({ image, snapshot }: { image: string; snapshot: string }): string =>
  snapshot === SEAL ? image : snapshot;

/** By name, who needs it: a snapshot its volume has, a clone. */
function needsOf(rows: readonly Row[]): Map<string, string[]> {
  const needs = new Map<string, Set<string>>();
  const note = (needed: string, by: string) => needs.set(needed, (needs.get(needed) ?? new Set()).add(by));
  for (const { image, snapshot, parent } of rows) {
    if (snapshot !== undefined && snapshot !== SEAL) note(image, snapshot);
    // Of a flattened image a snapshot may still stand on the old parent.
    if (parent) note(nameOf(parent), image);
  }
  return new Map([...needs].map(([name, by]) => [name, [...by].sort()]));
}
