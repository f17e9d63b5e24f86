import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { checkSignal, fromSystem } from '../errors.ts';
import type { TransferOptions } from '../options.ts';
import { nativeFiles } from '../system/native-files.ts';
import { TransferError } from './errors.ts';
import { type PushOptions, pushFile } from './oci/push.ts';
import { convertImage } from './qemu-img.ts';
import { openScratch } from './scratch.ts';
import type { TransferProgress } from './source.ts';

/** What an export needs of a storage. */
export interface ImageOrigin {
  exportRaw(name: string, path: string, options?: TransferOptions): Promise<void>;
}

export interface ExportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Writes a sealed image to a new qcow2 file; the file appears under its name only when it is whole. */
export async function exportQcow2(
  store: ImageOrigin,
  name: string,
  path: string,
  options: ExportOptions & { compress?: boolean } = {},
): Promise<void> {
  if (await stat(path).catch(() => undefined)) {
    throw new TransferError('destination-exists', `${path} exists`, 'Give another path, or remove it first.');
  }
  await withRaw(store, name, dirname(path), options, async (raw, folder) => {
    const made = join(folder, 'disk.qcow2');
    const totalBytes = (await stat(raw)).size;
    await convertImage(raw, made, {
      from: 'raw',
      to: 'qcow2',
      compress: options.compress,
      signal: options.signal,
      onProgress: (part) =>
        options.onProgress?.({ phase: 'converting', doneBytes: Math.round(part * totalBytes), totalBytes }),
    });
    const file = await open(made, 'r');
    await file.sync().finally(() => file.close());
    await rename(made, path);
    await nativeFiles.syncFolder(dirname(path));
  });
}

export interface PushImageOptions
  extends Omit<PushOptions, 'mediaType' | 'signal' | 'onProgress'>,
    ExportOptions {
  readonly scratch: string;
  /** Default: zstd. */
  readonly format?: 'raw' | 'qcow2' | 'gzip' | 'zstd';
}

const MEDIA_TYPES = {
  raw: 'application/vnd.bullion.disk.raw.v1',
  gzip: 'application/vnd.bullion.disk.raw.v1+gzip',
  zstd: 'application/vnd.bullion.disk.raw.v1+zstd',
  qcow2: 'application/vnd.bullion.disk.qcow2.v1',
} as const;

/** Pushes a sealed image to a registry, as `OciSource` pulls it. Resolves with the digest of the manifest. */
export async function pushImage(
  store: ImageOrigin,
  name: string,
  reference: string,
  options: PushImageOptions,
): Promise<string> {
  const { scratch, format = 'zstd', signal, onProgress, ...rest } = options;
  await openScratch(scratch);
  return await withRaw(store, name, scratch, options, async (raw, folder) => {
    const packed = format === 'raw' ? raw : join(folder, 'packed');
    if (format === 'qcow2')
      await convertImage(raw, packed, { from: 'raw', to: 'qcow2', compress: true, signal });
    else if (format !== 'raw') await compress(raw, packed, format, signal);
    return await pushFile(packed, reference, {
      ...rest,
      mediaType: MEDIA_TYPES[format],
      annotations: { 'org.opencontainers.image.title': name, ...options.annotations },
      signal,
      onProgress: (progress) => onProgress?.({ phase: 'pushing', ...progress }),
    });
  });
}

async function compress(
  input: string,
  output: string,
  format: 'gzip' | 'zstd',
  signal: AbortSignal | undefined,
): Promise<void> {
  const pack = format === 'gzip' ? createGzip({ level: 3 }) : createZstdCompress();
  const from = createReadStream(input, { highWaterMark: 1 << 20 });
  await pipeline(from, pack, createWriteStream(output), { signal });
}

/** Work on a raw copy, in a folder of its own that goes whatever happens. */
async function withRaw<T>(
  store: ImageOrigin,
  name: string,
  where: string,
  { signal, onProgress }: ExportOptions,
  work: (raw: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(where, '.export-')).catch((error) => {
    throw fromSystem(error, `making a folder in ${where}`);
  });
  try {
    const raw = join(folder, 'disk.raw');
    await store.exportRaw(name, raw, { signal, onProgress: (p) => onProgress?.({ phase: 'copying', ...p }) });
    return await work(raw, folder);
  } catch (error) {
    checkSignal(signal, `exporting ${name}`);
    throw error instanceof TransferError ? error : fromSystem(error, `exporting ${name}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
