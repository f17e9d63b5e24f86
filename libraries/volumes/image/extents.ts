import { resolve } from 'node:path';
import { BLOCK_BYTES } from '../geometry.ts';
import { CommandError, runCommand } from '../system/command.ts';

/** A range of a file that holds data, in whole blocks; what lies between extents reads as zeros. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a raw file holds data, in order, neighbours joined. Node has no SEEK_HOLE, so `qemu-img map` asks the file
 * system; where that command is absent the whole file counts as data.
 */
export async function dataExtents(path: string, sizeBytes: number, signal?: AbortSignal): Promise<Extent[]> {
  let printed: string;
  try {
    // Absolute, so that no part of a name is taken for one of QEMU's protocols.
    const args = ['map', '--force-share', '--format=raw', '--output=json', resolve(path)];
    printed = await runCommand('qemu-img', args, { timeoutMs: 600_000, signal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [{ start: 0, end: sizeBytes }];
  }
  const rows = JSON.parse(printed) as { start: number; length: number; data: boolean }[];
  const extents: { start: number; end: number }[] = [];
  for (const { start, length, data } of rows) {
    if (!data) continue;
    // In whole blocks: a file system may have smaller holes than a volume.
    const from = Math.floor(start / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.min(Math.ceil((start + length) / BLOCK_BYTES) * BLOCK_BYTES, sizeBytes);
    const last = extents.at(-1);
    if (last && from <= last.end) last.end = end;
    else extents.push({ start: from, end });
  }
  return extents;
}
