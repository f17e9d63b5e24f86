/** ORWRITE (16) (SBC-3 5.7): what is stored OR what comes. */
import { blockRange, forceUnitAccess, protectField } from '../cdb.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { badField, check, GOOD } from '../reply.ts';
import { holding, rangeOf, readBlocks, shortData } from './medium.ts';
import { outOfBounds } from './read.ts';

export const orWrite16: Command = {
  name: 'ORWRITE (16)',
  opcode: 0x8b,
  usage: usageOf(0x8b, 0xf8, ...new Array<number>(12).fill(0xff), 0x1f, 0x07),
  access: 'write',
  plan(unit, { cdb }) {
    if (protectField(cdb) !== 0) return badField(1, 7);
    const { lba, blocks } = blockRange(cdb);
    const bad = outOfBounds(unit, cdb, lba, blocks);
    if (bad !== undefined) return bad;
    return {
      kind: 'run',
      dataOut: blocks * BLOCK,
      run: (data) => {
        if (data.length < blocks * BLOCK) return check(shortData);
        if (blocks === 0) return GOOD;
        return holding(unit, rangeOf(lba, blocks, true), 'write', async () => {
          const stored = await readBlocks(unit, lba, blocks);
          for (let i = 0; i < stored.length; i += 1) stored[i]! |= data[i]!;
          await unit.disk.write(lba * BLOCK, stored);
          if (forceUnitAccess(cdb)) await unit.flush();
          return GOOD;
        });
      },
    };
  },
};
