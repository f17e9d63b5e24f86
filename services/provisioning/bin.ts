/**
 * The bin: images and volumes that were deleted and can come back, for a day, or until the store needs their space. The
 * store keeps their layers; here are their rows.
 */
import { rm } from 'node:fs/promises';
import {
  BullionError,
  mayUse,
  messageOf,
  notFound,
  type Page,
  type Principal,
  projectsSeen,
} from '@bullion/service';
import { imageFolder } from './boot-files.ts';
import { type Change, type Context, now, type Trx } from './context.ts';
import type { DeletedTable, ImageTable, VolumeTable } from './store/schema.ts';

/** As long as the store keeps what was deleted, in milliseconds. */
const KEEP_MS = 24 * 3600_000;

export type DeletedView = {
  id: string;
  kind: 'image' | 'volume';
  name: string;
  project: string | null;
  deletedAt: string;
  keptUntil: string;
};

const deletedView = ({ id, kind, name, project, deleted_at }: DeletedTable): DeletedView => ({
  ...{ id, kind, name, project, deletedAt: deleted_at },
  keptUntil: new Date(Date.parse(deleted_at) + KEEP_MS).toISOString(),
});

/** In the transaction that deletes the row. */
export async function keepDeleted(
  trx: Trx,
  kind: 'image' | 'volume',
  row: ImageTable | VolumeTable,
): Promise<void> {
  const { id, name, project } = row;
  await trx
    .insertInto('deleted_things')
    .values({ id, kind, name, project, saved: JSON.stringify(row), deleted_at: now() })
    .execute();
}

/** After the commit. What cannot be removed now is rubbish, which the sweeper collects. Never rejects. */
export async function discardLater(context: Context, row: ImageTable): Promise<void> {
  try {
    await context.layers.discard(row.id);
    // A sealed image may come back, and needs its kernel then.
    if (row.state !== 'sealed') await rm(imageFolder(context, row.id), { recursive: true, force: true });
  } catch (error) {
    context.log.warn(
      { image: row.id, error: messageOf(error) },
      'not all of a deleted image could be removed',
    );
  }
}

export async function listDeleted(
  { db }: Context,
  principal: Principal,
  { after, limit }: Page,
): Promise<DeletedView[]> {
  let query = db.selectFrom('deleted_things').selectAll().where('id', '>', after);
  query = query.where('deleted_at', '>', oldest());
  const seen = projectsSeen(principal);
  if (seen) query = query.where('project', 'in', seen);
  return (await query.orderBy('id').limit(limit).execute()).map(deletedView);
}

const oldest = () => new Date(Date.now() - KEEP_MS).toISOString();

/** Brings back the newest of that name. Its shares are not: who asks for it back decides anew. */
export async function undelete(
  context: Context,
  { trx, principal, tell }: Change,
  kind: 'image' | 'volume',
  name: string,
): Promise<void> {
  const found = await trx
    .selectFrom('deleted_things')
    .selectAll()
    .where('kind', '=', kind)
    .where('name', '=', name)
    .where('deleted_at', '>', oldest())
    .orderBy('deleted_at', 'desc')
    .executeTakeFirst();
  if (!found || !mayUse(principal, found.project)) {
    throw notFound(`deleted ${kind}`, name, 'See what can come back with `bullion image deleted`.');
  }
  if (kind === 'image') await bringBackImage(trx, JSON.parse(found.saved) as ImageTable);
  else await bringBackVolume(trx, JSON.parse(found.saved) as VolumeTable);
  await trx.deleteFrom('deleted_things').where('id', '=', found.id).execute();
  // Last: where the transaction fails after it, the layer has no row, and is collected again.
  await context.layers.undelete(found.id, `Undeleting the ${kind} "${name}"`);
  await tell(`${kind}.undeleted`, `${kind}/${name}`, found.project);
}

async function bringBackImage(trx: Trx, row: ImageTable): Promise<void> {
  const made = await trx
    .insertInto('images')
    .values({ ...row, public: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!made.numInsertedOrUpdatedRows) throw nameTaken('image', row.name);
}

async function bringBackVolume(trx: Trx, row: VolumeTable): Promise<void> {
  const image = await trx.selectFrom('images').select('id').where('name', '=', row.image).executeTakeFirst();
  if (!image) {
    throw new BullionError(
      'conflict',
      'volume_image_deleted',
      `The volume "${row.name}" came from the image "${row.image}", which is deleted too.`,
      { hint: `Undelete that first: \`bullion image undelete ${row.image}\`.` },
    );
  }
  const made = await trx
    .insertInto('volumes')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!made.numInsertedOrUpdatedRows) throw nameTaken('volume', row.name);
}

/** A deleted volume that comes back finds its image, whatever that is called by then. */
export async function renameInBin(trx: Trx, from: string, to: string): Promise<void> {
  const volumes = await trx.selectFrom('deleted_things').selectAll().where('kind', '=', 'volume').execute();
  for (const { id, saved } of volumes) {
    const row = JSON.parse(saved) as VolumeTable;
    if (row.image !== from) continue;
    const renamed = JSON.stringify({ ...row, image: to });
    await trx.updateTable('deleted_things').set({ saved: renamed }).where('id', '=', id).execute();
  }
}

const nameTaken = (noun: string, name: string) =>
  new BullionError('conflict', `${noun}_exists`, `There is a ${noun} "${name}" again by now.`, {
    hint: 'Rename or delete that one first.',
  });

/** Forgets what is too old to come back. */
export async function emptyBin(context: Context): Promise<void> {
  const old = await context.db
    .selectFrom('deleted_things')
    .select('id')
    .where('deleted_at', '<=', oldest())
    .execute();
  for (const { id } of old) {
    await context.db.deleteFrom('deleted_things').where('id', '=', id).execute();
    await rm(imageFolder(context, id), { recursive: true, force: true });
  }
}
