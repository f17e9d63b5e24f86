/** READ DEFECT DATA (10) and (12) (SBC-3 5.17, 5.18): there are no defects. */
import { u16, u32 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { answer } from '../reply.ts';

export const readDefectData10: Command = {
  name: 'READ DEFECT DATA (10)',
  opcode: 0x37,
  usage: usageOf(0x37, 0, 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0x07),
  access: 'none',
  plan(_unit, { cdb }) {
    const b = new Uint8Array(4);
    b[1] = cdb[2]! & 0x1f;
    return answer(b, u16(cdb, 7));
  },
};

export const readDefectData12: Command = {
  name: 'READ DEFECT DATA (12)',
  opcode: 0xb7,
  usage: usageOf(0xb7, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  plan(_unit, { cdb }) {
    const b = new Uint8Array(8);
    b[1] = cdb[1]! & 0x1f;
    return answer(b, u32(cdb, 6));
  },
};
