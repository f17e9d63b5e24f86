/** What is needed of the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md): fixed newstyle, simple replies. */
import { IscsiError } from '../../errors.ts';

export const NbdCommand = { Read: 0, Write: 1, Disconnect: 2, Flush: 3, WriteZeroes: 6 } as const;

export const REQUEST_LENGTH = 28;
export const REPLY_LENGTH = 16;
export const GREETING_LENGTH = 18;
export const OPTION_REPLY_LENGTH = 20;

const GREETING = Buffer.from('NBDMAGICIHAVEOPT');
const OPTION = Buffer.from('IHAVEOPT');
const OPTION_REPLY = 0x0003e889045565a9n;
const REQUEST = 0x25609513;
const REPLY = 0x67446698;

const FIXED_NEWSTYLE = 1;
const NO_ZEROES = 2;
const OPT_GO = 7;
const REP_ACK = 1;
const REP_INFO = 3;
const INFO_EXPORT = 0;

const FLAG_READ_ONLY = 1 << 1;
const FLAG_FLUSH = 1 << 2;
const FLAG_WRITE_ZEROES = 1 << 6;

export type Export = { sizeBytes: number; readOnly: boolean; canFlush: boolean; canZero: boolean };

const broken = (what: string): IscsiError => new IscsiError('nbd_protocol', `The NBD server sent ${what}.`);

export function checkGreeting(b: Buffer): void {
  if (!b.subarray(0, 16).equals(GREETING) || (b.readUInt16BE(16) & FIXED_NEWSTYLE) === 0)
    throw broken('another greeting than that of a fixed newstyle server');
}

/** The client's flags, and NBD_OPT_GO for the default export. */
export function formatGo(): Buffer {
  const b = Buffer.alloc(4 + 16 + 6);
  b.writeUInt32BE(FIXED_NEWSTYLE | NO_ZEROES, 0);
  OPTION.copy(b, 4);
  b.writeUInt32BE(OPT_GO, 12);
  b.writeUInt32BE(6, 16);
  return b;
}

/** `length`: of the data that follows the header. */
export function parseOptionReply(b: Buffer): { type: number; length: number } {
  if (b.readBigUInt64BE(0) !== OPTION_REPLY || b.readUInt32BE(8) !== OPT_GO) throw broken('no option reply');
  const type = b.readUInt32BE(12);
  const length = b.readUInt32BE(16);
  if (length > 65536) throw broken('an option reply that is too long');
  return { type, length };
}

export const isAck = (type: number): boolean => type === REP_ACK;

/** Undefined for information of another kind. Throws on a refusal. */
export function parseExport(type: number, data: Buffer): Export | undefined {
  if (type !== REP_INFO) throw broken(`a refusal (0x${type.toString(16)}): ${data.toString('utf8', 0, 200)}`);
  if (data.length < 12 || data.readUInt16BE(0) !== INFO_EXPORT) return undefined;
  const flags = data.readUInt16BE(10);
  return {
    sizeBytes: Number(data.readBigUInt64BE(2)),
    readOnly: (flags & FLAG_READ_ONLY) !== 0,
    canFlush: (flags & FLAG_FLUSH) !== 0,
    canZero: (flags & FLAG_WRITE_ZEROES) !== 0,
  };
}

export function formatRequest(command: number, handle: number, offset: number, length: number): Buffer {
  const b = Buffer.alloc(REQUEST_LENGTH);
  b.writeUInt32BE(REQUEST, 0);
  b.writeUInt16BE(command, 6);
  b.writeBigUInt64BE(BigInt(handle), 8);
  b.writeBigUInt64BE(BigInt(offset), 16);
  b.writeUInt32BE(length, 24);
  return b;
}

/** `error` is an errno, 0 for none. */
export function parseReply(b: Buffer): { error: number; handle: number } {
  if (b.readUInt32BE(0) !== REPLY) throw broken('no simple reply');
  return { error: b.readUInt32BE(4), handle: Number(b.readBigUInt64BE(8)) };
}
