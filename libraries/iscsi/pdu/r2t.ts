/** Ready To Transfer (RFC 7143 11.8). StatSN is carried but not advanced. */
import {
  expectBhs,
  FINAL,
  ittOf,
  lunOf,
  Opcode,
  putLun,
  putSequence,
  type Sequence,
  sequenceOf,
  startBhs,
} from './bhs.ts';
import { putU32, u32 } from './bytes.ts';

export type ReadyToTransfer = {
  lun: number;
  itt: number;
  ttt: number;
  r2tSn: number;
  bufferOffset: number;
  desiredLength: number;
} & Sequence;

export function parseR2t(b: Uint8Array, at = 0): ReadyToTransfer {
  expectBhs(b, at, Opcode.ReadyToTransfer, 'R2T');
  return {
    lun: lunOf(b, at),
    itt: ittOf(b, at),
    ttt: u32(b, at + 20),
    r2tSn: u32(b, at + 36),
    bufferOffset: u32(b, at + 40),
    desiredLength: u32(b, at + 44),
    ...sequenceOf(b, at),
  };
}

export function writeR2t(p: ReadyToTransfer, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.ReadyToTransfer, FINAL, 0);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.ttt);
  putSequence(b, at, p);
  putU32(b, at + 36, p.r2tSn);
  putU32(b, at + 40, p.bufferOffset);
  putU32(b, at + 44, p.desiredLength);
}
