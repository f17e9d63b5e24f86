/**
 * Images: sealed disks that are booted from clones. An image is declared with its size, its parts are uploaded, and it
 * is sealed; from then on it never changes. A snapshot is an image that was taken of a volume.
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
  uuidv7,
} from '@bullion/service';
import { BLOCK_BYTES } from '@bullion/volumes';
import { imageFolder } from './boot-files.ts';
import { type Change, type Context, type Database, now, type Trx } from './context.ts';
import { requireProject } from './projects.ts';
import { requireCapability } from './storage/storage.ts';
import type { ImageTable } from './store/schema.ts';

export type ImageView = {
  name: string;
  project: string | null;
  kind: 'image' | 'snapshot';
  state: 'uploading' | 'sealed';
  public: boolean;
  sizeBytes: number;
  sha256: string | null;
  parent: string | null;
  createdAt: string;
};

export function imageView(row: ImageTable): ImageView {
  return {
    name: row.name,
    project: row.project,
    kind: row.kind,
    state: row.state,
    public: row.public === 1,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    parent: row.parent,
    createdAt: row.created_at,
  };
}

const maySee = (principal: Principal, row: ImageTable) => row.public === 1 || mayUse(principal, row.project);

export async function requireImage(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<ImageTable> {
  const row = await db.selectFrom('images').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !maySee(principal, row)) throw notFound('image', name);
  return row;
}

/** For changing it: its owner and the operator. */
export async function requireOwnImage(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<ImageTable> {
  const row = await requireImage(db, principal, name);
  if (mayUse(principal, row.project)) return row;
  throw new BullionError('forbidden', 'image_not_yours', `The image "${name}" belongs to somebody else.`, {
    hint: 'Ask its owner.',
  });
}

export async function requireSealedImage(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<ImageTable> {
  const row = await requireImage(db, principal, name);
  if (row.state === 'sealed') return row;
  if (row.kind === 'snapshot') {
    throw new BullionError('conflict', 'image_not_sealed', `The snapshot "${name}" is still being taken.`, {
      hint: 'Try again in a moment.',
    });
  }
  throw new BullionError('conflict', 'image_not_sealed', `The image "${name}" is still being uploaded.`, {
    hint: 'Wait for `bullion image import` to end, or delete the image and import it again.',
  });
}

export async function listImages(
  { db }: Context,
  principal: Principal,
  { after, limit }: Page,
): Promise<ImageView[]> {
  let query = db.selectFrom('images').selectAll().where('name', '>', after);
  const seen = projectsSeen(principal);
  if (seen) query = query.where((eb) => eb.or([eb('public', '=', 1), eb('project', 'in', seen)]));
  return (await query.orderBy('name').limit(limit).execute()).map(imageView);
}

export type ImageRequest = {
  name: string;
  project: string | null;
  sizeBytes: number;
  cmdline: string | null;
  public: boolean;
};

/** Refuses what no image can be, before a byte is sent. */
export async function checkImage(
  context: Context,
  principal: Principal,
  request: ImageRequest,
): Promise<void> {
  if (!mayUse(principal, request.project)) {
    throw new BullionError(
      'forbidden',
      'project_not_yours',
      `You cannot make images for ${request.project === null ? 'the operator' : `project "${request.project}"`}.`,
      {
        hint: 'Name your own project.',
      },
    );
  }
  checkSize(request.name, request.sizeBytes);
  if (request.cmdline === null) {
    // What such a disk does once it has started is known by its logins alone.
    requireCapability(context.storage, 'logins', `Following the boot of "${request.name}" by its own loader`);
  }
  if (request.project !== null) await requireProject(context, principal, request.project);
}

/** Declares an image that was checked. */
export async function createImage({ trx, tell }: Change, request: ImageRequest): Promise<ImageView> {
  const row: ImageTable = {
    name: request.name,
    id: uuidv7(),
    project: request.project,
    kind: 'image',
    state: 'uploading',
    public: request.public ? 1 : 0,
    size_bytes: request.sizeBytes,
    sha256: null,
    cmdline: request.cmdline,
    parent: null,
    created_at: now(),
  };
  await insertImage(trx, row);
  await tell('image.created', `image/${request.name}`, request.project);
  return imageView(row);
}

export async function insertImage(trx: Trx, row: ImageTable): Promise<void> {
  const made = await trx
    .insertInto('images')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!made.numInsertedOrUpdatedRows) {
    throw new BullionError('conflict', 'image_exists', `There is an image "${row.name}" already.`, {
      hint: 'Choose another name, or delete that one.',
    });
  }
}

function checkSize(name: string, sizeBytes: number): void {
  if (sizeBytes === 0) {
    throw new BullionError('invalid', 'image_empty', `The image "${name}" is empty.`, {
      hint: 'Check the file that you import.',
    });
  }
  if (sizeBytes % BLOCK_BYTES !== 0) {
    throw new BullionError(
      'invalid',
      'image_size_odd',
      `The size of the image "${name}", ${sizeBytes} bytes, is not a multiple of ${BLOCK_BYTES}.`,
      {
        hint: `The file may be truncated. If it is whole, pad it: \`truncate --size=%${BLOCK_BYTES} FILE\`.`,
      },
    );
  }
}

/** Deletes an image that no volume was cloned from, and a snapshot whose volume no longer stands on it. */
export async function deleteImage(
  context: Context,
  { trx, principal, tell, after }: Change,
  name: string,
): Promise<void> {
  const { project, id } = await requireOwnImage(trx, principal, name);
  const above = (await context.layers.find(id))?.children ?? [];
  const users = await usersOf(trx, name, above);
  if (users.length > 0) {
    throw new BullionError(
      'conflict',
      'image_in_use',
      `The image "${name}" is in use by ${users.join(', ')}.`,
      { hint: 'Delete those first.' },
    );
  }
  if (await sealingOf(trx, name)) {
    throw new BullionError('conflict', 'image_sealing', `The image "${name}" is being sealed.`, {
      hint: 'Wait until that has ended, then delete it.',
    });
  }
  await trx.deleteFrom('images').where('name', '=', name).execute();
  await tell('image.deleted', `image/${name}`, project);
  after(() => void forgetImage(context, id));
}

/** What cannot be removed now is rubbish, which the sweeper collects. Never rejects. */
async function forgetImage(context: Context, id: string): Promise<void> {
  try {
    await context.layers.discard(id);
    await rm(imageFolder(context, id), { recursive: true, force: true });
  } catch (error) {
    context.log.warn({ image: id, error: messageOf(error) }, 'not all of a deleted image could be removed');
  }
}

/** Volumes cloned of it, snapshots of those, and whatever else stands on its layer. */
async function usersOf(trx: Trx, name: string, above: readonly string[]): Promise<string[]> {
  const ids = ['', ...above]; // SQL has no empty list.
  const volumes = await trx
    .selectFrom('volumes')
    .select('name')
    .where((eb) => eb.or([eb('image', '=', name), eb('id', 'in', ids)]))
    .execute();
  const snapshots = await trx
    .selectFrom('images')
    .select('name')
    .where((eb) => eb.or([eb('parent', '=', name), eb('id', 'in', ids)]))
    .execute();
  return [
    ...volumes.map((volume) => `volume ${volume.name}`),
    ...snapshots.map((snapshot) => `snapshot ${snapshot.name}`),
  ];
}

/** The operation that is sealing the image now. */
export async function sealingOf(db: Database | Trx, name: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('operations')
    .select('id')
    .where('kind', '=', 'image.seal')
    .where('subject', '=', `image/${name}`)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return row?.id;
}
