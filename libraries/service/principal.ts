/** Who is asking: the outcome of authentication, and the questions that routes ask of it. */
import { BullionError } from './errors.ts';

/**
 * `operator` runs the data centre; `admin` does too, and decides who else may. `member` acts for its projects;
 * `auditor` sees everything and changes nothing; `service` is another service of the same operator (provisioning),
 * which may move any node's cables and power but registers nothing.
 */
export const ROLES = ['admin', 'operator', 'service', 'member', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export type Principal = {
  /** The same at every request of one caller, and of nobody else: `token/ID`, `user/NAME`, `oidc/SUBJECT`. */
  id: string;
  role: Role;
  /** Those that a `member` acts for. */
  projects: readonly string[];
  /** The only one of them; null for none, several, and the other roles. */
  project: string | null;
  label: string;
  /** The user who is behind a token; absent where there is none. */
  user?: string | undefined;
  /** When these credentials end, as an ISO 8601 time; absent where they do not. What they make ends no later. */
  expiresAt?: string | undefined;
};

export function isOperator({ role }: Principal): boolean {
  return role === 'operator' || role === 'admin';
}

/** May `principal` see what is the operator's own: cables, VLANs, what every project did? */
export function seesAll(principal: Principal): boolean {
  return isOperator(principal) || principal.role === 'auditor';
}

/**
 * May `principal` see and use what belongs to `project`? A null project belongs to the operator. An auditor may, since
 * no request of an auditor that would change anything comes this far.
 */
export function mayUse(principal: Principal, project: string | null): boolean {
  if (principal.role !== 'member') return true;
  return project !== null && principal.projects.includes(project);
}

/** The projects that `principal` may see, to ask the database by; undefined for all. */
export function projectsSeen({ role, projects }: Principal): readonly string[] | undefined {
  return role === 'member' ? projects : undefined;
}

export function requireOperator(principal: Principal, doing: string): void {
  if (!isOperator(principal)) throw operatorOnly(`Only an operator may ${doing}.`);
}

/** As `requireOperator`, for looking. */
export function requireSight(principal: Principal, doing: string): void {
  if (!seesAll(principal)) throw operatorOnly(`Only an operator may ${doing}.`);
}

const operatorOnly = (message: string) =>
  new BullionError('forbidden', 'operator_only', message, {
    hint: 'Use an operator token, or ask the operator of this data centre.',
  });

/** Throws for an auditor, at every request that may change something. */
export function requireWriter({ role }: Principal): void {
  if (role !== 'auditor') return;
  throw new BullionError('forbidden', 'read_only', 'An auditor sees everything and changes nothing.', {
    hint: 'Use credentials of another role.',
  });
}
