/** PRE-FETCH (10) and (16) (SBC-3 5.8, 5.9). */
import { blockRange } from '../cdb.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { MAX_TRANSFER } from '../limits.ts';
import { type LogicalUnit, senseOfDiskError } from '../logical-unit.ts';
import { CONDITION_MET, check, GOOD, type Plan, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';

/** Larger wishes are not worth their memory; the status then is GOOD: "not all of it fits the cache". */
function plan(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
  const immediate = (cdb[1]! & 0x02) !== 0;
  const { lba, blocks } = blockRange(cdb);
  if (lba + blocks > unit.blocks) return refuse(Asc.LbaOutOfRange);
  // A length of 0 means all blocks up to the end.
  const wanted = blocks === 0 ? unit.blocks - lba : blocks;
  if (wanted > MAX_TRANSFER) return GOOD;
  return {
    kind: 'run',
    dataOut: 0,
    run: async () => {
      const reading = unit.disk.read(lba * BLOCK, Buffer.allocUnsafeSlow(wanted * BLOCK));
      if (immediate) {
        // A medium error will show when the blocks are read.
        unit.background(reading);
        return CONDITION_MET;
      }
      try {
        await reading;
        return CONDITION_MET;
      } catch (error) {
        return check(senseOfDiskError(error, 'read', lba));
      }
    },
  };
}

export const preFetch10: Command = {
  name: 'PRE-FETCH (10)',
  opcode: 0x34,
  usage: usageOf(0x34, 0x02, 0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0x07),
  access: 'read',
  plan,
};

export const preFetch16: Command = {
  name: 'PRE-FETCH (16)',
  opcode: 0x90,
  usage: usageOf(0x90, 0x02, ...new Array<number>(12).fill(0xff), 0x1f, 0x07),
  access: 'read',
  plan,
};
