/** The record of an operation: as a row, and as clients see it. */
import { type ErrorBody, notFound } from './errors.ts';

export type OperationState = 'running' | 'succeeded' | 'failed';

export type OperationTable = {
  id: string;
  /** `noun.verb`, e.g. `node.release`. */
  kind: string;
  subject: string;
  project: string | null;
  state: OperationState;
  input: string;
  steps: string;
  error: string | null;
  created_at: string;
  finished_at: string | null;
};
export type WithOperations = { operations: OperationTable };

export type Step = {
  name: string;
  startedAt: string;
  finishedAt?: string | undefined;
  /** What is being waited for, or what was tried last, for people. */
  note?: string | undefined;
};

export type Operation = {
  id: string;
  kind: string;
  subject: string;
  project: string | null;
  state: OperationState;
  steps: Step[];
  error: ErrorBody['error'] | null;
  createdAt: string;
  finishedAt: string | null;
};

export function toOperation(row: OperationTable): Operation {
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    project: row.project,
    state: row.state,
    steps: JSON.parse(row.steps) as Step[],
    error: row.error === null ? null : (JSON.parse(row.error) as ErrorBody['error']),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** The answer for an operation that is not there, and for one that its asker may not see. */
export const operationNotFound = (id: string) =>
  notFound('operation', id, 'Operation ids are returned by the request that starts them.');
