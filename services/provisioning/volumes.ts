/** Volumes: clones of images, a disk each for a node. They outlive the boot that used them, until they are deleted. */
import {
  BullionError,
  mayUse,
  messageOf,
  notFound,
  type Page,
  type Principal,
  projectsSeen,
  uuidv7,
} from '@bullion/service';
import { keepDeleted } from './bin.ts';
import { type Change, type Context, type Database, now, type Trx } from './context.ts';
import { requireSealedImage } from './images.ts';
import { LIVING } from './living.ts';
import type { ImageTable, VolumeTable } from './store/schema.ts';

export type VolumeView = {
  name: string;
  project: string;
  image: string;
  sizeBytes: number;
  /** Bytes that this volume takes by itself; what it shares with its image is not in it. */
  ownBytes: number;
  /** The node that runs from it now. */
  node: string | null;
  createdAt: string;
};

export async function requireVolume(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<VolumeTable> {
  const row = await db.selectFrom('volumes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !mayUse(principal, row.project)) throw notFound('volume', name);
  return row;
}

/** Writes the row of a new clone; the store makes the layer when the boot (or `createVolume`) comes to it. */
export async function insertVolume(
  trx: Trx,
  volume: { name: string; project: string; image: ImageTable },
): Promise<VolumeTable> {
  const row: VolumeTable = {
    name: volume.name,
    id: uuidv7(),
    project: volume.project,
    image: volume.image.name,
    size_bytes: volume.image.size_bytes,
    created_at: now(),
  };
  const made = await trx
    .insertInto('volumes')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!made.numInsertedOrUpdatedRows) {
    throw new BullionError('conflict', 'volume_exists', `There is a volume "${volume.name}" already.`, {
      hint: 'Choose another name, or boot from that one.',
    });
  }
  return row;
}

/** Makes the layer of a volume where it is not there yet. */
export async function ensureClone({ db, layers }: Where, volume: VolumeTable): Promise<void> {
  const image = await db
    .selectFrom('images')
    .select('id')
    .where('name', '=', volume.image)
    .executeTakeFirstOrThrow();
  await layers.clone(image.id, volume.id, `Cloning "${volume.image}" to the volume "${volume.name}"`);
}

/**
 * The clone is made inside the transaction: it takes a moment only, and where it cannot be made there is no row. What a
 * crash leaves in between is a layer without a row, which is collected.
 */
export async function createVolume(
  context: Context,
  { trx, principal, tell }: Change,
  request: { name: string; project: string; image: string },
): Promise<VolumeView> {
  const image = await requireSealedImage(trx, principal, request.image);
  const volume = await insertVolume(trx, { name: request.name, project: request.project, image });
  await ensureClone({ db: trx, layers: context.layers }, volume);
  await tell('volume.created', `volume/${volume.name}`, volume.project);
  return await view({ db: trx, layers: context.layers }, volume);
}

/** `db` may be a transaction. */
type Where = Pick<Context, 'layers'> & { db: Database | Trx };

async function view({ db, layers }: Where, row: VolumeTable): Promise<VolumeView> {
  const boot = await db
    .selectFrom('boots')
    .select('node')
    .where('volume', '=', row.name)
    .where('state', 'in', LIVING)
    .executeTakeFirst();
  const layer = await layers.find(row.id); // The boot that makes it may not have come to it yet.
  return {
    name: row.name,
    project: row.project,
    image: row.image,
    sizeBytes: row.size_bytes,
    ownBytes: layer?.ownBytes ?? 0,
    node: boot?.node ?? null,
    createdAt: row.created_at,
  };
}

export async function getVolume(context: Context, principal: Principal, name: string): Promise<VolumeView> {
  return await view(context, await requireVolume(context.db, principal, name));
}

export async function listVolumes(
  context: Context,
  principal: Principal,
  { after, limit }: Page,
): Promise<VolumeView[]> {
  let query = context.db.selectFrom('volumes').selectAll().where('name', '>', after);
  const seen = projectsSeen(principal);
  if (seen) query = query.where('project', 'in', seen);
  const rows = await query.orderBy('name').limit(limit).execute();
  return await Promise.all(rows.map((row) => view(context, row)));
}

export async function deleteVolume(
  { layers, log }: Context,
  { trx, principal, tell, after }: Change,
  name: string,
): Promise<void> {
  const volume = await requireVolume(trx, principal, name);
  await requireUnused(trx, name);
  await removeVolumeRow(trx, volume.id);
  await keepDeleted(trx, 'volume', volume);
  await tell('volume.deleted', `volume/${name}`, volume.project);
  after(() => {
    // What cannot be removed now is rubbish, which the sweeper collects.
    layers
      .discard(volume.id)
      .catch((error) => log.warn({ name, error: messageOf(error) }, 'layer not removed'));
  });
}

/** Refuses where a node runs from the volume. */
export async function requireUnused(trx: Trx, name: string): Promise<void> {
  const boot = await trx
    .selectFrom('boots')
    .select('node')
    .where('volume', '=', name)
    .where('state', 'in', LIVING)
    .executeTakeFirst();
  if (boot) {
    throw new BullionError(
      'conflict',
      'volume_in_use',
      `Node "${boot.node}" runs from the volume "${name}".`,
      {
        hint: `Release the node first: \`bullion release ${boot.node}\`.`,
      },
    );
  }
}

/** Snapshots taken of a volume stand on its layers in the store, not on its row: they keep what they need. */
export async function removeVolumeRow(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('volumes').where('id', '=', id).execute();
}
