/** MODE SENSE and MODE SELECT, (6) and (10) (SPC-4 6.11 to 6.14 as numbered in SPC-4 r37: 6.9 to 6.12). */
import { putU16, putU32, u16, u32 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { ALL_PAGES, PageControl } from '../mode-pages.ts';
import { answer, badField, check, GOOD, type Plan, type Reply, refuse } from '../reply.ts';
import { Asc, invalidParameter } from '../sense.ts';

const WRITE_PROTECTED = 0x80;
const DPO_FUA = 0x10;
const SHORT_DESCRIPTOR = 8;

/** SBC-3 6.4.2: the short form, whose number of blocks is all ones when it does not fit. */
function blockDescriptor(unit: LogicalUnit): Uint8Array {
  const b = new Uint8Array(SHORT_DESCRIPTOR);
  putU32(b, 0, Math.min(unit.blocks, 0xffffffff));
  putU32(b, 4, BLOCK);
  return b;
}

function senseData(unit: LogicalUnit, cdb: Uint8Array, long: boolean): Uint8Array | Plan {
  const control = cdb[2]! >>> 6;
  const page = cdb[2]! & 0x3f;
  const subpage = cdb[3]!;
  if (control === PageControl.Saved) return refuse(Asc.SavingParametersNotSupported);
  // Subpage FFh asks for all subpages; there are none but 0.
  if (subpage !== 0 && subpage !== 0xff) return badField(3);
  const pages = unit.mode.read(page, control);
  if (pages === undefined) return badField(2, 5);
  const noDescriptor = (cdb[1]! & 0x08) !== 0;
  const descriptor = noDescriptor ? new Uint8Array(0) : blockDescriptor(unit);
  const header = new Uint8Array(long ? 8 : 4);
  const length = header.length + descriptor.length + pages.length;
  const device = DPO_FUA | (unit.writeProtected ? WRITE_PROTECTED : 0);
  if (long) {
    putU16(header, 0, length - 2);
    header[3] = device;
    putU16(header, 6, descriptor.length);
  } else header.set([length - 1, 0, device, descriptor.length]);
  return Buffer.concat([header, descriptor, pages]);
}

function sense(unit: LogicalUnit, cdb: Uint8Array, long: boolean): Plan {
  const data = senseData(unit, cdb, long);
  return data instanceof Uint8Array ? answer(data, long ? u16(cdb, 7) : cdb[4]!) : data;
}

function select(unit: LogicalUnit, cdb: Uint8Array, long: boolean, tellOthers: () => void): Plan {
  const pageFormat = (cdb[1]! & 0x10) !== 0;
  const save = (cdb[1]! & 0x01) !== 0;
  if (!pageFormat) return badField(1, 4);
  if (save) return badField(1, 0);
  const dataOut = long ? u16(cdb, 7) : cdb[4]!;
  return { kind: 'run', dataOut, run: (data) => takePages(unit, data, dataOut, long, tellOthers) };
}

function takePages(
  unit: LogicalUnit,
  data: Uint8Array,
  announced: number,
  long: boolean,
  tellOthers: () => void,
): Reply {
  if (announced === 0) return GOOD;
  const header = long ? 8 : 4;
  if (data.length < announced || data.length < header) return refuse(Asc.ParameterListLengthError);
  const descriptor = long ? u16(data, 6) : data[3]!;
  if (descriptor !== 0 && descriptor !== SHORT_DESCRIPTOR) return check(invalidParameter(long ? 6 : 3));
  if (data.length < header + descriptor) return refuse(Asc.ParameterListLengthError);
  if (descriptor === SHORT_DESCRIPTOR) {
    // The block length may be stated, not changed.
    const length = u32(data, header + 4) & 0xffffff;
    if (length !== BLOCK) return check(invalidParameter(header + 5));
  }
  for (let at = header + descriptor; at < data.length; ) {
    if (at + 2 > data.length) return refuse(Asc.ParameterListLengthError);
    const length = 2 + data[at + 1]!;
    if (at + length > data.length) return refuse(Asc.ParameterListLengthError);
    if ((data[at]! & 0x3f) === ALL_PAGES) return check(invalidParameter(at));
    const wrong = unit.mode.write(data.subarray(at, at + length));
    if (wrong !== undefined) return check(invalidParameter(at + wrong));
    at += length;
  }
  tellOthers();
  return GOOD;
}

export const modeSense6: Command = {
  name: 'MODE SENSE (6)',
  opcode: 0x1a,
  usage: usageOf(0x1a, 0x08, 0xff, 0xff, 0xff, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan: (unit, { cdb }) => sense(unit, cdb, false),
};

export const modeSense10: Command = {
  name: 'MODE SENSE (10)',
  opcode: 0x5a,
  usage: usageOf(0x5a, 0x18, 0xff, 0xff, 0, 0, 0, 0xff, 0xff, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan: (unit, { cdb }) => sense(unit, cdb, true),
};

export const modeSelect6: Command = {
  name: 'MODE SELECT (6)',
  opcode: 0x15,
  usage: usageOf(0x15, 0x11, 0, 0, 0xff, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan: (unit, { cdb, nexus }) =>
    select(unit, cdb, false, () => unit.tellAll(Asc.ModeParametersChanged, nexus)),
};

export const modeSelect10: Command = {
  name: 'MODE SELECT (10)',
  opcode: 0x55,
  usage: usageOf(0x55, 0x11, 0, 0, 0, 0, 0, 0xff, 0xff, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan: (unit, { cdb, nexus }) =>
    select(unit, cdb, true, () => unit.tellAll(Asc.ModeParametersChanged, nexus)),
};
