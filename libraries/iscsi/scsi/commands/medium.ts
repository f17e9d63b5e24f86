/** Steps that the commands which change or compare the medium share. */
import { BLOCK } from '../disk.ts';
import { type LogicalUnit, senseOfDiskError } from '../logical-unit.ts';
import type { Range } from '../range-locks.ts';
import { check, type Reply } from '../reply.ts';
import { Asc, type Sense, SenseKey } from '../sense.ts';

/** Runs `work` while it holds the blocks; an error of the disk becomes a MEDIUM ERROR or what it means. */
export async function holding(
  unit: LogicalUnit,
  range: Range,
  direction: 'read' | 'write',
  work: () => Promise<Reply>,
): Promise<Reply> {
  await unit.ranges.enter(range);
  try {
    return await work();
  } catch (error) {
    return check(senseOfDiskError(error, direction, range.start));
  } finally {
    unit.ranges.leave(range);
  }
}

export const rangeOf = (lba: number, blocks: number, exclusive: boolean): Range => ({
  start: lba,
  end: lba + blocks,
  exclusive,
});

export async function readBlocks(unit: LogicalUnit, lba: number, blocks: number): Promise<Uint8Array> {
  const data = Buffer.allocUnsafeSlow(blocks * BLOCK);
  await unit.disk.read(lba * BLOCK, data);
  return data;
}

/** The offset of the first byte that differs, or -1. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (Buffer.compare(a, b) === 0) return -1;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return i;
  return Math.min(a.length, b.length);
}

export const miscompare = (offset: number): Sense => ({
  key: SenseKey.Miscompare,
  asc: Asc.MiscompareDuringVerify,
  information: offset,
});

/** Less data came than the CDB speaks of, because the initiator announced less (RFC 7143 11.4.5.1). */
export const shortData: Sense = { key: SenseKey.IllegalRequest, asc: Asc.InvalidFieldInInformationUnit };
