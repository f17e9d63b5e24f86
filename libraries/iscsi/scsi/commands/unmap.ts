/** UNMAP (SBC-3 5.25). */
import { u16, u32, u64 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { MAX_UNMAP_BLOCKS, MAX_UNMAP_DESCRIPTORS } from '../limits.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { badField, check, GOOD, type Reply, refuse } from '../reply.ts';
import { Asc, invalidParameter } from '../sense.ts';
import { holding, rangeOf } from './medium.ts';
import { zeroBlocks } from './zero.ts';

const HEADER = 8;
const DESCRIPTOR = 16;

async function unmapAll(unit: LogicalUnit, data: Uint8Array, announced: number): Promise<Reply> {
  if (announced === 0) return GOOD;
  if (data.length < announced || data.length < HEADER) return refuse(Asc.ParameterListLengthError);
  // A descriptor that is cut short is left out (5.25.2).
  const count = Math.floor(Math.min(u16(data, 2), data.length - HEADER) / DESCRIPTOR);
  if (count > MAX_UNMAP_DESCRIPTORS) return check(invalidParameter(2));
  const ranges: { lba: number; blocks: number }[] = [];
  let total = 0;
  for (let i = 0; i < count; i += 1) {
    const at = HEADER + i * DESCRIPTOR;
    const range = { lba: u64(data, at), blocks: u32(data, at + 8) };
    // All are checked before the first is unmapped, so that a refusal has changed nothing.
    if (range.lba + range.blocks > unit.blocks) return refuse(Asc.LbaOutOfRange);
    total += range.blocks;
    if (total > MAX_UNMAP_BLOCKS) return check(invalidParameter(at + 8));
    if (range.blocks > 0) ranges.push(range);
  }
  for (const { lba, blocks } of ranges) {
    const reply = await holding(unit, rangeOf(lba, blocks, false), 'write', async () => {
      await zeroBlocks(unit, lba, blocks);
      return GOOD;
    });
    if (reply !== GOOD) return reply;
  }
  return GOOD;
}

export const unmap: Command = {
  name: 'UNMAP',
  opcode: 0x42,
  usage: usageOf(0x42, 0x01, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0x07),
  access: 'write',
  plan(unit, { cdb }) {
    if (!unit.thin) return refuse(Asc.InvalidOperationCode);
    // Anchored blocks are not supported (ANC_SUP is 0).
    if (cdb[1]! & 0x01) return badField(1, 0);
    const dataOut = u16(cdb, 7);
    return { kind: 'run', dataOut, run: (data) => unmapAll(unit, data, dataOut) };
  },
};
