import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { checkSignal, fromSystem, VolumeError } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { Layer } from '../layer/layer.ts';
import { DATA } from '../map/map-page.ts';
import { isZero } from '../map/zeros.ts';
import type { ImportOptions } from '../options.ts';
import { readWhole } from '../system/whole.ts';
import { dataExtents } from './extents.ts';
import { claimedSize, HEAD_BYTES } from './truncation.ts';

const CHUNK_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** A raw image that was looked at and found fit; close it. */
export interface RawImage {
  readonly path: string;
  readonly file: FileHandle;
  readonly sizeBytes: number;
  readonly modified: bigint;
}

/** Opens a raw image and refuses what cannot be a whole one, before anything is written anywhere. */
export async function openRawImage(path: string, { expectedBytes }: ImportOptions): Promise<RawImage> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!missing) throw fromSystem(error, `opening the image file ${path}`);
    throw new VolumeError('image-missing', `there is no file ${path}`, 'Check the path.', error);
  }
  try {
    const stat = await file.stat({ bigint: true });
    const sizeBytes = Number(stat.size);
    if (!stat.isFile()) {
      throw new VolumeError('image-missing', `${path} is not a file`, 'Give the path of a raw disk image.');
    }
    if (sizeBytes === 0) {
      throw new VolumeError('image-empty', `the image file ${path} is empty`, 'Fetch or build it again.');
    }
    if (expectedBytes !== undefined && expectedBytes !== sizeBytes) {
      throw truncated(path, sizeBytes, expectedBytes, 'its publisher');
    }
    const head = new Uint8Array(Math.min(HEAD_BYTES, sizeBytes));
    await file.read(head, 0, head.length, 0);
    const claimed = claimedSize(head);
    if (claimed && claimed.bytes > sizeBytes) throw truncated(path, sizeBytes, claimed.bytes, claimed.by);
    if (sizeBytes % BLOCK_BYTES !== 0) {
      throw new VolumeError(
        'image-misaligned',
        `the image file ${path} has ${sizeBytes} bytes, which is not a multiple of the block size ${BLOCK_BYTES}`,
        `Fetch it again if it was cut off; if it is whole, run: truncate -s %${BLOCK_BYTES} ${path}`,
      );
    }
    return { path, file, sizeBytes, modified: stat.mtimeNs };
  } catch (error) {
    await file.close();
    throw fromSystem(error, `reading the image file ${path}`);
  }
}

/**
 * Tells `visit` of the data of a raw image in order, in pieces of at most 1 MiB, and resolves with the SHA-256 of the
 * whole file, the same that sha256sum prints. Holes are hashed as the zeros they stand for, and not read.
 */
export async function readRawImage(
  image: RawImage,
  options: ImportOptions,
  visit: (position: number, bytes: Uint8Array) => Promise<void>,
): Promise<string> {
  const { path, sizeBytes } = image;
  const what = `importing ${path}`;
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const report = (doneBytes: number) => options.onProgress?.({ doneBytes, totalBytes: sizeBytes });
  let position = 0;
  for (const { start, end } of await dataExtents(path, sizeBytes, options.signal)) {
    await hashZeros(hash, start - position, options.signal, what);
    if (start > position) report(start);
    for (position = start; position < end; ) {
      checkSignal(options.signal, what);
      const bytes = chunk.subarray(0, Math.min(CHUNK_BYTES, end - position));
      if ((await readPiece(image, bytes, position)) < bytes.length) throw changed(path);
      hash.update(bytes);
      await visit(position, bytes);
      position += bytes.length;
      report(position);
    }
  }
  await hashZeros(hash, sizeBytes - position, options.signal, what);
  if (position < sizeBytes) report(sizeBytes);
  await checkUnchanged(image);
  const sha256 = hash.digest('hex');
  if (options.expectedSha256 !== undefined && options.expectedSha256.toLowerCase() !== sha256) {
    throw new VolumeError(
      'image-changed',
      `the image file ${path} has the SHA-256 ${sha256}, not the expected ${options.expectedSha256}`,
      'Fetch it again from a source you trust.',
    );
  }
  return sha256;
}

/** Throws `image-changed` where somebody wrote to the file since it was opened. */
export async function checkUnchanged({ path, file, sizeBytes, modified }: RawImage): Promise<void> {
  const after = await file.stat({ bigint: true });
  if (Number(after.size) !== sizeBytes || after.mtimeNs !== modified) throw changed(path);
}

/** Copies a raw image into an empty layer, leaving out blocks of zeros; otherwise as `readRawImage`. Not flushed. */
export function copyRawImage(image: RawImage, layer: Layer, options: ImportOptions): Promise<string> {
  return readRawImage(image, options, (position, bytes) => writeNonZero(layer, position, bytes));
}

async function hashZeros(
  hash: Hash,
  count: number,
  signal: AbortSignal | undefined,
  what: string,
): Promise<void> {
  for (let done = 0; done < count; done += CHUNK_BYTES) {
    checkSignal(signal, what);
    hash.update(ZEROS.subarray(0, Math.min(CHUNK_BYTES, count - done)));
    // Zeros need no disk, so nothing here waits; others must have their turn all the same.
    if ((done / CHUNK_BYTES) % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function readPiece({ path, file }: RawImage, into: Uint8Array, position: number): Promise<number> {
  try {
    return await readWhole(file, into, position);
  } catch (error) {
    throw fromSystem(error, `reading the image file ${path}`);
  }
}

/** Writes the blocks of a chunk that are not all zeros, neighbours together. */
async function writeNonZero(layer: Layer, position: number, bytes: Uint8Array): Promise<void> {
  if (isZero(bytes)) return;
  const zeroAt = (at: number) => isZero(bytes.subarray(at, at + BLOCK_BYTES));
  for (let at = 0; at < bytes.length; ) {
    if (zeroAt(at)) {
      at += BLOCK_BYTES;
      continue;
    }
    let end = at + BLOCK_BYTES;
    while (end < bytes.length && !zeroAt(end)) end += BLOCK_BYTES;
    await layer.write(position + at, bytes.subarray(at, end));
    await layer.mark((position + at) / BLOCK_BYTES, (end - at) / BLOCK_BYTES, DATA);
    at = end;
  }
}

function truncated(path: string, sizeBytes: number, shouldBe: number, by: string): VolumeError {
  return new VolumeError(
    'image-truncated',
    `the image file ${path} has ${sizeBytes} bytes, but ${by} says ${shouldBe}`,
    `Fetch it again; if only zeros at the end were left out on purpose, run: truncate -s ${shouldBe} ${path}`,
  );
}

function changed(path: string): VolumeError {
  return new VolumeError(
    'image-changed',
    `the image file ${path} was changed while it was read`,
    'Wait until whoever writes it has finished, then import it again.',
  );
}
