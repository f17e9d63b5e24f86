/** GET LBA STATUS (SBC-3 5.4). */
import { putU32, putU64, u32, u64 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { type LogicalUnit, senseOfDiskError } from '../logical-unit.ts';
import { answer, badField, check, type Reply, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';

const HEADER = 8;
const DESCRIPTOR = 16;
const MAPPED = 0;
const DEALLOCATED = 1;
/** Enough for any initiator, and a bound on the questions that one command puts to the disk. */
const MAX_DESCRIPTORS = 256;
const MAX_QUESTIONS = 256;

async function report(unit: LogicalUnit, lba: number, allocation: number): Promise<Reply> {
  const room = Math.min(MAX_DESCRIPTORS, Math.max(1, Math.floor((allocation - HEADER) / DESCRIPTOR)));
  const b = new Uint8Array(HEADER + room * DESCRIPTOR);
  let count = 0;
  let last = -1;
  for (let at = lba, asked = 0; at < unit.blocks && asked < MAX_QUESTIONS; asked += 1) {
    const rest = Math.min(unit.blocks - at, 0xffffffff);
    const extent = (await unit.disk.allocated?.(at * BLOCK, rest * BLOCK)) ?? {
      allocated: true,
      lengthBytes: rest * BLOCK,
    };
    const status = extent.allocated ? MAPPED : DEALLOCATED;
    const blocks = Math.max(1, Math.min(rest, Math.floor(extent.lengthBytes / BLOCK)));
    const previous = HEADER + (count - 1) * DESCRIPTOR;
    if (status === last && u32(b, previous + 8) + blocks <= 0xffffffff) {
      putU32(b, previous + 8, u32(b, previous + 8) + blocks);
    } else {
      if (count === room) break;
      const d = HEADER + count * DESCRIPTOR;
      putU64(b, d, at);
      putU32(b, d + 8, blocks);
      b[d + 12] = status;
      count += 1;
      last = status;
    }
    at += blocks;
  }
  putU32(b, 0, 4 + count * DESCRIPTOR);
  return answer(b.subarray(0, HEADER + count * DESCRIPTOR), allocation);
}

export const getLbaStatus: Command = {
  name: 'GET LBA STATUS',
  opcode: 0x9e,
  serviceAction: 0x12,
  usage: usageOf(0x9e, 0x1f, ...new Array<number>(12).fill(0xff), 0, 0x07),
  access: 'read',
  plan(unit, { cdb }) {
    const lba = u64(cdb, 2);
    const allocation = u32(cdb, 10);
    if (lba >= unit.blocks) return refuse(Asc.LbaOutOfRange);
    if (allocation < HEADER + DESCRIPTOR) return badField(10);
    return {
      kind: 'run',
      dataOut: 0,
      run: () => report(unit, lba, allocation).catch((error) => check(senseOfDiskError(error, 'read', lba))),
    };
  },
};
