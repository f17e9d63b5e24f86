/** CHAP (RFC 1994 as profiled by RFC 7143 12.1.3): challenges, responses and their text forms. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { PduError } from '../errors.ts';

/** What a target wants to hear, and with `mutual` what it can say for itself. Secrets are at least 12 bytes (12.1.3). */
export type ChapCredentials = {
  user: string;
  secret: string;
  mutual?: { user: string; secret: string } | undefined;
};

/** CHAP_A values (IANA "PPP Authentication Algorithms"). RFC 7143 demands MD5; the others serve FIPS initiators. */
const ALGORITHMS: Readonly<Record<string, { hash: string; length: number }>> = {
  5: { hash: 'md5', length: 16 },
  6: { hash: 'sha1', length: 20 },
  7: { hash: 'sha256', length: 32 },
  8: { hash: 'sha3-256', length: 32 },
};

export const CHALLENGE_LENGTH = 16;
/** A binary value has at most 1024 bytes (12.1.3). */
const MAX_BINARY = 1024;

/** The first algorithm of the initiator's list that is known here. */
export const chooseAlgorithm = (list: string): string | undefined =>
  list.split(',').find((name) => Object.hasOwn(ALGORITHMS, name));

export function chapResponse(algorithm: string, id: number, secret: string, challenge: Uint8Array): Buffer {
  return createHash(ALGORITHMS[algorithm]!.hash)
    .update(Uint8Array.of(id))
    .update(secret, 'utf8')
    .update(challenge)
    .digest();
}

/** Takes the same time whatever differs. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Compares two texts of any lengths without telling by time where or whether their lengths differ. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** A "large binary value" (6.1): 0x and hexadecimal digits, or 0b and base64. */
export function parseBinary(text: string): Buffer {
  const prefix = text.slice(0, 2).toLowerCase();
  const digits = text.slice(2);
  let value: Buffer | undefined;
  if (prefix === '0x' && /^[0-9a-fA-F]+$/.test(digits)) {
    value = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
  } else if (prefix === '0b' && /^[A-Za-z0-9+/]+={0,2}$/.test(digits)) {
    value = Buffer.from(digits, 'base64');
  }
  if (value === undefined || value.length > MAX_BINARY) {
    throw new PduError('pdu_malformed', 'CHAP: a binary value is malformed or too long.');
  }
  return value;
}

export const formatBinary = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

/** CHAP_I: one byte in decimal or hexadecimal. */
export function parseIdentifier(text: string): number {
  const value = /^(0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 255)) throw new PduError('pdu_malformed', 'CHAP: a bad identifier.');
  return value;
}
