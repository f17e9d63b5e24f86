/** Login Request and Response (RFC 7143 11.12, 11.13). */
import { PduError } from '../errors.ts';
import {
  expectBhs,
  IMMEDIATE,
  ittOf,
  Opcode,
  putSequence,
  type Sequence,
  sequenceOf,
  startBhs,
} from './bhs.ts';
import { putU16, putU32, u16, u32 } from './bytes.ts';

export const Stage = { Security: 0, Operational: 1, FullFeature: 3 } as const;

const TRANSIT = 0x80;
const CONTINUE = 0x40;

export type LoginRequest = {
  transit: boolean;
  more: boolean;
  currentStage: number;
  nextStage: number;
  versionMax: number;
  versionMin: number;
  /** Six bytes as hexadecimal: with the initiator's name it names the initiator port (section 4.4.3). */
  isid: string;
  tsih: number;
  itt: number;
  cid: number;
  cmdSn: number;
  expStatSn: number;
};

const hex = (b: Uint8Array, at: number, length: number): string =>
  Buffer.from(b.buffer, b.byteOffset + at, length).toString('hex');

export function parseLoginRequest(b: Uint8Array, at = 0): LoginRequest {
  expectBhs(b, at, Opcode.LoginRequest, 'Login Request');
  const flags = b[at + 1]!;
  const request: LoginRequest = {
    transit: (flags & TRANSIT) !== 0,
    more: (flags & CONTINUE) !== 0,
    currentStage: (flags >> 2) & 3,
    nextStage: flags & 3,
    versionMax: b[at + 2]!,
    versionMin: b[at + 3]!,
    isid: hex(b, at + 8, 6),
    tsih: u16(b, at + 14),
    itt: ittOf(b, at),
    cid: u16(b, at + 20),
    cmdSn: u32(b, at + 24),
    expStatSn: u32(b, at + 28),
  };
  if (request.transit && request.more)
    throw new PduError('pdu_malformed', 'Login Request: T and C are both set.');
  return request;
}

export function writeLoginRequest(p: LoginRequest, dataLength: number, b: Uint8Array, at = 0): void {
  const flags = (p.transit ? TRANSIT : 0) | (p.more ? CONTINUE : 0) | (p.currentStage << 2) | p.nextStage;
  startBhs(b, at, Opcode.LoginRequest | IMMEDIATE, flags, dataLength);
  b[at + 2] = p.versionMax;
  b[at + 3] = p.versionMin;
  b.set(Buffer.from(p.isid, 'hex'), at + 8);
  putU16(b, at + 14, p.tsih);
  putU32(b, at + 16, p.itt);
  putU16(b, at + 20, p.cid);
  putU32(b, at + 24, p.cmdSn);
  putU32(b, at + 28, p.expStatSn);
}

/** Status-Class (high byte) and Status-Detail (section 11.13.5). */
export const LoginStatus = {
  Success: 0x0000,
  TargetMovedTemporarily: 0x0101,
  InitiatorError: 0x0200,
  AuthenticationFailure: 0x0201,
  AuthorizationFailure: 0x0202,
  NotFound: 0x0203,
  TargetRemoved: 0x0204,
  UnsupportedVersion: 0x0205,
  TooManyConnections: 0x0206,
  MissingParameter: 0x0207,
  CannotIncludeInSession: 0x0208,
  SessionTypeNotSupported: 0x0209,
  SessionDoesNotExist: 0x020a,
  InvalidDuringLogin: 0x020b,
  TargetError: 0x0300,
  ServiceUnavailable: 0x0301,
  OutOfResources: 0x0302,
} as const;

export type LoginResponse = {
  transit: boolean;
  more: boolean;
  currentStage: number;
  nextStage: number;
  versionMax: number;
  versionActive: number;
  isid: string;
  tsih: number;
  itt: number;
  status: number;
} & Sequence;

export function parseLoginResponse(b: Uint8Array, at = 0): LoginResponse {
  expectBhs(b, at, Opcode.LoginResponse, 'Login Response');
  const flags = b[at + 1]!;
  return {
    transit: (flags & TRANSIT) !== 0,
    more: (flags & CONTINUE) !== 0,
    currentStage: (flags >> 2) & 3,
    nextStage: flags & 3,
    versionMax: b[at + 2]!,
    versionActive: b[at + 3]!,
    isid: hex(b, at + 8, 6),
    tsih: u16(b, at + 14),
    itt: ittOf(b, at),
    status: u16(b, at + 36),
    ...sequenceOf(b, at),
  };
}

export function writeLoginResponse(p: LoginResponse, dataLength: number, b: Uint8Array, at = 0): void {
  const flags = (p.transit ? TRANSIT : 0) | (p.more ? CONTINUE : 0) | (p.currentStage << 2) | p.nextStage;
  startBhs(b, at, Opcode.LoginResponse, flags, dataLength);
  b[at + 2] = p.versionMax;
  b[at + 3] = p.versionActive;
  b.set(Buffer.from(p.isid, 'hex'), at + 8);
  putU16(b, at + 14, p.tsih);
  putU32(b, at + 16, p.itt);
  putSequence(b, at, p);
  putU16(b, at + 36, p.status);
}
