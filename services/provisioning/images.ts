/**
 * Images: sealed disks that are booted from clones. An image is declared with its size, its parts are uploaded, and it
 * is sealed; from then on it never changes. A snapshot is an image that was taken of a volume.
 */
import {
  BullionError,
  mayUse,
  notFound,
  type Page,
  type Principal,
  projectsSeen,
  uuidv7,
} from '@bullion/service';
import { BLOCK_BYTES } from '@bullion/volumes';
import { discardLater, keepDeleted } from './bin.ts';
import { type Change, type Context, type Database, now, type Trx } from './context.ts';
import { isSharedWith, sharesOf } from './image-shares.ts';
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
  /** Projects that may use it beside its owner; told to the owner alone. */
  sharedWith: string[];
  createdAt: string;
};

export function imageView(row: ImageTable, sharedWith: string[] = []): ImageView {
  return {
    name: row.name,
    project: row.project,
    kind: row.kind,
    state: row.state,
    public: row.public === 1,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    parent: row.parent,
    sharedWith,
    createdAt: row.created_at,
  };
}

async function maySee(db: Database | Trx, principal: Principal, row: ImageTable): Promise<boolean> {
  return row.public === 1 || mayUse(principal, row.project) || (await isSharedWith(db, row.id, principal));
}

export async function requireImage(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<ImageTable> {
  const row = await db.selectFrom('images').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !(await maySee(db, principal, row))) throw notFound('image', name);
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

/** An image as `principal` sees it. */
export async function showImage({ db }: Context, principal: Principal, name: string): Promise<ImageView> {
  const row = await requireImage(db, principal, name);
  return imageView(row, mayUse(principal, row.project) ? await sharesOf(db, row.id) : []);
}

export async function listImages(
  { db }: Context,
  principal: Principal,
  { after, limit }: Page,
): Promise<ImageView[]> {
  let query = db.selectFrom('images').selectAll().where('name', '>', after);
  const seen = projectsSeen(principal);
  if (seen) {
    const shared = db.selectFrom('image_shares').select('image').where('project', 'in', seen);
    query = query.where((eb) =>
      eb.or([eb('public', '=', 1), eb('project', 'in', seen), eb('id', 'in', shared)]),
    );
  }
  const rows = await query.orderBy('name').limit(limit).execute();
  return await Promise.all(
    rows.map(async (row) => imageView(row, mayUse(principal, row.project) ? await sharesOf(db, row.id) : [])),
  );
}

export type ImageRequest = {
  name: string;
  project: string | null;
  /** Null where the disk comes packed, or from elsewhere: then it is known when the image is sealed. */
  sizeBytes: number | null;
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
  if (request.cmdline === null) {
    // What such a disk does once it has started is known by its logins alone.
    requireCapability(context.storage, 'logins', `Following the boot of "${request.name}" by its own loader`);
  }
  if (request.sizeBytes !== null) checkSize(request.name, request.sizeBytes);
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
    size_bytes: request.sizeBytes ?? 0,
    sha256: null,
    cmdline: request.cmdline,
    parent: null,
    volume: null,
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

/**
 * Deletes an image that no volume and no snapshot came from. It can be undeleted for a time. Copies of it, and volumes
 * that went on above a snapshot, keep the layer that they stand on: the store has it until nobody does.
 */
export async function deleteImage(
  context: Context,
  { trx, principal, tell, after }: Change,
  name: string,
): Promise<void> {
  const row = await requireOwnImage(trx, principal, name);
  const users = await usersOf(trx, principal, name);
  if (users.length > 0) {
    throw new BullionError(
      'conflict',
      'image_in_use',
      `The image "${name}" is in use by ${users.join(', ')}.`,
      { hint: 'Delete those first.' },
    );
  }
  await requireIdle(trx, name);
  await trx.deleteFrom('images').where('name', '=', name).execute();
  await trx.deleteFrom('image_shares').where('image', '=', row.id).execute();
  if (row.state === 'sealed') await keepDeleted(trx, 'image', row);
  await tell('image.deleted', `image/${name}`, row.project);
  after(() => void discardLater(context, row));
}

/** Volumes cloned of it, and snapshots of those. Of other projects only how many there are. */
async function usersOf(trx: Trx, principal: Principal, name: string): Promise<string[]> {
  const volumes = await trx
    .selectFrom('volumes')
    .select(['name', 'project'])
    .where('image', '=', name)
    .execute();
  const snapshots = await trx
    .selectFrom('images')
    .select(['name', 'project'])
    .where('parent', '=', name)
    .execute();
  const users = [
    ...volumes.map((volume) => ({ ...volume, noun: 'volume' })),
    ...snapshots.map((snapshot) => ({ ...snapshot, noun: 'snapshot' })),
  ];
  const own = users.filter(({ project }) => mayUse(principal, project));
  const others = users.length - own.length;
  return [
    ...own.map(({ noun, name }) => `${noun} ${name}`),
    ...(others === 0 ? [] : [`${others} of other projects`]),
  ];
}

/** Refuses while an operation works on the image. */
export async function requireIdle(trx: Trx, name: string): Promise<void> {
  if (!(await sealingOf(trx, name))) return;
  throw new BullionError('conflict', 'image_sealing', `The image "${name}" is being imported or sealed.`, {
    hint: 'Wait until that has ended, or cancel it: `bullion operation cancel ID`.',
  });
}

/** The operation that is sealing the image now, or brings its disk. */
export async function sealingOf(db: Database | Trx, name: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('operations')
    .select('id')
    .where('kind', 'in', ['image.seal', 'image.import', 'image.run'])
    .where('subject', '=', `image/${name}`)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return row?.id;
}
