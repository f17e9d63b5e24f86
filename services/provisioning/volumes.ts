/** Volumes: clones of images, a disk each for a node. They outlive the boot that used them, until they are deleted. */
import { BullionError, mayUse, notFound, type Principal, uuidv7 } from '@bullion/service';
import { type Context, type Database, now, type Trx } from './context.ts';
import { requireSealedImage } from './images.ts';
import { LIVING } from './living.ts';
import { requireProject } from './projects.ts';
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
export async function ensureClone({ db, layers }: Context, volume: VolumeTable): Promise<void> {
  const image = await db
    .selectFrom('images')
    .select('id')
    .where('name', '=', volume.image)
    .executeTakeFirstOrThrow();
  await layers.clone(image.id, volume.id, `Cloning "${volume.image}" to the volume "${volume.name}"`);
}

export async function createVolume(
  context: Context,
  principal: Principal,
  request: { name: string; project: string; image: string },
): Promise<VolumeView> {
  await requireProject(context, principal, request.project);
  const row = await context.db.transaction().execute(async (trx) => {
    const image = await requireSealedImage(trx, principal, request.image);
    const volume = await insertVolume(trx, { name: request.name, project: request.project, image });
    await context.events.append(trx, {
      kind: 'volume.created',
      subject: `volume/${volume.name}`,
      project: volume.project,
    });
    return volume;
  });
  try {
    await ensureClone(context, row);
  } catch (error) {
    await context.db.transaction().execute((trx) => removeVolumeRow(trx, row.id));
    throw error;
  }
  if (await isListed(context.db, row.id)) return await view(context, row);
  await context.layers.discard(row.id); // Deleted while it was being cloned.
  throw notFound('volume', row.name);
}

async function isListed(db: Database, id: string): Promise<boolean> {
  return (await db.selectFrom('volumes').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

async function view({ db, layers }: Context, row: VolumeTable): Promise<VolumeView> {
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

export async function listVolumes(context: Context, principal: Principal): Promise<VolumeView[]> {
  const rows = await context.db.selectFrom('volumes').selectAll().orderBy('name').execute();
  return await Promise.all(
    rows.filter((row) => mayUse(principal, row.project)).map((row) => view(context, row)),
  );
}

export async function deleteVolume(context: Context, principal: Principal, name: string): Promise<void> {
  const { db, events } = context;
  const row = await db.transaction().execute(async (trx) => {
    const volume = await requireVolume(trx, principal, name);
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
    await removeVolumeRow(trx, volume.id);
    await events.append(trx, { kind: 'volume.deleted', subject: `volume/${name}`, project: volume.project });
    return volume;
  });
  await context.layers.discard(row.id);
}

/** Snapshots taken of a volume stand on its layers in the store, not on its row: they keep what they need. */
export async function removeVolumeRow(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('volumes').where('id', '=', id).execute();
}
