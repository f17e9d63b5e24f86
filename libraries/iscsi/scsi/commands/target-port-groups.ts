/** REPORT TARGET PORT GROUPS (SPC-4 6.37): one group of one port, active and optimised. */
import { putU16, putU32, u32 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { answer, badField } from '../reply.ts';

export const PORT_GROUP = 1;
const RELATIVE_PORT = 1;
/** T_SUP, O_SUP and so on: only "active/optimised" is supported. */
const SUPPORTS_OPTIMISED = 0x01;
const EXTENDED_HEADER = 1;

export const reportTargetPortGroups: Command = {
  name: 'REPORT TARGET PORT GROUPS',
  opcode: 0xa3,
  serviceAction: 0x0a,
  usage: usageOf(0xa3, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan(_unit, { cdb }) {
    const format = cdb[1]! >>> 5;
    if (format > EXTENDED_HEADER) return badField(1, 7);
    const header = format === EXTENDED_HEADER ? 8 : 4;
    const b = new Uint8Array(header + 12);
    putU32(b, 0, b.length - 4);
    if (format === EXTENDED_HEADER) b[4] = 0x10;
    b[header + 1] = SUPPORTS_OPTIMISED;
    putU16(b, header + 2, PORT_GROUP);
    b[header + 7] = 1;
    putU16(b, header + 10, RELATIVE_PORT);
    return answer(b, u32(cdb, 6));
  },
};
