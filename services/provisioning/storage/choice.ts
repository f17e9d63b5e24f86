/** Which storage: `folder:PATH` or `ceph:POOL?conf=FILE&id=USER`. */
import { join, resolve } from 'node:path';
import { BullionError } from '@bullion/service';
import { explained } from '../storage-errors.ts';
import { type CephPool, openCeph } from './ceph.ts';
import { openFolder } from './folder.ts';
import type { Storage, StorageContext } from './storage.ts';

export type StorageChoice =
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 'ceph' } & CephPool);

/** Throws `storage_choice_invalid`. */
export function parseStorage(text: string): StorageChoice {
  const [, kind, rest] = /^(folder|ceph):(.+)$/s.exec(text) ?? [];
  if (kind === 'folder') return { kind, path: resolve(rest!) };
  const [, pool, query] = /^([A-Za-z0-9_.-]+)(?:\?(.*))?$/.exec(rest ?? '') ?? [];
  const { conf, id, ...unknown } = Object.fromEntries(new URLSearchParams(query));
  if (
    kind === undefined ||
    pool === undefined ||
    Object.keys(unknown).length > 0 ||
    /[,;]/.test(`${conf}${id}`)
  ) {
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

/** The default is a folder within the service's own. */
export async function openStorage(
  choice: StorageChoice | undefined,
  context: StorageContext,
): Promise<Storage> {
  const { kind, ...where } = choice ?? { kind: 'folder', path: join(context.folder, 'volumes') };
  return await explained('Opening the volumes', () =>
    kind === 'ceph'
      ? openCeph(where as CephPool, context)
      : openFolder((where as { path: string }).path, context),
  );
}
