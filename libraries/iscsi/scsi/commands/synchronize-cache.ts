/** SYNCHRONIZE CACHE (10) and (16) (SBC-3 5.22, 5.23). */
import { blockRange } from '../cdb.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { type LogicalUnit, senseOfDiskError } from '../logical-unit.ts';
import { check, GOOD, type Plan, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';

/** The whole disk is flushed, whatever the range, and also with IMMED: the status says that it is done. */
function plan(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
  const { lba, blocks } = blockRange(cdb);
  if (lba + blocks > unit.blocks) return refuse(Asc.LbaOutOfRange);
  return {
    kind: 'run',
    dataOut: 0,
    run: async () => {
      try {
        await unit.flush();
        return GOOD;
      } catch (error) {
        return check(senseOfDiskError(error, 'write', lba));
      }
    },
  };
}

export const synchronizeCache10: Command = {
  name: 'SYNCHRONIZE CACHE (10)',
  opcode: 0x35,
  usage: usageOf(0x35, 0x06, 0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0x07),
  access: 'write',
  plan,
};

export const synchronizeCache16: Command = {
  name: 'SYNCHRONIZE CACHE (16)',
  opcode: 0x91,
  usage: usageOf(0x91, 0x06, ...new Array<number>(12).fill(0xff), 0x1f, 0x07),
  access: 'write',
  plan,
};
