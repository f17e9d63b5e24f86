/** Snapshots: images of what a volume holds at one moment, which can be booted elsewhere. */
import { rm } from 'node:fs/promises';
import { BullionError, type Commit, notFound, type Principal, uuidv7 } from '@bullion/service';
import { imageFolder, linkBootFiles } from './boot-files.ts';
import { type Change, type Context, now } from './context.ts';
import { type ImageView, imageView, insertImage, requireSealedImage } from './images.ts';
import { explained } from './storage-errors.ts';
import type { ImageTable, ProvisioningSchema, VolumeTable } from './store/schema.ts';
import { ensureClone, requireUnused, requireVolume } from './volumes.ts';

/**
 * Takes a snapshot, in constant time. Of a volume that a node runs from it is what the disk held at one moment, as after
 * a power cut: have the node sync first, or release it.
 *
 * The row comes first, in a transaction of its own: it holds the name, and the image that the volume stands on, until the snapshot is taken. What a
 * crash leaves in between is cleared up at the next start.
 */
export async function snapshotVolume(
  context: Context,
  principal: Principal,
  { volume: volumeName, name }: { volume: string; name: string },
  commit: Commit<ProvisioningSchema>,
): Promise<ImageView> {
  const { volume, origin, row } = await context.db.transaction().execute(async (trx) => {
    const volume = await requireVolume(trx, principal, volumeName);
    const origin = await trx
      .selectFrom('images')
      .selectAll()
      .where('name', '=', volume.image)
      .executeTakeFirstOrThrow();
    const row: ImageTable = {
      name,
      id: uuidv7(),
      project: volume.project,
      kind: 'snapshot',
      state: 'uploading',
      public: 0,
      size_bytes: volume.size_bytes,
      sha256: null,
      cmdline: origin.cmdline,
      parent: origin.name,
      volume: volume.id,
      created_at: now(),
    };
    await insertImage(trx, row);
    return { volume, origin, row };
  });
  try {
    await take(context, volume, origin, row);
    return await commit((change) => announce(change, volume, row));
  } catch (error) {
    await forget(context, row);
    if (error instanceof BullionError && error.code === 'storage_not_found')
      throw notFound('volume', volumeName); // Deleted meanwhile.
    throw error;
  }
}

async function take(
  context: Context,
  volume: VolumeTable,
  origin: ImageTable,
  row: ImageTable,
): Promise<void> {
  const tried = `Taking the snapshot "${row.name}" of the volume "${volume.name}"`;
  await ensureClone(context, volume);
  await explained(tried, () => linkBootFiles(context, origin.id, row.id));
  await context.layers.snapshot(volume.id, row.id, tried);
}

/** From here on it is an image. */
async function announce({ trx, tell }: Change, volume: VolumeTable, row: ImageTable): Promise<ImageView> {
  const taken = await trx
    .updateTable('images')
    .set({ state: 'sealed' })
    .where('id', '=', row.id)
    .executeTakeFirst();
  if (taken.numUpdatedRows === 0n) throw notFound('image', row.name); // Deleted meanwhile.
  await tell('volume.snapshot', `volume/${volume.name}`, volume.project, { snapshot: row.name });
  return imageView({ ...row, state: 'sealed' });
}

/** The snapshots of a volume, the oldest first. */
export async function snapshotsOf({ db }: Context, principal: Principal, name: string): Promise<ImageView[]> {
  const volume = await requireVolume(db, principal, name);
  const rows = await db
    .selectFrom('images')
    .selectAll()
    .where('volume', '=', volume.id)
    .where('state', '=', 'sealed')
    .orderBy('id')
    .execute();
  return rows.map((row) => imageView(row));
}

/**
 * Gives up what a volume has changed since a snapshot of it, or since the image that it came from. In the transaction,
 * so that no boot takes the volume in between.
 */
export async function restoreVolume(
  { layers }: Context,
  { trx, principal, tell }: Change,
  name: string,
  to: string,
): Promise<void> {
  const volume = await requireVolume(trx, principal, name);
  const image = await requireSealedImage(trx, principal, to);
  await requireUnused(trx, name);
  if (image.volume !== volume.id && volume.image !== image.name) {
    throw new BullionError(
      'conflict',
      'snapshot_of_other_volume',
      `"${to}" is neither a snapshot of the volume "${name}" nor the image that it came from.`,
      { hint: `See them with \`bullion volume snapshots ${name}\`, or boot "${to}" as a volume of its own.` },
    );
  }
  await layers.rollback(volume.id, image.id, `Restoring the volume "${name}" to "${to}"`);
  await tell('volume.restored', `volume/${name}`, volume.project, { to });
}

async function forget(context: Context, { id }: ImageTable): Promise<void> {
  await context.db.deleteFrom('images').where('id', '=', id).execute();
  await context.layers.discard(id);
  await rm(imageFolder(context, id), { recursive: true, force: true });
}
