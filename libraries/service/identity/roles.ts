/** Who may give which role to a user or a token: never more than one's own. */
import { forbidden } from '../errors.ts';
import type { Principal, Role } from '../principal.ts';

const GIVES: Record<Role, readonly Role[]> = {
  admin: ['admin', 'operator', 'service', 'member', 'auditor'],
  operator: ['operator', 'member', 'auditor'],
  member: ['member'],
  auditor: ['auditor'],
  service: [],
};

export const mayGive = (giver: Role, role: Role): boolean => GIVES[giver].includes(role);

export function requireMayGive({ role: giver }: Principal, role: Role): void {
  if (mayGive(giver, role)) return;
  throw forbidden(
    'role_too_high',
    `The role ${giver} may not give the role ${role}.`,
    'Ask an administrator.',
  );
}

export function requireAdmin({ role }: Principal, doing: string): void {
  if (role === 'admin') return;
  throw forbidden(
    'admin_only',
    `Only an administrator may ${doing}.`,
    'Use the credentials of an administrator.',
  );
}
