import { fromSystem, VolumeError } from '../errors.ts';
import { type DownloadOptions, download } from './download.ts';
import { TransferError } from './errors.ts';
import { FileSource } from './file-source.ts';
import type { Format } from './formats.ts';
import { PartialFile } from './partial-file.ts';
import { scratchPath } from './scratch.ts';
import type { Prepared, PrepareOptions } from './source.ts';

export interface Fetched extends Omit<DownloadOptions, 'maxBytes' | 'signal' | 'onProgress'> {
  /** What the bytes are, so that a partial file of something else is not gone on from. */
  readonly identity: string;
  readonly format?: Format;
}

/** Fetches a file into scratch and prepares it there: the common end of all sources that are elsewhere. */
export async function prepareFetched(fetched: Fetched, options: PrepareOptions): Promise<Prepared> {
  const path = scratchPath(options.scratch, options.key, 'partial');
  const partial = await PartialFile.open(path, fetched.identity);
  const onProgress = (progress: { doneBytes: number; totalBytes: number }) =>
    options.onProgress?.({ phase: 'fetching', ...progress });
  let keep = false;
  try {
    try {
      await download(partial, { ...fetched, maxBytes: options.maxBytes, signal: options.signal, onProgress });
    } finally {
      await partial.close();
    }
    const raw = await new FileSource(path, fetched.format).prepare(options);
    keep = true;
    return {
      path: raw.path,
      async release() {
        await raw.release();
        await PartialFile.remove(path);
      },
    };
  } catch (error) {
    const failure = error instanceof TransferError ? error : fromSystem(error, `fetching ${fetched.what}`);
    keep = isWorthResuming(failure) || (options.signal?.aborted === true && options.comesAgain?.() === true);
    throw failure;
  } finally {
    if (!keep) await PartialFile.remove(path);
  }
}

/** The network or our own disk failed, not the content. */
function isWorthResuming(error: unknown): boolean {
  if (error instanceof TransferError) return error.code === 'source-unavailable';
  return error instanceof VolumeError && error.code === 'no-space';
}
