/** SCSI Data-Out (RFC 7143 11.7): unsolicited, or in answer to an R2T. */
import { expectBhs, FINAL, isFinal, ittOf, lunOf, Opcode, putLun, startBhs } from './bhs.ts';
import { putU32, u32 } from './bytes.ts';

export type DataOut = {
  /** Ends the sequence: the unsolicited data, or the answer to one R2T. */
  final: boolean;
  lun: number;
  itt: number;
  /** The R2T's tag; reserved for unsolicited data. */
  ttt: number;
  expStatSn: number;
  dataSn: number;
  bufferOffset: number;
};

export function parseDataOut(b: Uint8Array, at = 0): DataOut {
  expectBhs(b, at, Opcode.DataOut, 'Data-Out');
  return {
    final: isFinal(b, at),
    lun: lunOf(b, at),
    itt: ittOf(b, at),
    ttt: u32(b, at + 20),
    expStatSn: u32(b, at + 28),
    dataSn: u32(b, at + 36),
    bufferOffset: u32(b, at + 40),
  };
}

export function writeDataOut(p: DataOut, dataLength: number, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.DataOut, p.final ? FINAL : 0, dataLength);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.ttt);
  putU32(b, at + 28, p.expStatSn);
  putU32(b, at + 36, p.dataSn);
  putU32(b, at + 40, p.bufferOffset);
}
