/** Asynchronous Message (RFC 7143 11.9): the target speaks first. */
import {
  expectBhs,
  FINAL,
  lunOf,
  Opcode,
  putLun,
  putSequence,
  RESERVED_TAG,
  type Sequence,
  sequenceOf,
  startBhs,
} from './bhs.ts';
import { putU16, putU32, u16 } from './bytes.ts';

export const AsyncEvent = {
  ScsiEvent: 0,
  /** The initiator is to log out within parameter 3 seconds. */
  LogoutRequested: 1,
  ConnectionDropped: 2,
  /** All connections will drop; parameters 2 and 3: seconds to wait before, and to keep trying, a new login. */
  SessionDropped: 3,
  NegotiationRequested: 4,
} as const;

export type AsyncMessage = {
  lun: number;
  event: number;
  parameters: readonly [number, number, number];
} & Sequence;

export function parseAsyncMessage(b: Uint8Array, at = 0): AsyncMessage {
  expectBhs(b, at, Opcode.AsyncMessage, 'Asynchronous Message');
  return {
    lun: lunOf(b, at),
    event: b[at + 36]!,
    parameters: [u16(b, at + 38), u16(b, at + 40), u16(b, at + 42)],
    ...sequenceOf(b, at),
  };
}

export function writeAsyncMessage(p: AsyncMessage, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.AsyncMessage, FINAL, 0);
  putLun(b, at, p.lun);
  putU32(b, at + 16, RESERVED_TAG);
  putSequence(b, at, p);
  b[at + 36] = p.event;
  p.parameters.forEach((value, i) => {
    putU16(b, at + 38 + 2 * i, value);
  });
}
