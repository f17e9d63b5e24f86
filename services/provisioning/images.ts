/**
 * Images: sealed disks that are booted from clones. An image is declared with its size, its parts are uploaded, and it
 * is sealed; from then on it never changes. A snapshot is an image that was taken of a volume.
 */
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  BullionError,
  mayUse,
  notFound,
  type OperationContext,
  type Principal,
  uuidv7,
} from '@bullion/service';
import { BLOCK_BYTES } from '@bullion/volumes';
import { type Context, type Database, now, type Trx } from './context.ts';
import type { ImageTable } from './store/schema.ts';

export type Part = 'disk' | 'kernel' | 'initrd';

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
async function requireOwnImage(db: Database | Trx, principal: Principal, name: string): Promise<ImageTable> {
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
  throw new BullionError('conflict', 'image_not_sealed', `The image "${name}" is still being uploaded.`, {
    hint: 'Wait for `bullion image import` to end, or delete the image and import it again.',
  });
}

export async function listImages({ db }: Context, principal: Principal): Promise<ImageView[]> {
  const rows = await db.selectFrom('images').selectAll().orderBy('name').execute();
  return rows.filter((row) => maySee(principal, row)).map(imageView);
}

export type ImageRequest = {
  name: string;
  project: string | null;
  sizeBytes: number;
  cmdline: string | null;
  public: boolean;
};

/** Declares an image. Refuses a size that no disk can have before a byte is sent. */
export async function createImage(
  { db, events, imagesFolder }: Context,
  principal: Principal,
  request: ImageRequest,
): Promise<ImageView> {
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
  const id = uuidv7();
  const row: ImageTable = {
    name: request.name,
    id,
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
  await db.transaction().execute(async (trx) => {
    await insertImage(trx, row);
    await events.append(trx, {
      kind: 'image.created',
      subject: `image/${request.name}`,
      project: request.project,
    });
  });
  await mkdir(join(imagesFolder, id), { recursive: true, mode: 0o700 });
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

/** Receives one part. A disk of another length than was declared is refused, and nothing of it is kept. */
export async function uploadPart(
  { db, imagesFolder }: Context,
  principal: Principal,
  name: string,
  part: Part,
  body: Readable,
): Promise<void> {
  const row = await requireOwnImage(db, principal, name);
  if (row.state !== 'uploading') {
    throw new BullionError(
      'conflict',
      'image_sealed',
      `The image "${name}" is sealed: it never changes again.`,
      {
        hint: 'Import the new content under another name.',
      },
    );
  }
  const path = join(imagesFolder, row.id, part);
  const partial = `${path}.part`;
  try {
    if (part === 'disk') await writeSparse(partial, body, row);
    else await pipeline(body, createWriteStream(partial));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Writes the stream to a file, leaving holes where it is zero. */
async function writeSparse(
  path: string,
  body: Readable,
  { name, size_bytes: sizeBytes }: ImageTable,
): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    let position = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (position + chunk.length > sizeBytes) throw wrongLength(name, sizeBytes, 'more');
      if (!isZero(chunk)) await file.write(chunk, 0, chunk.length, position);
      position += chunk.length;
    }
    if (position < sizeBytes) throw wrongLength(name, sizeBytes, `only ${position}`);
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

/** By comparison in native code: a byte at a time in JavaScript takes longer than the network. */
function isZero(chunk: Buffer): boolean {
  for (let at = 0; at < chunk.length; at += ZEROS.length) {
    const part = chunk.subarray(at, at + ZEROS.length);
    if (part.compare(ZEROS, 0, part.length) !== 0) return false;
  }
  return true;
}

function wrongLength(name: string, declared: number, came: string): BullionError {
  return new BullionError(
    'invalid',
    'image_truncated',
    `The image "${name}" was declared with ${declared} bytes, but ${came} came.`,
    {
      hint: 'The file changed or the upload broke off. Check the file and upload it again.',
      details: { declared },
    },
  );
}

/** Begins to seal: the uploaded disk becomes an immutable layer of the volume store. Returns the operation's id. */
export async function sealImage(
  { db, operations, imagesFolder }: Context,
  principal: Principal,
  name: string,
): Promise<string> {
  const row = await requireOwnImage(db, principal, name);
  if (row.state === 'sealed')
    throw new BullionError('conflict', 'image_sealed', `The image "${name}" is sealed already.`);
  const parts: Part[] = row.cmdline === null ? ['disk'] : ['disk', 'kernel', 'initrd'];
  for (const part of parts) {
    if (await exists(join(imagesFolder, row.id, part))) continue;
    throw new BullionError('conflict', 'image_incomplete', `The image "${name}" has no ${part} yet.`, {
      hint: `Upload it: PUT /provisioning/v1/images/${name}/${part}.`,
    });
  }
  const id = await db.transaction().execute((trx) =>
    operations.create(trx, {
      kind: 'image.seal',
      subject: `image/${name}`,
      project: row.project,
      input: { name, id: row.id },
    }),
  );
  operations.start(id);
  return id;
}

export function defineSeal(context: Context): void {
  context.operations.define<{ name: string; id: string }>('image.seal', async (operation) => {
    await operation.step('import', (note) => importDisk(context, operation, note));
    await operation.step('seal', async () => {
      const { sha256 } = await context.store.get(operation.input.id);
      await context.db
        .updateTable('images')
        .set({ state: 'sealed', sha256: sha256 ?? null })
        .where('id', '=', operation.input.id)
        .execute();
      await rm(join(context.imagesFolder, operation.input.id, 'disk'), { force: true });
    });
  });
}

async function importDisk(
  { store, imagesFolder }: Context,
  { input, signal }: OperationContext<{ id: string }>,
  note: (text: string) => Promise<void>,
): Promise<void> {
  if ((await store.list()).some((volume) => volume.name === input.id)) return; // A former run had come so far.
  await note('reading, hashing and storing the disk');
  await store.createImageFromFile(input.id, join(imagesFolder, input.id, 'disk'), { signal });
}

/** Begins to read a whole image and compare it with the hash it had when it was sealed. Returns the operation's id. */
export async function verifyImage(
  { db, operations }: Context,
  principal: Principal,
  name: string,
): Promise<string> {
  const row = await requireSealedImage(db, principal, name);
  const id = await db
    .transaction()
    .execute((trx) =>
      operations.create(trx, {
        kind: 'image.verify',
        subject: `image/${name}`,
        project: row.project,
        input: { name, id: row.id },
      }),
    );
  operations.start(id);
  return id;
}

export function defineVerify(context: Context): void {
  context.operations.define<{ name: string; id: string }>('image.verify', async ({ input, signal, step }) => {
    await step('read and hash', async (note) => {
      const { sha256, expected, ok } = await context.store.verify(input.id, { signal });
      await note(`sha256 ${sha256}`);
      if (ok) return;
      throw new BullionError(
        'internal',
        'image_changed',
        `The image "${input.name}" has the hash ${sha256}, but was sealed with ${expected}.`,
        {
          hint: 'The disk of this server has damaged it. Import it anew, and do not boot from it.',
        },
      );
    });
  });
}

/** Deletes an image that no volume was cloned from, and a snapshot whose volume no longer stands on it. */
export async function deleteImage(
  { db, events, store, imagesFolder }: Context,
  principal: Principal,
  name: string,
): Promise<void> {
  const { id } = await requireOwnImage(db, principal, name);
  const above = (await store.list()).find((layer) => layer.name === id)?.children ?? [];
  const row = await db.transaction().execute(async (trx) => {
    const image = await requireOwnImage(trx, principal, name);
    const users = await trx
      .selectFrom('volumes')
      .select('name')
      .where((eb) => eb.or([eb('image', '=', name), eb('id', 'in', above.length > 0 ? above : [''])]))
      .execute();
    const standing = await trx.selectFrom('images').select('name').where('parent', '=', name).execute();
    if (users.length + standing.length > 0) {
      const names = [
        ...users.map((volume) => `volume ${volume.name}`),
        ...standing.map((snapshot) => `snapshot ${snapshot.name}`),
      ];
      throw new BullionError(
        'conflict',
        'image_in_use',
        `The image "${name}" is in use by ${names.join(', ')}.`,
        { hint: 'Delete those first.' },
      );
    }
    await trx.deleteFrom('images').where('name', '=', name).execute();
    await events.append(trx, { kind: 'image.deleted', subject: `image/${name}`, project: image.project });
    return image;
  });
  if (row.state === 'sealed') await store.delete(row.id);
  await rm(join(imagesFolder, row.id), { recursive: true, force: true });
}

/** A snapshot boots with the kernel of the image that its volume came from. */
export async function copyBootFiles({ imagesFolder }: Context, from: string, to: string): Promise<void> {
  await mkdir(join(imagesFolder, to), { recursive: true, mode: 0o700 });
  for (const part of ['kernel', 'initrd']) {
    if (await exists(join(imagesFolder, from, part)))
      await copyFile(join(imagesFolder, from, part), join(imagesFolder, to, part));
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
