/** Text Request and Response (RFC 7143 11.10, 11.11) and the key=value format of both text and login (6.1). */
import { PduError } from '../errors.ts';
import {
  expectBhs,
  FINAL,
  IMMEDIATE,
  isFinal,
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

const CONTINUE = 0x40;

export type TextRequest = {
  immediate: boolean;
  final: boolean;
  /** More keys of the same negotiation step follow in the next PDU. */
  more: boolean;
  lun: number;
  itt: number;
  ttt: number;
  cmdSn: number;
  expStatSn: number;
};

export function parseTextRequest(b: Uint8Array, at = 0): TextRequest {
  expectBhs(b, at, Opcode.TextRequest, 'Text Request');
  const more = (b[at + 1]! & CONTINUE) !== 0;
  if (more && isFinal(b, at)) throw new PduError('pdu_malformed', 'Text Request: F and C are both set.');
  return {
    immediate: isImmediate(b, at),
    final: isFinal(b, at),
    more,
    lun: lunOf(b, at),
    itt: ittOf(b, at),
    ttt: u32(b, at + 20),
    cmdSn: u32(b, at + 24),
    expStatSn: u32(b, at + 28),
  };
}

export function writeTextRequest(p: TextRequest, dataLength: number, b: Uint8Array, at = 0): void {
  const flags = (p.final ? FINAL : 0) | (p.more ? CONTINUE : 0);
  startBhs(b, at, Opcode.TextRequest | (p.immediate ? IMMEDIATE : 0), flags, dataLength);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.ttt);
  putU32(b, at + 24, p.cmdSn);
  putU32(b, at + 28, p.expStatSn);
}

export type TextResponse = { final: boolean; more: boolean; itt: number; ttt: number } & Sequence;

export function parseTextResponse(b: Uint8Array, at = 0): TextResponse {
  expectBhs(b, at, Opcode.TextResponse, 'Text Response');
  return {
    final: isFinal(b, at),
    more: (b[at + 1]! & CONTINUE) !== 0,
    itt: ittOf(b, at),
    ttt: u32(b, at + 20),
    ...sequenceOf(b, at),
  };
}

export function writeTextResponse(p: TextResponse, dataLength: number, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.TextResponse, (p.final ? FINAL : 0) | (p.more ? CONTINUE : 0), dataLength);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.ttt);
  putSequence(b, at, p);
}

/** Section 6.1: a key has at most 63 bytes; a value 255, save the ones that are said to be longer. */
const MAX_KEY = 63;
const KEY = /^[A-Z#][A-Za-z0-9.\-+@_/#]*$/;

/** Keys in the order they came. Throws on a pair without "=", a malformed key and a key given twice. */
export function parseKeys(data: Uint8Array): Map<string, string> {
  const keys = new Map<string, string>();
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
  for (const pair of text.split('\0')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals < 0) throw new PduError('pdu_malformed', 'A text key has no "=".');
    const key = pair.slice(0, equals);
    if (key.length > MAX_KEY || !KEY.test(key))
      throw new PduError('pdu_malformed', 'A text key has a bad name.');
    if (keys.has(key)) throw new PduError('pdu_malformed', `The text key ${key} is given twice.`);
    keys.set(key, pair.slice(equals + 1));
  }
  return keys;
}

/** Pairs may repeat a key, as SendTargets' answers do. */
export function formatKeys(pairs: Iterable<readonly [string, string]>): Uint8Array {
  let text = '';
  for (const [key, value] of pairs) text += `${key}=${value}\0`;
  return Buffer.from(text, 'utf8');
}
