/** SCSI Command (RFC 7143 11.3) and its two additional header segments (11.2.2). */
import { PduError } from '../errors.ts';
import {
  ahsLengthOf,
  BHS_LENGTH,
  expectBhs,
  FINAL,
  IMMEDIATE,
  isFinal,
  isImmediate,
  ittOf,
  lunOf,
  Opcode,
  putLun,
  startBhs,
} from './bhs.ts';
import { putU16, putU32, u16, u32 } from './bytes.ts';

const READ = 0x40;
const WRITE = 0x20;

/** Section 11.3.1.2. */
export const Attribute = { Untagged: 0, Simple: 1, Ordered: 2, HeadOfQueue: 3, Aca: 4 } as const;

const AHS_EXTENDED_CDB = 1;
const AHS_BIDIRECTIONAL_READ_LENGTH = 2;

export type ScsiCommand = {
  immediate: boolean;
  /** No unsolicited Data-Out follows. */
  final: boolean;
  read: boolean;
  write: boolean;
  attribute: number;
  lun: number;
  itt: number;
  expectedLength: number;
  cmdSn: number;
  expStatSn: number;
  /** 16 bytes, or more when an extended CDB came as AHS. A copy: it outlives the header. */
  cdb: Uint8Array;
};

export function parseScsiCommand(b: Uint8Array, at = 0): ScsiCommand {
  expectBhs(b, at, Opcode.ScsiCommand, 'SCSI Command');
  const flags = b[at + 1]!;
  return {
    immediate: isImmediate(b, at),
    final: isFinal(b, at),
    read: (flags & READ) !== 0,
    write: (flags & WRITE) !== 0,
    attribute: flags & 7,
    lun: lunOf(b, at),
    itt: ittOf(b, at),
    expectedLength: u32(b, at + 20),
    cmdSn: u32(b, at + 24),
    expStatSn: u32(b, at + 28),
    cdb: ahsLengthOf(b, at) === 0 ? b.slice(at + 32, at + BHS_LENGTH) : extendedCdb(b, at),
  };
}

/** Walks the AHS list; each segment is padded to a word, its AHSLength excludes the pad and the first three bytes. */
function extendedCdb(b: Uint8Array, at: number): Uint8Array {
  const end = at + BHS_LENGTH + ahsLengthOf(b, at);
  if (b.length < end) throw new PduError('pdu_truncated', 'SCSI Command: its AHS is cut short.');
  let cdb = b.slice(at + 32, at + BHS_LENGTH);
  for (let segment = at + BHS_LENGTH; segment < end; ) {
    const length = u16(b, segment);
    const next = segment + ((3 + length + 3) & ~3);
    if (length === 0 || next > end) throw new PduError('pdu_malformed', 'SCSI Command: a bad AHSLength.');
    const type = b[segment + 2]!;
    if (type === AHS_EXTENDED_CDB) {
      const longer = new Uint8Array(cdb.length + length - 1);
      longer.set(cdb);
      longer.set(b.subarray(segment + 4, segment + 3 + length), cdb.length);
      cdb = longer;
    } else if (type !== AHS_BIDIRECTIONAL_READ_LENGTH) {
      throw new PduError('pdu_malformed', `SCSI Command: AHS type ${type} is not known.`);
    }
    segment = next;
  }
  return cdb;
}

/** Writes the BHS, and after it an extended-CDB AHS when the CDB has more than 16 bytes; returns the header's length. */
export function writeScsiCommand(p: ScsiCommand, dataLength: number, b: Uint8Array, at = 0): number {
  const flags = (p.final ? FINAL : 0) | (p.read ? READ : 0) | (p.write ? WRITE : 0) | p.attribute;
  startBhs(b, at, Opcode.ScsiCommand | (p.immediate ? IMMEDIATE : 0), flags, dataLength);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.expectedLength);
  putU32(b, at + 24, p.cmdSn);
  putU32(b, at + 28, p.expStatSn);
  b.set(p.cdb.subarray(0, 16), at + 32);
  const rest = p.cdb.length - 16;
  if (rest <= 0) return BHS_LENGTH;
  const padded = (4 + rest + 3) & ~3;
  b.fill(0, at + BHS_LENGTH, at + BHS_LENGTH + padded);
  putU16(b, at + BHS_LENGTH, rest + 1);
  b[at + BHS_LENGTH + 2] = AHS_EXTENDED_CDB;
  b.set(p.cdb.subarray(16), at + BHS_LENGTH + 4);
  b[at + 4] = padded / 4;
  return BHS_LENGTH + padded;
}
