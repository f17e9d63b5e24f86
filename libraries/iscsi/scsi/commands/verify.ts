/** VERIFY and WRITE AND VERIFY, (10), (12), (16) (SBC-3 5.26 to 5.28, 5.37 to 5.39). */
import { blockRange, protectField } from '../cdb.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { badField, check, GOOD, type Plan, type Reply } from '../reply.ts';
import { firstDifference, holding, miscompare, rangeOf, readBlocks, shortData } from './medium.ts';
import { outOfBounds } from './read.ts';
import { writeBlocks } from './write.ts';

const BYTE_CHECK = { medium: 0, compare: 1, reserved: 2, compareOne: 3 } as const;

const byteCheck = (cdb: Uint8Array): number => (cdb[1]! >>> 1) & 3;

function verify(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
  if (protectField(cdb) !== 0) return badField(1, 7);
  const mode = byteCheck(cdb);
  if (mode === BYTE_CHECK.reserved) return badField(1, 2);
  const { lba, blocks } = blockRange(cdb);
  const bad = outOfBounds(unit, cdb, lba, blocks);
  if (bad !== undefined) return bad;
  if (blocks === 0) return GOOD;
  const dataOut = mode === BYTE_CHECK.medium ? 0 : mode === BYTE_CHECK.compareOne ? BLOCK : blocks * BLOCK;
  return { kind: 'run', dataOut, run: (data) => compare(unit, lba, blocks, data, dataOut) };
}

/** With no data to compare, reading the blocks is the check. One block of data is compared with each of them. */
function compare(
  unit: LogicalUnit,
  lba: number,
  blocks: number,
  data: Uint8Array,
  want: number,
): Reply | Promise<Reply> {
  if (data.length < want) return check(shortData);
  return holding(unit, rangeOf(lba, blocks, false), 'read', async () => {
    const stored = await readBlocks(unit, lba, blocks);
    for (let at = 0; data.length > 0 && at < stored.length; at += data.length) {
      const difference = firstDifference(stored.subarray(at, at + data.length), data);
      if (difference >= 0) return check(miscompare(at + difference));
    }
    return GOOD;
  });
}

function writeAndVerify(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
  if (protectField(cdb) !== 0) return badField(1, 7);
  const mode = byteCheck(cdb);
  if (mode > BYTE_CHECK.compare) return badField(1, 2);
  const { lba, blocks } = blockRange(cdb);
  const bad = outOfBounds(unit, cdb, lba, blocks);
  if (bad !== undefined) return bad;
  const dataOut = blocks * BLOCK;
  return {
    kind: 'run',
    dataOut,
    run: async (data) => {
      // Verified data has reached the medium: it is flushed, then read back.
      const written = await writeBlocks(unit, lba, data, true);
      if (written !== GOOD || data.length === 0) return written;
      return compare(
        unit,
        lba,
        data.length / BLOCK,
        mode === BYTE_CHECK.compare ? data : data.subarray(0, 0),
        0,
      );
    },
  };
}

const TEN = [0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0x07];
const TWELVE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x07];
const SIXTEEN = [...new Array<number>(12).fill(0xff), 0x1f, 0x07];

const verifying = (name: string, opcode: number, rest: number[]): Command => ({
  name,
  opcode,
  usage: usageOf(opcode, 0xf6, ...rest),
  access: 'read',
  plan: verify,
});

const writing = (name: string, opcode: number, rest: number[]): Command => ({
  name,
  opcode,
  usage: usageOf(opcode, 0xf6, ...rest),
  access: 'write',
  plan: writeAndVerify,
});

export const verify10 = verifying('VERIFY (10)', 0x2f, TEN);
export const verify12 = verifying('VERIFY (12)', 0xaf, TWELVE);
export const verify16 = verifying('VERIFY (16)', 0x8f, SIXTEEN);
export const writeAndVerify10 = writing('WRITE AND VERIFY (10)', 0x2e, TEN);
export const writeAndVerify12 = writing('WRITE AND VERIFY (12)', 0xae, TWELVE);
export const writeAndVerify16 = writing('WRITE AND VERIFY (16)', 0x8e, SIXTEEN);
