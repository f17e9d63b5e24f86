import type { VolumeInfo } from '../info.ts';
import type { ImportOptions } from '../options.ts';
import { openScratch } from './scratch.ts';
import type { Source, TransferProgress } from './source.ts';

/** What an import needs of a storage; the local folder and Ceph are such. */
export interface ImageSink {
  createImageFromContent?(name: string, sha256: string): Promise<VolumeInfo | undefined>;
  createImageFromFile(name: string, path: string, options?: ImportOptions): Promise<VolumeInfo>;
}

export interface ImportImageOptions {
  /** A folder for downloads and conversions that only this process uses. What is older than a week is removed. */
  readonly scratch: string;
  /** The SHA-256 of the disk itself, raw; that of a packed or downloaded file is its source's affair. */
  readonly contentSha256?: string;
  /**
   * Take content of that hash from the storage, where it is, and fetch nothing. Whoever knows a hash then gets what it
   * stands for: only for callers who may read every image.
   */
  readonly skipKnown?: boolean;
  /** Of the raw disk. Default: 16 TiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly comesAgain?: () => boolean;
  readonly onProgress?: (progress: TransferProgress) => void;
}

const MAX_BYTES = 16 * 2 ** 40;

/**
 * Makes an image of what a source holds. When it rejects the storage is as it was; after `aborted` nothing is left in
 * `scratch` either. After a lost connection or a kill, the same call goes on from where the download was.
 */
export async function importImage(
  store: ImageSink,
  name: string,
  source: Source,
  options: ImportImageOptions,
): Promise<VolumeInfo> {
  const { scratch, signal, onProgress, contentSha256 } = options;
  if (options.skipKnown && contentSha256 !== undefined) {
    const known = await store.createImageFromContent?.(name, contentSha256);
    if (known) return known;
  }
  await openScratch(scratch);
  const prepared = await source.prepare({
    scratch,
    key: `${name} ${source.label}`,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    signal,
    comesAgain: options.comesAgain,
    onProgress,
  });
  try {
    return await store.createImageFromFile(name, prepared.path, {
      signal,
      expectedSha256: contentSha256,
      onProgress: (progress) => onProgress?.({ phase: 'copying', ...progress }),
    });
  } finally {
    await prepared.release();
  }
}
