import { VolumeError } from '../errors.ts';
import { checkName } from '../names.ts';
import type { Catalog, Entry } from './catalog.ts';

/** Throws `not-found`. */
export function findAny(catalog: Catalog, name: string): Entry {
  checkName(name);
  const entry = catalog.entry(name);
  if (entry) return entry;
  throw new VolumeError(
    'not-found',
    `there is no image, snapshot or volume ${name}`,
    'Look at the list of them.',
  );
}

/** An image or a snapshot; throws `not-sealed` for a volume. `done` is what was to be done with it. */
export function findSealed(catalog: Catalog, name: string, done: string): Entry {
  const entry = findAny(catalog, name);
  if (entry.kind !== 'volume') return entry;
  throw new VolumeError(
    'not-sealed',
    `volume ${name} cannot be ${done} while it can change`,
    'Take a snapshot of it, and use the snapshot.',
  );
}

/** A volume; throws `read-only` for an image or a snapshot. */
export function findVolume(catalog: Catalog, name: string, done: string): Entry {
  const entry = findAny(catalog, name);
  if (entry.kind === 'volume') return entry;
  throw new VolumeError(
    'read-only',
    `${entry.kind} ${name} cannot be ${done}: it is sealed`,
    'Clone it first.',
  );
}

/** Throws `in-use`, naming the users, while anything stands on the entry. */
export function checkUnused(catalog: Catalog, { name, kind, layerId }: Entry): void {
  const users = catalog.usersOf(layerId);
  if (users.length === 0) return;
  const stand = users.length > 1 ? 'stand' : 'stands';
  throw new VolumeError(
    'in-use',
    `${kind} ${name} cannot be deleted: ${users.join(', ')} ${stand} on it`,
    'Delete those first.',
  );
}
