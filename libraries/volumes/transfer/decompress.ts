import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { checkSignal } from '../errors.ts';
import { isZero } from '../map/zeros.ts';
import type { TransferOptions } from '../options.ts';
import { writeWhole } from '../system/whole.ts';
import { TransferError } from './errors.ts';
import { isWholeZstd } from './zstd-frames.ts';

/** Bytes of zeros, aligned, that become a hole. */
const HOLE_BYTES = 64 * 1024;

/** Unpacks into a new sparse file; progress counts the packed bytes. */
export async function decompress(
  input: string,
  output: string,
  format: 'gzip' | 'zstd',
  { maxBytes, signal, onProgress }: TransferOptions & { maxBytes: number },
): Promise<void> {
  if (format === 'zstd' && !(await isWholeZstd(input))) throw broken(input, format);
  const totalBytes = (await stat(input)).size;
  let doneBytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      doneBytes += chunk.length;
      onProgress?.({ doneBytes, totalBytes });
      done(null, chunk);
    },
  });
  const unpack = format === 'gzip' ? createGunzip() : createZstdDecompress();
  const file = await open(output, 'w');
  try {
    const sink = new SparseWriter(file, maxBytes, input);
    await pipeline(createReadStream(input, { highWaterMark: 1 << 20 }), count, unpack, sink, { signal });
    await file.truncate(sink.position);
  } catch (error) {
    checkSignal(signal, `unpacking ${input}`);
    const errno = (error as NodeJS.ErrnoException).code ?? '';
    if (!/^(Z_|ZSTD_|ERR_ZLIB|ERR__ZLIB|ERR_BUFFER)/.test(errno)) throw error;
    throw broken(input, format, error as Error);
  } finally {
    await file.close();
  }
}

class SparseWriter extends Writable {
  position = 0;
  readonly #file: Awaited<ReturnType<typeof open>>;
  readonly #maxBytes: number;
  readonly #input: string;

  constructor(file: Awaited<ReturnType<typeof open>>, maxBytes: number, input: string) {
    super({ highWaterMark: 4 << 20 });
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#input = input;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#append(chunk).then(() => done(), done);
  }

  async #append(chunk: Buffer): Promise<void> {
    // A few kilobytes may unpack to petabytes.
    if (this.position + chunk.length > this.#maxBytes) {
      throw new TransferError(
        'source-too-large',
        `${this.#input} unpacks to more than ${this.#maxBytes} bytes`,
        'Import it with a higher limit if it is meant to be that large.',
      );
    }
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(chunk.length - at, HOLE_BYTES - (this.position % HOLE_BYTES));
      const piece = chunk.subarray(at, at + length);
      if (!isZero(piece)) await writeWhole(this.#file, piece, this.position);
      this.position += length;
      at += length;
    }
  }
}

function broken(input: string, format: string, cause?: Error): TransferError {
  const how = cause === undefined ? 'it breaks off, or has parts of another kind' : cause.message;
  return new TransferError(
    'source-invalid',
    `${input} is not whole ${format}: ${how}`,
    'Fetch it again.',
    cause,
  );
}
