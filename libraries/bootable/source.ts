/** What a disk is read through, and the errors of what is on it. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Fewer bytes only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** It cannot be what it claims to be. */
export class Malformed extends Error {}

/** It may well be right, but is not looked into here. */
export class NotLookedInto extends Error {}

/** Exactly so many bytes. Throws `Malformed` where the disk ends before. */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Buffer> {
  const isInside = offset + length <= source.sizeBytes;
  const bytes = isInside ? await source.read(offset, length) : Buffer.alloc(0);
  if (bytes.length < length) throw new Malformed(`there are no ${length} bytes at ${offset}`);
  return bytes;
}

/** A part of a disk as a disk. */
export const window = (source: ByteSource, offset: number, sizeBytes: number): ByteSource => ({
  sizeBytes,
  read: (at, length) => source.read(offset + at, Math.max(0, Math.min(length, sizeBytes - at))),
});
