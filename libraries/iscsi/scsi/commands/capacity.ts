/** READ CAPACITY (10) and (16) (SBC-3 5.15, 5.16). */
import { putU16, putU32, putU64, u32, u64 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { answer, badField } from '../reply.ts';

/** Logical block provisioning is on (LBPME), and unmapped blocks read as zeros (LBPRZ). */
const LBPME = 0x8000;
const LBPRZ = 0x4000;

export const readCapacity10: Command = {
  name: 'READ CAPACITY (10)',
  opcode: 0x25,
  usage: usageOf(0x25, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x07),
  access: 'none',
  plan(unit, { cdb }) {
    // With PMI at zero the LBA has to be zero too.
    if ((cdb[8]! & 0x01) === 0 && u32(cdb, 2) !== 0) return badField(2);
    const b = new Uint8Array(8);
    // All ones says: too large for this command, use the longer one.
    putU32(b, 0, Math.min(unit.blocks - 1, 0xffffffff));
    putU32(b, 4, BLOCK);
    return answer(b, b.length);
  },
};

export const readCapacity16: Command = {
  name: 'READ CAPACITY (16)',
  opcode: 0x9e,
  serviceAction: 0x10,
  usage: usageOf(0x9e, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  plan(unit, { cdb }) {
    if ((cdb[14]! & 0x01) === 0 && u64(cdb, 2) !== 0) return badField(2);
    const b = new Uint8Array(32);
    putU64(b, 0, unit.blocks - 1);
    putU32(b, 8, BLOCK);
    b[13] = Math.log2(unit.blocksPerPhysical);
    putU16(b, 14, unit.thin ? LBPME | LBPRZ : 0);
    return answer(b, u32(cdb, 10));
  },
};
