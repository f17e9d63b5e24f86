/** Makes blocks read as zeros, freeing their space where the disk can: under UNMAP, WRITE SAME, SANITIZE. */
import { BLOCK, PHYSICAL_BLOCK } from '../disk.ts';
import type { LogicalUnit } from '../logical-unit.ts';

const ZEROS = Buffer.alloc(1 << 20);

export async function writeZeros(unit: LogicalUnit, offset: number, length: number): Promise<void> {
  for (let at = offset; at < offset + length; at += ZEROS.length) {
    const part = Math.min(ZEROS.length, offset + length - at);
    await unit.disk.write(at, part === ZEROS.length ? ZEROS : ZEROS.subarray(0, part));
  }
}

/** Whole blocks of the back ends are discarded; the parts of one at either end are overwritten. */
export async function zeroBlocks(unit: LogicalUnit, lba: number, blocks: number): Promise<void> {
  const start = lba * BLOCK;
  const end = start + blocks * BLOCK;
  const from = Math.ceil(start / PHYSICAL_BLOCK) * PHYSICAL_BLOCK;
  const to = Math.floor(end / PHYSICAL_BLOCK) * PHYSICAL_BLOCK;
  if (unit.disk.discard === undefined || from >= to) return writeZeros(unit, start, end - start);
  if (start < from) await writeZeros(unit, start, from - start);
  await unit.disk.discard(from, to - from);
  if (to < end) await writeZeros(unit, to, end - to);
}
