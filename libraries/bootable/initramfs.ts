/**
 * What an initramfs holds: the names in its cpio archives (Linux, Documentation/driver-api/early-userspace/buffer-format.rst),
 * of which the last is often compressed, and the content of the few small files that say how it boots. It is read as a
 * stream: what is skipped is never held.
 */

import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { spawnBound } from '@bullion/service';
import { isPresent } from '@bullion/service/presence';
import { Malformed, NotLookedInto } from './source.ts';

export type Initramfs = { names: Set<string>; texts: Map<string, string> };

/** Unpacked, no initramfs has more; what claims to is not read on. */
const MOST_BYTES = 2 * 2 ** 30;
const MOST_NAMES = 200_000;
const TEXT_BYTES = 16 * 1024;
const UNPACK_MS = 60_000;

const COMPRESSIONS: [
  magic: string,
  unpack: (packed: Readable, signal: AbortSignal) => AsyncIterable<Buffer>,
][] = [
  ['1f8b', (packed) => packed.pipe(createGunzip())],
  ['28b52ffd', (packed) => packed.pipe(createZstdDecompress())],
  ['fd377a585a00', (packed, signal) => through('xz', 'xz-utils', packed, signal)],
  ['02214c18', (packed, signal) => through('lz4', 'lz4', packed, signal)],
  ['425a68', (packed, signal) => through('bzip2', 'bzip2', packed, signal)],
];

/** `wanted` says which files' content is of interest. Throws `Malformed`, `NotLookedInto`. */
export async function readInitramfs(data: Buffer, wanted: (name: string) => boolean): Promise<Initramfs> {
  const found: Initramfs = { names: new Set(), texts: new Map() };
  const stop = AbortSignal.timeout(UNPACK_MS);
  let at = 0;
  for (;;) {
    while (at < data.length && data[at] === 0) at++;
    const rest = data.subarray(at);
    if (rest.length < 6) return found;
    if (isCpio(rest)) {
      at += await readArchive(new Stream([rest]), found, wanted);
      continue;
    }
    const compression = COMPRESSIONS.find(([magic]) => rest.toString('hex', 0, magic.length / 2) === magic);
    if (!compression) throw new NotLookedInto(`an initramfs that begins with ${rest.toString('hex', 0, 6)}`);
    const packed = Readable.from(pieces(rest));
    try {
      await readArchive(new Stream(compression[1](packed, stop)), found, wanted);
    } catch (error) {
      throw error instanceof Malformed || error instanceof NotLookedInto
        ? error
        : new Malformed(
            `an initramfs that cannot be unpacked (${error instanceof Error ? error.message : error})`,
          );
    } finally {
      packed.destroy();
    }
    return found; // Where the compressed part ends, and another would begin, is for the kernel alone to know.
  }
}

const isCpio = (data: Buffer) => /^07070[12]/.test(data.toString('latin1', 0, 6));

/** Adds what one archive holds, and returns how long it was. */
async function readArchive(
  stream: Stream,
  found: Initramfs,
  wanted: (name: string) => boolean,
): Promise<number> {
  for (;;) {
    const header = await stream.take(110);
    if (!isCpio(header)) throw new Malformed('an initramfs that is no cpio archive');
    const field = (index: number) =>
      Number.parseInt(header.toString('latin1', 6 + 8 * index, 14 + 8 * index), 16);
    const [size, nameSize] = [field(6), field(11)];
    if (!(nameSize > 0 && nameSize <= 4096 && size >= 0)) throw new Malformed('an initramfs that is damaged');
    const name = (await stream.take(nameSize)).toString('utf8', 0, nameSize - 1).replace(/^\.?\//, '');
    await stream.skip(-(110 + nameSize) & 3);
    if (name === 'TRAILER!!!') return stream.position;
    found.names.add(name);
    if (found.names.size > MOST_NAMES) throw new Malformed('an initramfs of too many files');
    if (size <= TEXT_BYTES && wanted(name)) found.texts.set(name, (await stream.take(size)).toString());
    else await stream.skip(size);
    await stream.skip(-size & 3);
  }
}

function* pieces(data: Buffer): Generator<Buffer> {
  for (let at = 0; at < data.length; at += 65536) yield data.subarray(at, at + 65536);
}

/** What Node does not unpack itself. */
async function* through(
  program: string,
  debianPackage: string,
  packed: Readable,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (!isPresent(program))
    throw new NotLookedInto(`an initramfs that needs ${program}, from the package ${debianPackage}`);
  const child = spawnBound(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  child.stdin!.on('error', () => {}); // It has had enough.
  packed.pipe(child.stdin!);
  try {
    yield* child.stdout!;
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** Bytes in their order, without those that were passed. */
class Stream {
  position = 0;
  readonly #chunks: AsyncIterator<Buffer> | Iterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer> | Iterable<Buffer>) {
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let have = 0; have < count; ) {
      const part = await this.#some(count - have);
      parts.push(part);
      have += part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.#some(left)).length;
  }

  /** At least one byte, at most so many. */
  async #some(most: number): Promise<Buffer> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Malformed('an initramfs that is cut off');
      this.#held = value;
    }
    const part = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(part.length);
    this.position += part.length;
    if (this.position > MOST_BYTES) throw new Malformed('an initramfs that is too large unpacked');
    return part;
  }
}
