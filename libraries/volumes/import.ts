import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fromSystem, VolumeError } from './errors.ts';
import { BLOCK_BYTES } from './geometry.ts';
import type { Layer } from './layer.ts';
import { DATA, isZero } from './map-page.ts';
import { claimedSize, HEAD_BYTES } from './truncation.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface TransferOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface ImportOptions extends TransferOptions {
  /** The size that the file should have, as its publisher announced it. */
  readonly expectedBytes?: number;
  /** The hash that it should have, as sha256sum prints it. */
  readonly expectedSha256?: string;
}

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
 * Copies a raw image into an empty layer, leaving out blocks of zeros. Resolves with the SHA-256 of the whole file,
 * the same that sha256sum prints. The layer is not flushed.
 */
export async function copyRawImage(image: RawImage, layer: Layer, options: ImportOptions): Promise<string> {
  const { path, file, sizeBytes } = image;
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; position < sizeBytes; ) {
    checkSignal(options.signal, `importing ${path}`);
    const wanted = Math.min(CHUNK_BYTES, sizeBytes - position);
    const filled = await readWhole(image, chunk.subarray(0, wanted), position);
    if (filled < wanted) throw changed(path);
    const bytes = chunk.subarray(0, wanted);
    hash.update(bytes);
    await writeNonZero(layer, position, bytes);
    position += wanted;
    options.onProgress?.({ doneBytes: position, totalBytes: sizeBytes });
  }
  const after = await file.stat({ bigint: true });
  if (Number(after.size) !== sizeBytes || after.mtimeNs !== image.modified) throw changed(path);
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

/** Throws `aborted` when the signal says so. */
export function checkSignal(signal: AbortSignal | undefined, what: string): void {
  if (!signal?.aborted) return;
  throw new VolumeError(
    'aborted',
    `${what} was stopped`,
    'Nothing was changed. Start it again.',
    signal.reason,
  );
}

async function readWhole({ path, file }: RawImage, into: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  try {
    while (filled < into.length) {
      const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (error) {
    throw fromSystem(error, `reading the image file ${path}`);
  }
  return filled;
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
