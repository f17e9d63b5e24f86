/** WRITE (6), (10), (12), (16) (SBC-3 5.32 to 5.35). */
import { blockRange, forceUnitAccess, protectField } from '../cdb.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { type LogicalUnit, senseOfDiskError } from '../logical-unit.ts';
import { badField, check, GOOD, type Plan, type Reply } from '../reply.ts';
import { rangeOf, shortData } from './medium.ts';
import { outOfBounds } from './read.ts';

function plan(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
  if (cdb[0] !== 0x0a && protectField(cdb) !== 0) return badField(1, 7);
  const { lba, blocks } = blockRange(cdb);
  const bad = outOfBounds(unit, cdb, lba, blocks);
  if (bad !== undefined) return bad;
  const fua = forceUnitAccess(cdb);
  return { kind: 'run', dataOut: blocks * BLOCK, run: (data) => writeBlocks(unit, lba, data, fua) };
}

/** FUA: the data is on stable storage before the status is sent; a flush of the whole disk is what there is for it. */
export function writeBlocks(
  unit: LogicalUnit,
  lba: number,
  data: Uint8Array,
  fua: boolean,
): Reply | Promise<Reply> {
  // A part of a block cannot be written; whole blocks are, even when the CDB spoke of more.
  if (data.length % BLOCK !== 0) return check(shortData);
  if (data.length === 0) return GOOD;
  const range = rangeOf(lba, data.length / BLOCK, false);
  const wait = unit.ranges.enter(range);
  if (wait === undefined && !fua && unit.disk.writeNow !== undefined) {
    try {
      if (unit.disk.writeNow(lba * BLOCK, data)) {
        unit.ranges.leave(range);
        return GOOD;
      }
    } catch (error) {
      unit.ranges.leave(range);
      return check(senseOfDiskError(error, 'write', lba));
    }
  }
  return writeHeld(unit, range, wait, data, fua);
}

async function writeHeld(
  unit: LogicalUnit,
  range: ReturnType<typeof rangeOf>,
  wait: Promise<void> | undefined,
  data: Uint8Array,
  fua: boolean,
): Promise<Reply> {
  if (wait !== undefined) await wait;
  try {
    await unit.disk.write(range.start * BLOCK, data);
    if (fua) await unit.flush();
    return GOOD;
  } catch (error) {
    return check(senseOfDiskError(error, 'write', range.start));
  } finally {
    unit.ranges.leave(range);
  }
}

export const write6: Command = {
  name: 'WRITE (6)',
  opcode: 0x0a,
  usage: usageOf(0x0a, 0x1f, 0xff, 0xff, 0xff, 0x07),
  access: 'write',
  plan,
};

export const write10: Command = {
  name: 'WRITE (10)',
  opcode: 0x2a,
  usage: usageOf(0x2a, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0x07),
  access: 'write',
  plan,
};

export const write12: Command = {
  name: 'WRITE (12)',
  opcode: 0xaa,
  usage: usageOf(0xaa, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x07),
  access: 'write',
  plan,
};

export const write16: Command = {
  name: 'WRITE (16)',
  opcode: 0x8a,
  usage: usageOf(
    0x8a,
    0xf8,
    ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ...[0xff, 0xff, 0xff, 0xff, 0x1f, 0x07],
  ),
  access: 'write',
  plan,
};
