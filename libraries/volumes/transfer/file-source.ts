import { rm, stat } from 'node:fs/promises';
import { checkSignal, fromSystem, VolumeError } from '../errors.ts';
import { decompress } from './decompress.ts';
import { TransferError } from './errors.ts';
import { checkQcow2, detectFormat, type Format } from './formats.ts';
import { convertImage } from './qemu-img.ts';
import { scratchPath } from './scratch.ts';
import type { Prepared, PrepareOptions, Source } from './source.ts';

/** A file of this machine: raw, qcow2, or raw packed with gzip or zstd. */
export class FileSource implements Source {
  readonly label: string;
  readonly #path: string;
  readonly #format: Format | undefined;

  /** The format is recognised by the first bytes where none is given. */
  constructor(path: string, format?: Format) {
    this.#path = path;
    this.label = path;
    this.#format = format;
  }

  async prepare(options: PrepareOptions): Promise<Prepared> {
    const path = this.#path;
    await requireFile(path);
    const format = this.#format ?? (await detectFormat(path));
    if (format === 'raw') return { path, release: async () => {} };

    const raw = scratchPath(options.scratch, options.key, 'raw');
    const release = () => rm(raw, { force: true });
    const { signal } = options;
    try {
      checkSignal(signal, `importing ${path}`);
      if (format === 'qcow2') {
        const sizeBytes = await checkQcow2(path);
        if (sizeBytes > options.maxBytes) throw tooLarge(path, sizeBytes, options.maxBytes);
        const onProgress = (part: number) =>
          options.onProgress?.({
            phase: 'converting',
            doneBytes: Math.round(part * sizeBytes),
            totalBytes: sizeBytes,
          });
        await convertImage(path, raw, { from: 'qcow2', to: 'raw', signal, onProgress });
      } else {
        await decompress(path, raw, format, {
          maxBytes: options.maxBytes,
          signal,
          onProgress: (progress) => options.onProgress?.({ phase: 'converting', ...progress }),
        });
      }
      return { path: raw, release };
    } catch (error) {
      await release();
      throw error instanceof TransferError ? error : fromSystem(error, `preparing ${path}`);
    }
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new VolumeError('image-missing', `there is no file ${path}`, 'Check the path.');
}

function tooLarge(path: string, sizeBytes: number, maxBytes: number): TransferError {
  return new TransferError(
    'source-too-large',
    `${path} holds a disk of ${sizeBytes} bytes; at most ${maxBytes} are taken`,
    'Import it with a higher limit if it is meant to be that large.',
  );
}
