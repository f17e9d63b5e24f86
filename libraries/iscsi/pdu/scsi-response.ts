/** SCSI Response (RFC 7143 11.4). Its data segment is the sense data behind a two-byte length (11.4.7). */
import { PduError } from '../errors.ts';
import { expectBhs, FINAL, ittOf, Opcode, putSequence, type Sequence, sequenceOf, startBhs } from './bhs.ts';
import { putU32, u16, u32 } from './bytes.ts';

const OVERFLOW = 0x04;
const UNDERFLOW = 0x02;

/**
 * What the command had to move against what the initiator expected (section 11.4.5): positive when there was more
 * than expected (overflow), negative when less (underflow).
 */
export type Residual = number;

export const residualFlags = (residual: Residual): number =>
  residual > 0 ? OVERFLOW : residual < 0 ? UNDERFLOW : 0;

export const residualOf = (flags: number, count: number): Residual =>
  flags & OVERFLOW ? count : flags & UNDERFLOW ? -count : 0;

export type ScsiResponse = {
  /** 0 = completed at the target, 1 = target failure. */
  response: number;
  status: number;
  itt: number;
  /** How many R2T and Data-In PDUs the task had. */
  expDataSn: number;
  residual: Residual;
} & Sequence;

export function parseScsiResponse(b: Uint8Array, at = 0): ScsiResponse {
  expectBhs(b, at, Opcode.ScsiResponse, 'SCSI Response');
  return {
    response: b[at + 2]!,
    status: b[at + 3]!,
    itt: ittOf(b, at),
    expDataSn: u32(b, at + 36),
    residual: residualOf(b[at + 1]!, u32(b, at + 44)),
    ...sequenceOf(b, at),
  };
}

export function writeScsiResponse(p: ScsiResponse, dataLength: number, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.ScsiResponse, FINAL | residualFlags(p.residual), dataLength);
  b[at + 2] = p.response;
  b[at + 3] = p.status;
  putU32(b, at + 16, p.itt);
  putSequence(b, at, p);
  putU32(b, at + 36, p.expDataSn);
  putU32(b, at + 44, Math.abs(p.residual));
}

/** The sense data of a SCSI Response's data segment. */
export function senseOf(data: Uint8Array): Uint8Array {
  if (data.length === 0) return data;
  if (data.length < 2 || data.length < 2 + u16(data, 0)) {
    throw new PduError('pdu_truncated', 'SCSI Response: its sense data is cut short.');
  }
  return data.subarray(2, 2 + u16(data, 0));
}
