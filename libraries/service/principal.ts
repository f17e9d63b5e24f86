/** Who is asking: the outcome of authentication, and the three questions that routes ask of it. */
import { BullionError } from './errors.ts';

/**
 * `operator` runs the data centre and may do everything; `member` acts for one project; `service` is another service
 * of the same operator (provisioning), which may move any node's cables and power but registers nothing.
 */
export type Role = 'operator' | 'service' | 'member';

export type Principal = { role: Role; project: string | null; label: string };

export function isOperator(principal: Principal): boolean {
  return principal.role === 'operator';
}

/** May `principal` see and use what belongs to `project`? A null project belongs to the operator. */
export function mayUse(principal: Principal, project: string | null): boolean {
  if (principal.role !== 'member') return true;
  return project !== null && principal.project === project;
}

export function requireOperator(principal: Principal, doing: string): void {
  if (isOperator(principal)) return;
  throw new BullionError('forbidden', 'operator_only', `Only an operator may ${doing}.`, {
    hint: 'Use an operator token, or ask the operator of this data centre.',
  });
}
