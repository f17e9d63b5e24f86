/** Which storage: `folder:PATH` or `ceph:POOL?conf=FILE&id=USER`. */
import { join, resolve } from 'node:path';
import { BullionError } from '@bullion/service';
import { explained } from '../storage-errors.ts';
import { type CephPool, openCeph } from './ceph.ts';
import { openFolder } from './folder.ts';
import { DEFAULT_PLACE, readRecord, requireEmpty, requireNoDisks, writeRecord } from './record.ts';
import type { Storage, StorageContext } from './storage.ts';

export type StorageChoice =
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 'ceph' } & CephPool);

/** Throws `storage_choice_invalid`. */
export function parseStorage(text: string): StorageChoice {
  const [, kind, rest] = /^(folder|ceph):(.+)$/s.exec(text) ?? [];
  if (kind === 'folder') return { kind, path: resolve(rest!) };
  const [, pool, query] = /^([A-Za-z0-9_-][A-Za-z0-9_.-]*)(?:\?(.*))?$/.exec(rest ?? '') ?? [];
  const { conf, id, ...unknown } = Object.fromEntries(new URLSearchParams(query));
  // tgt parts its options by these.
  const isOdd = [conf, id].some((value) => value !== undefined && /^$|[,;]/.test(value));
  if (kind === undefined || pool === undefined || Object.keys(unknown).length > 0 || isOdd) {
    throw new BullionError('invalid', 'storage_choice_invalid', `"${text}" is no storage that is known.`, {
      hint: 'Write folder:PATH, or ceph:POOL, or ceph:POOL?conf=/etc/ceph/ceph.conf&id=USER.',
    });
  }
  return {
    kind: 'ceph',
    pool,
    ...(conf === undefined ? {} : { conf: resolve(conf) }),
    ...(id === undefined ? {} : { id }),
  };
}

/**
 * The default is a folder within the service's own. `disks` is how many images and volumes the service has. Throws
 * `storage_changed`, `storage_not_empty`, and what the storage itself throws.
 */
export async function openStorage(
  choice: StorageChoice | undefined,
  context: Omit<StorageContext, 'owner'>,
  disks: number,
): Promise<Storage> {
  const record = readRecord(context.folder);
  const place = placeOf(choice);
  requireNoDisks(record, place, disks);
  // The owner is written down before anything is marked with it.
  if (place !== record.place) writeRecord(context.folder, record);
  const storage = await explained('Opening the volumes', () =>
    open(choice ?? { kind: 'folder', path: join(context.folder, 'volumes') }, {
      ...context,
      owner: record.owner,
    }),
  );
  if (place === record.place) return storage;
  try {
    await requireEmpty(storage);
    writeRecord(context.folder, { ...record, place });
    return storage;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

const open = (choice: StorageChoice, context: StorageContext): Promise<Storage> =>
  choice.kind === 'ceph' ? openCeph(choice, context) : openFolder(choice.path, context);

function placeOf(choice: StorageChoice | undefined): string {
  if (choice === undefined) return DEFAULT_PLACE;
  return choice.kind === 'ceph' ? `ceph:${choice.pool}` : `folder:${choice.path}`;
}
