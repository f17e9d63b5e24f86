/** How a command ends, and what has to happen before it can. */
import { illegalRequest, invalidCdbField, type Sense } from './sense.ts';

/** SAM-5 5.3.1. */
export const Status = {
  Good: 0x00,
  CheckCondition: 0x02,
  ConditionMet: 0x04,
  Busy: 0x08,
  ReservationConflict: 0x18,
  TaskSetFull: 0x28,
  TaskAborted: 0x40,
} as const;

export type Reply = {
  kind: 'reply';
  status: number;
  /** Data for the initiator, already cut to the CDB's allocation length. */
  data: Uint8Array;
  sense: Sense | undefined;
};

/**
 * What a command needs, decided from its CDB alone, before any data moves:
 * `reply`: it is over; `read`: the transport streams these bytes of the disk (it knows best into which buffers);
 * `run`: `dataOut` bytes come from the initiator, then `run` is called with what arrived, which is less only when the
 * initiator announced less.
 */
export type Plan =
  | Reply
  | { kind: 'read'; offset: number; length: number }
  | { kind: 'run'; dataOut: number; run: (data: Uint8Array) => Reply | Promise<Reply> };

const NOTHING = new Uint8Array(0);

export const GOOD: Reply = { kind: 'reply', status: Status.Good, data: NOTHING, sense: undefined };
export const CONFLICT: Reply = { ...GOOD, status: Status.ReservationConflict };
export const CONDITION_MET: Reply = { ...GOOD, status: Status.ConditionMet };

export const check = (sense: Sense): Reply => ({
  kind: 'reply',
  status: Status.CheckCondition,
  data: NOTHING,
  sense,
});

export const refuse = (asc: number): Reply => check(illegalRequest(asc));
export const badField = (byte: number, bit?: number): Reply => check(invalidCdbField(byte, bit));

/** `data` cut to the allocation length, which is no error (SPC-4 4.2.5.6). */
export const answer = (data: Uint8Array, allocationLength: number): Reply => ({
  kind: 'reply',
  status: Status.Good,
  data: data.length > allocationLength ? data.subarray(0, allocationLength) : data,
  sense: undefined,
});
