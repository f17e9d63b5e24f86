import { createConnection } from 'node:net';
import { VolumeError } from '../errors.ts';

/** The modes and operations of tgt 1.0.85, usr/tgtadm.h. */
const MODE = { system: 0, target: 1, unit: 2, portal: 3, account: 7 } as const;
const OP = { new: 0, delete: 1, show: 2, bind: 3, unbind: 4, update: 5 } as const;

const HEADER_BYTES = 120;
const ANSWER_HEADER_BYTES = 8;
const ANSWER_BYTES = 64 * 1024 * 1024;
/** tgt's numbers for what went wrong; what matters to a caller. */
const ERRORS: Record<number, string> = {
  1: 'unknown error',
  2: 'out of memory',
  3: 'no such driver',
  4: 'no such target',
  5: 'no such logical unit',
  7: 'it is in use',
  12: 'it exists',
  17: 'no such account',
};

export interface TgtRequest {
  readonly mode: keyof typeof MODE;
  readonly op: keyof typeof OP;
  readonly target?: number;
  readonly unit?: number;
  readonly force?: boolean;
  readonly values?: Readonly<Record<string, string>>;
  /** Instead of `values`, for an update: what the unit is to become. */
  readonly change?: Readonly<Record<string, string>>;
}

/**
 * The message of `tgtadm`. It is sent by ourselves because that command takes CHAP secrets in its arguments, where
 * every user of the machine can read them. A header of 120 bytes, native order; then KEY=VALUE pairs between commas.
 */
export function formatRequest({ mode, op, target, unit, force, values, change }: TgtRequest): Buffer {
  const pairs = Object.entries(values ?? change ?? {});
  const odd = pairs.find(([, value]) => /[,\0]/.test(value));
  if (odd)
    throw new VolumeError('io-error', `tgt cannot be told a ${odd[0]} with a comma`, 'Choose another.');
  const told = pairs.map(([key, value]) => `${key}=${value}`).join(',');
  const text = change === undefined ? told : `targetOps ${told},`;
  const b = Buffer.alloc(HEADER_BYTES + (text === '' ? 0 : Buffer.byteLength(text) + 1));
  b.writeUInt32LE(MODE[mode], 0);
  b.writeUInt32LE(OP[op], 4);
  b.write('iscsi', 8, 'latin1');
  b.writeUInt32LE(b.length, 72);
  b.writeInt32LE(target ?? -1, 76);
  b.writeBigUInt64LE(unit === undefined ? 0xffffffffffffffffn : BigInt(unit), 88);
  b.writeUInt32LE(force ? 1 : 0, 116);
  b.write(text, HEADER_BYTES);
  return b;
}

/** Asks a tgtd over its control socket; resolves with what it says. Rejects with `io-error`. */
export async function askTgt(socketPath: string, request: TgtRequest, timeoutMs = 30_000): Promise<string> {
  const what = `asking tgtd to ${request.op} a ${request.mode}`;
  const answer = await exchange(socketPath, formatRequest(request), timeoutMs).catch((error: Error) => {
    throw new VolumeError('io-error', `${what}: ${error.message}`, 'See what tgtd says in its log.', error);
  });
  const error = answer.length < ANSWER_HEADER_BYTES ? 1 : answer.readUInt32LE(0);
  if (error === 0) return answer.toString('utf8', ANSWER_HEADER_BYTES).replace(/\0.*$/s, '');
  const reason = ERRORS[error] ?? `error ${error}`;
  throw new VolumeError('io-error', `${what}: ${reason}`, 'See what tgtd says in its log.');
}

function exchange(socketPath: string, request: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => fail(new Error(`no answer in ${timeoutMs / 1000} s`)));
    socket.once('connect', () => socket.write(request));
    socket.once('error', fail);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES) fail(new Error('an answer without an end'));
    });
    socket.once('end', () => {
      socket.destroy();
      resolve(Buffer.concat(chunks));
    });
  });
}
