/** Task Management Function Request and Response (RFC 7143 11.5, 11.6). */
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

export const TaskFunction = {
  AbortTask: 1,
  AbortTaskSet: 2,
  ClearAca: 3,
  ClearTaskSet: 4,
  LogicalUnitReset: 5,
  TargetWarmReset: 6,
  TargetColdReset: 7,
  TaskReassign: 8,
} as const;

export const TaskFunctionResponse = {
  Complete: 0,
  TaskDoesNotExist: 1,
  LunDoesNotExist: 2,
  TaskStillAllegiant: 3,
  ReassignmentNotSupported: 4,
  NotSupported: 5,
  AuthorizationFailed: 6,
  Rejected: 255,
} as const;

export type TaskManagementRequest = {
  immediate: boolean;
  function: number;
  lun: number;
  itt: number;
  referencedTag: number;
  cmdSn: number;
  expStatSn: number;
  refCmdSn: number;
  expDataSn: number;
};

export function parseTaskManagementRequest(b: Uint8Array, at = 0): TaskManagementRequest {
  expectBhs(b, at, Opcode.TaskManagementRequest, 'Task Management Request');
  return {
    immediate: isImmediate(b, at),
    function: b[at + 1]! & 0x7f,
    lun: lunOf(b, at),
    itt: ittOf(b, at),
    referencedTag: u32(b, at + 20),
    cmdSn: u32(b, at + 24),
    expStatSn: u32(b, at + 28),
    refCmdSn: u32(b, at + 32),
    expDataSn: u32(b, at + 36),
  };
}

export function writeTaskManagementRequest(p: TaskManagementRequest, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.TaskManagementRequest | (p.immediate ? IMMEDIATE : 0), FINAL | p.function, 0);
  putLun(b, at, p.lun);
  putU32(b, at + 16, p.itt);
  putU32(b, at + 20, p.referencedTag);
  putU32(b, at + 24, p.cmdSn);
  putU32(b, at + 28, p.expStatSn);
  putU32(b, at + 32, p.refCmdSn);
  putU32(b, at + 36, p.expDataSn);
}

export type TaskManagementResponse = { response: number; itt: number } & Sequence;

export function parseTaskManagementResponse(b: Uint8Array, at = 0): TaskManagementResponse {
  expectBhs(b, at, Opcode.TaskManagementResponse, 'Task Management Response');
  return { response: b[at + 2]!, itt: ittOf(b, at), ...sequenceOf(b, at) };
}

export function writeTaskManagementResponse(p: TaskManagementResponse, b: Uint8Array, at = 0): void {
  startBhs(b, at, Opcode.TaskManagementResponse, FINAL, 0);
  b[at + 2] = p.response;
  putU32(b, at + 16, p.itt);
  putSequence(b, at, p);
}
