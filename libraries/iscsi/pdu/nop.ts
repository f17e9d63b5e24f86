/** NOP-Out and NOP-In (RFC 7143 11.18, 11.19): pings both ways. */
import {
  expectBhs,
  FINAL,
  IMMEDIATE,
  isImmediate,
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

export type NopOut = {
  immediate: boolean;
  lun: number;
  /** Reserved when no answer is wanted. */
  itt: number;
  /** The NOP-In's tag that this answers, or reserved. */
  ttt: number;
  cmdSn: number;
  expStatSn: number;
};

export function parseNopOut(b: Uint8Array, at = 0): NopOut {
  expectBhs(b, at, Opcode.NopOut, 'NOP-Out');
  return {
    immediate: isImmediate(b, at),
    lun: lunOf(b, at),
    itt: ittOf(b, at),
    ttt: u32(b, at + 20),
    cmdSn: u32(b, at + 24),
    expStatSn: u32(b, at + 28),
  };
}

export function writeNopOut(p: NopOut, dataLength: number, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.NopOut | (p.immediate ? IMMEDIATE : 0), FINAL, dataLength);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.ttt);
  putU32(b, at + 24, p.cmdSn);
  putU32(b, at + 28, p.expStatSn);
}

export type NopIn = { lun: number; itt: number; ttt: number } & Sequence;

export function parseNopIn(b: Uint8Array, at = 0): NopIn {
  expectBhs(b, at, Opcode.NopIn, 'NOP-In');
  return { lun: lunOf(b, at), itt: ittOf(b, at), ttt: u32(b, at + 20), ...sequenceOf(b, at) };
}

export function writeNopIn(p: NopIn, dataLength: number, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.NopIn, FINAL, dataLength);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.ttt);
  putSequence(b, at, p);
}
