/** The Basic Header Segment, the 48 bytes that every PDU starts with (RFC 7143 11.2.1), and what follows it. */
import { PduError } from '../errors.ts';
import { putU16, putU24, putU32, u16, u24, u32 } from './bytes.ts';

export const BHS_LENGTH = 48;
/** The longest header: BHS, 255 words of AHS, header digest. */
export const MAX_HEADER_LENGTH = BHS_LENGTH + 255 * 4 + 4;
/** "No tag" for both ITT and TTT. */
export const RESERVED_TAG = 0xffffffff;
/** A LUN field that addresses nothing this library could ever have. */
export const NO_SUCH_LUN = -1;

/** Section 11.2.1.2. */
export const Opcode = {
  NopOut: 0x00,
  ScsiCommand: 0x01,
  TaskManagementRequest: 0x02,
  LoginRequest: 0x03,
  TextRequest: 0x04,
  DataOut: 0x05,
  LogoutRequest: 0x06,
  SnackRequest: 0x10,
  NopIn: 0x20,
  ScsiResponse: 0x21,
  TaskManagementResponse: 0x22,
  LoginResponse: 0x23,
  TextResponse: 0x24,
  DataIn: 0x25,
  LogoutResponse: 0x26,
  ReadyToTransfer: 0x31,
  AsyncMessage: 0x32,
  Reject: 0x3f,
} as const;

export const FINAL = 0x80;
export const IMMEDIATE = 0x40;

export const opcodeOf = (b: Uint8Array, at = 0): number => b[at]! & 0x3f;
export const isImmediate = (b: Uint8Array, at = 0): boolean => (b[at]! & IMMEDIATE) !== 0;
export const isFinal = (b: Uint8Array, at = 0): boolean => (b[at + 1]! & FINAL) !== 0;
/** TotalAHSLength counts four-byte words; this is in bytes. */
export const ahsLengthOf = (b: Uint8Array, at = 0): number => b[at + 4]! * 4;
/** Without padding. */
export const dataLengthOf = (b: Uint8Array, at = 0): number => u24(b, at + 5);
export const ittOf = (b: Uint8Array, at = 0): number => u32(b, at + 16);
export const padOf = (length: number): number => -length & 3;

/** Throws unless 48 bytes of the expected opcode stand at `at`. */
export function expectBhs(b: Uint8Array, at: number, opcode: number, name: string): void {
  if (b.length - at < BHS_LENGTH) {
    throw new PduError(
      'pdu_truncated',
      `${name}: ${Math.max(0, b.length - at)} of ${BHS_LENGTH} header bytes.`,
    );
  }
  if (opcodeOf(b, at) !== opcode) {
    throw new PduError('pdu_malformed', `${name}: opcode 0x${opcodeOf(b, at).toString(16)} instead.`);
  }
}

/** Clears the header and sets its common fields; `byte1` carries F and the opcode's own flags. */
export function startBhs(b: Uint8Array, at: number, opcode: number, byte1: number, dataLength: number): void {
  if (b.length - at < BHS_LENGTH) throw new PduError('pdu_truncated', 'No room for a header of 48 bytes.');
  b.fill(0, at, at + BHS_LENGTH);
  b[at] = opcode;
  b[at + 1] = byte1;
  putU24(b, at + 5, dataLength);
}

/**
 * The LUN field at byte 8: single-level LUNs by the peripheral (00b, bus 0) or flat (01b) method (SAM-5 4.7.7);
 * all others are `NO_SUCH_LUN`.
 */
export function lunOf(b: Uint8Array, at = 0): number {
  const field = u16(b, at + 8);
  if (u16(b, at + 10) !== 0 || u32(b, at + 12) !== 0) return NO_SUCH_LUN;
  const method = field >>> 14;
  if (method === 0) return field < 0x100 ? field : NO_SUCH_LUN;
  return method === 1 ? field & 0x3fff : NO_SUCH_LUN;
}

export function putLun(b: Uint8Array, at: number, lun: number): void {
  putU16(b, at + 8, lun < 0x100 ? lun : 0x4000 | lun);
  putU16(b, at + 10, 0);
  putU32(b, at + 12, 0);
}

/** The three numbers that every response carries (section 4.2.2): StatSN, ExpCmdSN, MaxCmdSN. */
export type Sequence = { statSn: number; expCmdSn: number; maxCmdSn: number };

export function putSequence(b: Uint8Array, at: number, s: Sequence): void {
  putU32(b, at + 24, s.statSn);
  putU32(b, at + 28, s.expCmdSn);
  putU32(b, at + 32, s.maxCmdSn);
}

export const sequenceOf = (b: Uint8Array, at = 0): Sequence => ({
  statSn: u32(b, at + 24),
  expCmdSn: u32(b, at + 28),
  maxCmdSn: u32(b, at + 32),
});
