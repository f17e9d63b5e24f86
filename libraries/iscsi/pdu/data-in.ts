/** SCSI Data-In (RFC 7143 11.7), the answer to a read; the last one may carry the status. */
import { expectBhs, FINAL, ittOf, Opcode, RESERVED_TAG, type Sequence, sequenceOf } from './bhs.ts';
import { putU24, putU32, u32 } from './bytes.ts';
import { type Residual, residualFlags, residualOf } from './scsi-response.ts';

const HAS_STATUS = 0x01;

export type DataIn = {
  /** Ends a sequence, not the command. */
  final: boolean;
  /** Present in the PDU that ends the command with a status other than CHECK CONDITION. */
  status: number | undefined;
  itt: number;
  dataSn: number;
  bufferOffset: number;
  residual: Residual;
} & Sequence;

export function parseDataIn(b: Uint8Array, at = 0): DataIn {
  expectBhs(b, at, Opcode.DataIn, 'Data-In');
  const flags = b[at + 1]!;
  return {
    final: (flags & FINAL) !== 0,
    status: flags & HAS_STATUS ? b[at + 3]! : undefined,
    itt: ittOf(b, at),
    dataSn: u32(b, at + 36),
    bufferOffset: u32(b, at + 40),
    residual: residualOf(flags, u32(b, at + 44)),
    ...sequenceOf(b, at),
  };
}

/** The hot path: every byte of the header is stored once, whatever the buffer held before. StatSN is 0 without status. */
export function writeDataIn(p: DataIn, dataLength: number, b: Uint8Array, at = 0): void {
  b[at] = Opcode.DataIn;
  b[at + 1] = (p.final ? FINAL : 0) | (p.status === undefined ? 0 : HAS_STATUS | residualFlags(p.residual));
  b[at + 2] = 0;
  b[at + 3] = p.status ?? 0;
  b[at + 4] = 0;
  putU24(b, at + 5, dataLength);
  putU32(b, at + 8, 0);
  putU32(b, at + 12, 0);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, RESERVED_TAG);
  putU32(b, at + 24, p.status === undefined ? 0 : p.statSn);
  putU32(b, at + 28, p.expCmdSn);
  putU32(b, at + 32, p.maxCmdSn);
  putU32(b, at + 36, p.dataSn);
  putU32(b, at + 40, p.bufferOffset);
  putU32(b, at + 44, p.status === undefined ? 0 : Math.abs(p.residual));
}
