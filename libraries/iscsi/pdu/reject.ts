/** Reject (RFC 7143 11.17). Its data segment is the header of the PDU that is refused. */
import {
  expectBhs,
  FINAL,
  Opcode,
  putSequence,
  RESERVED_TAG,
  type Sequence,
  sequenceOf,
  startBhs,
} from './bhs.ts';
import { putU32, u32 } from './bytes.ts';

export const RejectReason = {
  DataDigestError: 0x02,
  SnackReject: 0x03,
  ProtocolError: 0x04,
  CommandNotSupported: 0x05,
  TooManyImmediateCommands: 0x06,
  TaskInProgress: 0x07,
  InvalidDataAck: 0x08,
  InvalidPduField: 0x09,
  OutOfResources: 0x0a,
  WaitingForLogout: 0x0c,
} as const;

export type Reject = { reason: number; dataSn: number } & Sequence;

export function parseReject(b: Uint8Array, at = 0): Reject {
  expectBhs(b, at, Opcode.Reject, 'Reject');
  return { reason: b[at + 2]!, dataSn: u32(b, at + 36), ...sequenceOf(b, at) };
}

export function writeReject(p: Reject, dataLength: number, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.Reject, FINAL, dataLength);
  b[at + 2] = p.reason;
  putU32(b, at + 16, RESERVED_TAG);
  putSequence(b, at, p);
  putU32(b, at + 36, p.dataSn);
}
