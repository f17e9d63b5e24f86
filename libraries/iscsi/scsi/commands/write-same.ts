/** WRITE SAME (10) and (16) (SBC-3 5.40, 5.41): one block many times; of zeros, or with UNMAP, space is freed. */
import { blockRange, protectField } from '../cdb.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { MAX_WRITE_SAME } from '../limits.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { badField, GOOD, type Plan, type Reply, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';
import { holding, rangeOf } from './medium.ts';
import { lengthField } from './read.ts';
import { zeroBlocks } from './zero.ts';

const ANCHOR = 0x10;
const UNMAP = 0x08;
/** Only in the 16-byte form: no data comes, zeros are meant. */
const NO_DATA = 0x01;
/** One megabyte of the pattern is written at a time. */
const CHUNK_BLOCKS = 2048;

function plan(unit: LogicalUnit, { cdb, announced }: CommandRequest): Plan {
  const long = cdb[0] === 0x93;
  const flags = cdb[1]!;
  if (protectField(cdb) !== 0) return badField(1, 7);
  if (flags & ANCHOR) return badField(1, 4);
  const unmap = (flags & UNMAP) !== 0;
  if (unmap && !unit.thin) return badField(1, 3);
  const range = blockRange(cdb);
  const { lba } = range;
  if (lba + range.blocks > unit.blocks) return refuse(Asc.LbaOutOfRange);
  // WSNZ is 0: no length means up to the end.
  const blocks = range.blocks === 0 ? unit.blocks - lba : range.blocks;
  if (blocks > MAX_WRITE_SAME) return badField(lengthField(cdb));
  // Exactly one block comes, or none where zeros are meant.
  const noData = (long && (flags & NO_DATA) !== 0) || (unmap && announced === 0);
  if (!noData && announced !== BLOCK) return badField(0);
  return {
    kind: 'run',
    dataOut: noData ? 0 : BLOCK,
    run: (data) => writeSame(unit, lba, blocks, data, unmap),
  };
}

function writeSame(
  unit: LogicalUnit,
  lba: number,
  blocks: number,
  pattern: Uint8Array,
  unmap: boolean,
): Promise<Reply> {
  // With UNMAP the pattern is not looked at, as in Linux's target; unmapped blocks read as zeros (LBPRZ).
  const zeros = unmap || pattern.every((byte) => byte === 0);
  return holding(unit, rangeOf(lba, blocks, false), 'write', async () => {
    if (zeros) await zeroBlocks(unit, lba, blocks);
    else await fill(unit, lba, blocks, pattern);
    return GOOD;
  });
}

async function fill(unit: LogicalUnit, lba: number, blocks: number, pattern: Uint8Array): Promise<void> {
  const chunk = Buffer.alloc(Math.min(blocks, CHUNK_BLOCKS) * BLOCK, pattern);
  for (let done = 0; done < blocks; done += CHUNK_BLOCKS) {
    const count = Math.min(CHUNK_BLOCKS, blocks - done);
    await unit.disk.write((lba + done) * BLOCK, chunk.subarray(0, count * BLOCK));
  }
}

export const writeSame10: Command = {
  name: 'WRITE SAME (10)',
  opcode: 0x41,
  usage: usageOf(0x41, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0x07),
  access: 'write',
  plan,
};

export const writeSame16: Command = {
  name: 'WRITE SAME (16)',
  opcode: 0x93,
  usage: usageOf(0x93, 0xf9, ...new Array<number>(12).fill(0xff), 0x1f, 0x07),
  access: 'write',
  plan,
};
