/** Task management functions (RFC 7143 4.2.3, 11.5, 11.6; SAM-5 clause 7). */
import {
  TaskFunctionResponse as Response,
  TaskFunction,
  type TaskManagementRequest,
} from '../pdu/task-management.ts';
import type { Session } from './session.ts';
import type { Task } from './task.ts';

/** SPC-4 annex F: COMMANDS CLEARED BY ANOTHER INITIATOR. */
const COMMANDS_CLEARED = 0x2f00;

export type Managed = {
  response: number;
  /** What has to happen after the response is on its way. */
  after?: () => void;
};

/** Answers when all the tasks concerned have come to rest: nothing of them reaches the disk after that. */
export async function manageTasks(session: Session, request: TaskManagementRequest): Promise<Managed> {
  const { target } = session;
  if (target === undefined) return { response: Response.Rejected };
  const isUnitFunction = request.function <= TaskFunction.LogicalUnitReset;
  if (isUnitFunction && request.lun !== 0 && request.function !== TaskFunction.AbortTask) {
    return { response: Response.LunDoesNotExist };
  }
  switch (request.function) {
    case TaskFunction.AbortTask:
      return { response: await abortTask(session, request) };
    case TaskFunction.AbortTaskSet:
      await abortOn(session);
      return { response: Response.Complete };
    case TaskFunction.ClearTaskSet:
      await Promise.all([...target.sessions].map((other) => clearFor(session, other)));
      return { response: Response.Complete };
    case TaskFunction.LogicalUnitReset:
    case TaskFunction.TargetWarmReset:
    case TaskFunction.TargetColdReset:
      await Promise.all([...target.sessions].map(abortOn));
      target.unit.reset();
      if (request.function !== TaskFunction.TargetColdReset) return { response: Response.Complete };
      // 11.5.1: a cold reset ends all connections of the target.
      return {
        response: Response.Complete,
        after: () => {
          for (const other of [...target.sessions]) other.end('target_reset');
        },
      };
    case TaskFunction.TaskReassign:
      return { response: Response.ReassignmentNotSupported };
    default:
      // CLEAR ACA: NormACA is 0, so there is none to clear.
      return { response: Response.NotSupported };
  }
}

async function abortTask(session: Session, request: TaskManagementRequest): Promise<number> {
  const task: Task | undefined = session.tasks.get(request.referencedTag);
  if (task !== undefined && task.lun === request.lun) {
    await session.tasks.abort(task);
    return Response.Complete;
  }
  // 11.5.1: a command that has not arrived counts as received, and aborted.
  return session.window.skip(request.refCmdSn) ? Response.Complete : Response.TaskDoesNotExist;
}

const abortOn = (session: Session): Promise<unknown> => session.tasks.abortAll();

async function clearFor(requester: Session, session: Session): Promise<void> {
  const hadTasks = session.tasks.size > 0;
  await session.tasks.abortAll();
  if (session !== requester && hadTasks) session.nexus.attend(COMMANDS_CLEARED);
}
