import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Chain, forEachRun, readThrough } from '../disk/chain.ts';
import { checkSignal, fromSystem, VolumeError } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { TransferOptions } from '../options.ts';
import { nativeFiles } from '../system/native-files.ts';
import { writeWhole } from '../system/whole.ts';

const CHUNK_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/**
 * SHA-256 of the content of a chain, as sha256sum would print it of the exported file. Reads the data, so it finds
 * what has rotted. Blocks that are nowhere cost only the hashing.
 */
export async function hashContent(chain: Chain, what: string, options: TransferOptions): Promise<string> {
  const hash = createHash('sha256');
  await walk(chain, what, options, (bytes) => void hash.update(bytes));
  return hash.digest('hex');
}

/** Writes the content of a chain to a new raw file, sparse. The file appears under its name only when it is whole. */
export async function exportContent(
  chain: Chain,
  path: string,
  what: string,
  options: TransferOptions,
): Promise<void> {
  if (await exists(path)) {
    throw new VolumeError('file-exists', `${what}: ${path} exists`, 'Give another path, or remove it first.');
  }
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'wx');
    try {
      await file.truncate(chain[0]!.sizeBytes);
      await walk(chain, what, options, async (bytes, position, zero) => {
        if (!zero) await writeWhole(file, bytes, position);
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await nativeFiles.syncFolder(dirname(path));
  } catch (error) {
    await rm(partial, { force: true });
    throw fromSystem(error, what);
  }
}

/** Every byte of a chain in order, in pieces of at most 1 MiB. */
async function walk(
  chain: Chain,
  what: string,
  options: TransferOptions,
  visit: (bytes: Uint8Array, position: number, zero: boolean) => Promise<void> | void,
): Promise<void> {
  const totalBytes = chain[0]!.sizeBytes;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let turn = 0;
  await forEachRun(chain, 0, totalBytes / BLOCK_BYTES, async (block, count, layer) => {
    const end = (block + count) * BLOCK_BYTES;
    for (let position = block * BLOCK_BYTES; position < end; ) {
      checkSignal(options.signal, what);
      const length = Math.min(CHUNK_BYTES, end - position);
      if (layer) {
        const bytes = chunk.subarray(0, length);
        await readThrough(chain, position, bytes);
        await visit(bytes, position, false);
      } else {
        await visit(ZEROS.subarray(0, length), position, true);
        // Zeros need no disk, so nothing here waits; others must have their turn all the same.
        if (++turn % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      position += length;
      options.onProgress?.({ doneBytes: position, totalBytes });
    }
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
