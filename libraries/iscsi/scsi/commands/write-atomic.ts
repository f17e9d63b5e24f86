/** WRITE ATOMIC (16) (SBC-4 5.46): after a power loss all of the data is there or nothing of it. */
import { u16, u64 } from '../../pdu/bytes.ts';
import { protectField } from '../cdb.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { MAX_ATOMIC_WRITE } from '../limits.ts';
import { badField, check, GOOD, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';
import { holding, rangeOf, shortData } from './medium.ts';
import { outOfBounds } from './read.ts';

const ATOMIC_BOUNDARY = 10;
const TRANSFER_LENGTH = 12;

export const writeAtomic16: Command = {
  name: 'WRITE ATOMIC (16)',
  opcode: 0x9c,
  usage: usageOf(0x9c, 0xf8, ...new Array<number>(12).fill(0xff), 0x1f, 0x07),
  access: 'write',
  plan(unit, { cdb }) {
    const { disk } = unit;
    if (disk.writeAtomic === undefined) return refuse(Asc.InvalidOperationCode);
    if (protectField(cdb) !== 0) return badField(1, 7);
    const lba = u64(cdb, 2);
    const blocks = u16(cdb, TRANSFER_LENGTH);
    const bad = outOfBounds(unit, cdb, lba, blocks);
    if (bad !== undefined) return bad;
    // MAXIMUM ATOMIC BOUNDARY SIZE is 0: a write is not divided.
    if (u16(cdb, ATOMIC_BOUNDARY) !== 0) return badField(ATOMIC_BOUNDARY);
    if (blocks > MAX_ATOMIC_WRITE) return badField(TRANSFER_LENGTH);
    return {
      kind: 'run',
      dataOut: blocks * BLOCK,
      run: async (data) => {
        if (data.length < blocks * BLOCK) return check(shortData);
        if (blocks === 0) return GOOD;
        // Alone with its blocks: a read (of up to 256 KiB, which is one step) sees all of it or nothing too.
        return holding(unit, rangeOf(lba, blocks, true), 'write', async () => {
          await disk.writeAtomic!(lba * BLOCK, data);
          return GOOD;
        });
      },
    };
  },
};
