/** INQUIRY (SPC-4 6.6) with its standard data; the vital product data pages are in vpd.ts. */
import { putText, putU16, u16 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { PRODUCT, REVISION, VENDOR } from '../identity.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { answer, badField } from '../reply.ts';
import { vitalProductData } from './vpd.ts';

const VERSION_SPC_4 = 0x06;
const RESPONSE_FORMAT = 0x02;
const HIERARCHICAL = 0x10;
const COMMAND_QUEUING = 0x02;
const THIRD_PARTY_COPY = 0x08;
const IMPLICIT_ALUA = 0x10;
const REMOVABLE = 0x80;

/** SPC-4 table 153: SAM-5, iSCSI, SPC-4, SBC-3, each "no version claimed". */
const VERSION_DESCRIPTORS = [0x00a0, 0x0960, 0x0460, 0x04c0];

function standardData(unit: LogicalUnit): Uint8Array {
  const b = new Uint8Array(96);
  b[1] = unit.removable ? REMOVABLE : 0;
  b[2] = VERSION_SPC_4;
  b[3] = HIERARCHICAL | RESPONSE_FORMAT;
  b[4] = b.length - 5;
  b[5] = IMPLICIT_ALUA | THIRD_PARTY_COPY;
  b[7] = COMMAND_QUEUING;
  putText(b, 8, 8, VENDOR);
  putText(b, 16, 16, PRODUCT);
  putText(b, 32, 4, REVISION);
  VERSION_DESCRIPTORS.forEach((descriptor, i) => {
    putU16(b, 58 + 2 * i, descriptor);
  });
  return b;
}

export const inquiry: Command = {
  name: 'INQUIRY',
  opcode: 0x12,
  usage: usageOf(0x12, 0x01, 0xff, 0xff, 0xff, 0x07),
  access: 'none',
  ignoresAttention: true,
  needsNoMedium: true,
  plan(unit, { cdb }) {
    const allocation = u16(cdb, 3);
    const page = cdb[2]!;
    if ((cdb[1]! & 0x01) === 0) return page === 0 ? answer(standardData(unit), allocation) : badField(2);
    const data = vitalProductData(unit, page);
    return data === undefined ? badField(2) : answer(data, allocation);
  },
};

/** What INQUIRY says of a LUN that is not there (SPC-4 table 144): qualifier 011b, type 1Fh. */
export function absentUnitInquiry(cdb: Uint8Array): Uint8Array {
  const b = new Uint8Array(36);
  b[0] = 0x7f;
  b[2] = VERSION_SPC_4;
  b[3] = RESPONSE_FORMAT;
  b[4] = b.length - 5;
  return b.subarray(0, Math.min(b.length, u16(cdb, 3)));
}
