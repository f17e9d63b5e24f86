/** REPORT LUNS (SPC-4 6.33): a target here has one logical unit, LUN 0. */
import { putU32, u32 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { answer, badField } from '../reply.ts';

const WELL_KNOWN_ONLY = 0x01;
const ALL = 0x02;

export function lunList(cdb: Uint8Array) {
  const allocation = u32(cdb, 6);
  const select = cdb[2]!;
  if (select > ALL) return badField(2);
  if (allocation < 16) return badField(6);
  const b = new Uint8Array(select === WELL_KNOWN_ONLY ? 8 : 16);
  putU32(b, 0, b.length - 8);
  return answer(b, allocation);
}

export const reportLuns: Command = {
  name: 'REPORT LUNS',
  opcode: 0xa0,
  usage: usageOf(0xa0, 0, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  ignoresAttention: true,
  needsNoMedium: true,
  plan: (_unit, { cdb }) => lunList(cdb),
};
