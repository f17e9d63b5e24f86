/** Uploads: the parts of an image, received as they come. What breaks off, or is not as declared, leaves nothing. */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BullionError, notFound, type Principal, uuidv7 } from '@bullion/service';
import { imageFolder, type Part, partPath, syncFolder } from './boot-files.ts';
import type { Context, Trx } from './context.ts';
import { requireOwnImage, sealingOf } from './images.ts';
import { explained } from './storage-errors.ts';
import type { ImageTable } from './store/schema.ts';

/** A kernel or an initramfs is held in a node's memory: more than this cannot be meant. */
const BOOT_FILE_BYTES = 1024 ** 3;

/** Receives one part of an image that is not sealed yet, and puts it in the place of one that came before. */
export async function uploadPart(
  context: Context,
  principal: Principal,
  name: string,
  part: Part,
  body: unknown,
): Promise<void> {
  const { db, uploads } = context;
  const row = await requireOwnImage(db, principal, name);
  requireOpen(row);
  if (!(body instanceof Readable)) {
    throw new BullionError(
      'unsupported',
      'upload_not_binary',
      `The ${part} of "${name}" came without bytes.`,
      {
        hint: 'Send the file as it is, with "Content-Type: application/octet-stream".',
      },
    );
  }
  const key = `${row.id}/${part}`;
  if (uploads.has(key)) {
    throw new BullionError(
      'conflict',
      'upload_running',
      `The ${part} of "${name}" is being uploaded already.`,
      {
        hint: 'Wait until that upload has ended.',
      },
    );
  }
  const partial = `${partPath(context, row.id, part)}.part-${uuidv7()}`;
  // From here on the image cannot be sealed: a seal that came before is seen by the check that follows.
  uploads.add(key);
  try {
    await requireNotSealing(context, name);
    await explained(`The upload of the ${part} of "${name}"`, async () => {
      await mkdir(imageFolder(context, row.id), { recursive: true, mode: 0o700 });
      const file = await open(partial, 'wx', 0o600);
      try {
        if (part === 'disk') await receiveDisk(file, body, row);
        else await receiveBootFile(file, body, part, row);
        await file.sync();
      } finally {
        await file.close();
      }
    });
    await db.transaction().execute((trx) => take(context, trx, row, part, partial));
    await syncFolder(imageFolder(context, row.id)).catch(() => {}); // Deleted since.
  } finally {
    await rm(partial, { force: true });
    uploads.delete(key);
  }
}

/** In a transaction, so that nobody deletes the image in between. */
async function take(
  context: Context,
  trx: Trx,
  { id, name }: ImageTable,
  part: Part,
  partial: string,
): Promise<void> {
  const row = await trx.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) {
    await rm(imageFolder(context, id), { recursive: true, force: true });
    throw notFound('image', name);
  }
  requireOpen(row);
  await rename(partial, partPath(context, id, part));
}

function requireOpen(row: ImageTable): void {
  if (row.state === 'uploading' && row.kind === 'image') return;
  throw new BullionError(
    'conflict',
    'image_sealed',
    `The image "${row.name}" is sealed: it never changes again.`,
    { hint: 'Import the new content under another name.' },
  );
}

async function requireNotSealing({ db }: Context, name: string): Promise<void> {
  if (!(await sealingOf(db, name))) return;
  throw new BullionError('conflict', 'image_sealing', `The image "${name}" is being sealed.`, {
    hint: 'Import the new content under another name.',
  });
}

const ZEROS = Buffer.alloc(64 * 1024);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length);
    if (!piece.equals(ZEROS.subarray(0, piece.length))) return false;
  }
  return true;
}

/** Leaves holes where the disk is zero. One whose size was not declared may be packed, and is as long as it comes. */
async function receiveDisk(file: FileHandle, body: Readable, row: ImageTable): Promise<void> {
  const { name, size_bytes: sizeBytes } = row;
  let position = 0;
  for await (const chunk of chunksOf(body, `disk of "${name}"`)) {
    if (sizeBytes > 0 && position + chunk.length > sizeBytes) throw wrongLength(name, sizeBytes, 'more');
    if (!isZero(chunk)) await writeAll(file, chunk, position);
    position += chunk.length;
  }
  if (position < sizeBytes) throw wrongLength(name, sizeBytes, `only ${position}`);
  await file.truncate(position);
}

async function receiveBootFile(
  file: FileHandle,
  body: Readable,
  part: Part,
  { name }: ImageTable,
): Promise<void> {
  let position = 0;
  for await (const chunk of chunksOf(body, `${part} of "${name}"`)) {
    if (position + chunk.length > BOOT_FILE_BYTES) {
      throw new BullionError(
        'too_large',
        'boot_file_too_large',
        `The ${part} of "${name}" has more than 1 GiB.`,
        {
          hint: 'Check the file that you import.',
        },
      );
    }
    await writeAll(file, chunk, position);
    position += chunk.length;
  }
  if (position > 0) return;
  throw new BullionError('invalid', 'boot_file_empty', `The ${part} of "${name}" is empty.`, {
    hint: 'Check the file that you import.',
  });
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * The chunks of a request's body. Its connection is left open where the reader stops early: it carries the answer that
 * says why.
 */
async function* chunksOf(body: Readable, what: string): AsyncGenerator<Buffer> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new BullionError('invalid', 'upload_aborted', `The upload of the ${what} broke off.`, {
      hint: 'Nothing of it was kept. Upload it again.',
      cause,
    });
  }
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
