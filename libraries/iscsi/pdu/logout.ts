/** Logout Request and Response (RFC 7143 11.14, 11.15). */
import {
  expectBhs,
  FINAL,
  IMMEDIATE,
  isImmediate,
  ittOf,
  Opcode,
  putSequence,
  type Sequence,
  sequenceOf,
  startBhs,
} from './bhs.ts';
import { putU16, putU32, u16, u32 } from './bytes.ts';

export const LogoutReason = { CloseSession: 0, CloseConnection: 1, RemoveForRecovery: 2 } as const;

export const LogoutResult = { Closed: 0, CidNotFound: 1, RecoveryNotSupported: 2, CleanupFailed: 3 } as const;

export type LogoutRequest = {
  immediate: boolean;
  reason: number;
  itt: number;
  cid: number;
  cmdSn: number;
  expStatSn: number;
};

export function parseLogoutRequest(b: Uint8Array, at = 0): LogoutRequest {
  expectBhs(b, at, Opcode.LogoutRequest, 'Logout Request');
  return {
    immediate: isImmediate(b, at),
    reason: b[at + 1]! & 0x7f,
    itt: ittOf(b, at),
    cid: u16(b, at + 20),
    cmdSn: u32(b, at + 24),
    expStatSn: u32(b, at + 28),
  };
}

export function writeLogoutRequest(p: LogoutRequest, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.LogoutRequest | (p.immediate ? IMMEDIATE : 0), FINAL | p.reason, 0);
  putU32(b, at + 16, p.itt);
  putU16(b, at + 20, p.cid);
  putU32(b, at + 24, p.cmdSn);
  putU32(b, at + 28, p.expStatSn);
}

export type LogoutResponse = {
  result: number;
  itt: number;
  time2Wait: number;
  time2Retain: number;
} & Sequence;

export function parseLogoutResponse(b: Uint8Array, at = 0): LogoutResponse {
  expectBhs(b, at, Opcode.LogoutResponse, 'Logout Response');
  return {
    result: b[at + 2]!,
    itt: ittOf(b, at),
    time2Wait: u16(b, at + 40),
    time2Retain: u16(b, at + 42),
    ...sequenceOf(b, at),
  };
}

export function writeLogoutResponse(p: LogoutResponse, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.LogoutResponse, FINAL, 0);
  b[at + 2] = p.result;
  putU32(b, at + 16, p.itt);
  putSequence(b, at, p);
  putU16(b, at + 40, p.time2Wait);
  putU16(b, at + 42, p.time2Retain);
}
