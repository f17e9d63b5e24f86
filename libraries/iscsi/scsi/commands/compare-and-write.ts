/** COMPARE AND WRITE (SBC-3 5.2): the lock of clustered file systems. */
import { u64 } from '../../pdu/bytes.ts';
import { forceUnitAccess, protectField } from '../cdb.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { badField, check, GOOD, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';
import { firstDifference, holding, miscompare, rangeOf, readBlocks } from './medium.ts';

export const compareAndWrite: Command = {
  name: 'COMPARE AND WRITE',
  opcode: 0x89,
  usage: usageOf(0x89, 0xf8, ...new Array<number>(8).fill(0xff), 0, 0, 0, 0xff, 0x1f, 0x07),
  access: 'write',
  plan(unit, { cdb, announced }) {
    if (protectField(cdb) !== 0) return badField(1, 7);
    const lba = u64(cdb, 2);
    const blocks = cdb[13]!;
    if (lba + blocks > unit.blocks) return refuse(Asc.LbaOutOfRange);
    const half = blocks * BLOCK;
    // What is compared and what is written must not be guessed from data of another length.
    if (announced !== 2 * half) return badField(13);
    return {
      kind: 'run',
      dataOut: 2 * half,
      run: (data) => {
        if (blocks === 0) return GOOD;
        return holding(unit, rangeOf(lba, blocks, true), 'write', async () => {
          const difference = firstDifference(await readBlocks(unit, lba, blocks), data.subarray(0, half));
          if (difference >= 0) return check(miscompare(difference));
          await unit.disk.write(lba * BLOCK, data.subarray(half, 2 * half));
          if (forceUnitAccess(cdb)) await unit.flush();
          return GOOD;
        });
      },
    };
  },
};
