import type { FileHandle } from 'node:fs/promises';

/** Writes all of `data`: one call may take less, as it does on a disk that is just about full. */
export async function writeWhole(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < data.length; ) {
    const { bytesWritten } = await file.write(data, written, data.length - written, position + written);
    written += bytesWritten;
  }
}

/** Fills `into`; resolves with the bytes read, fewer only at the end of the file. */
export async function readWhole(file: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
