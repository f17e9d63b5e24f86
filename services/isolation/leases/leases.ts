/**
 * Leases: the owner of a node gives it to another project for a time. A lease goes `scheduled` → `active` → `ended`, and
 * never back, whatever the clock does; the lease clock moves it on. The README has the table.
 */
import {
  conflict,
  forbidden,
  invalid,
  mayUse,
  notFound,
  type Page,
  type Principal,
  projectsSeen,
  uuidv7,
} from '@bullion/service';
import { type Change, type Context, type Database, findRow, updateRows } from '../context.ts';
import { openLeases, requireVisibleNode } from '../nodes.ts';
import type { LeaseTable } from '../store/schema.ts';
import type { LeaseFilter, LeaseRequest } from './routes.ts';

export const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** Changes a lease, and tells the tenant and the owner. */
async function become(
  { trx, tell }: Change,
  lease: LeaseTable,
  kind: string,
  set: Partial<LeaseTable>,
): Promise<LeaseTable> {
  await updateRows(trx, 'leases', { id: lease.id }, { cause: null, ...set });
  const now = { ...lease, ...set };
  const data = { node: now.node, startsAt: now.starts_at, endsAt: now.ends_at };
  for (const project of [now.project, now.owner]) await tell(kind, `lease/${now.id}`, project, data);
  return now;
}

export async function createLease(
  { clock }: Context,
  change: Change,
  { node: name, project, noticeSeconds, ...times }: LeaseRequest,
): Promise<LeaseTable> {
  const { trx, principal } = change;
  const node = await requireVisibleNode(trx, principal, name);
  if (!mayUse(principal, node.owner)) throw notOwner(`lease node "${name}"`);
  if (!(await findRow(trx, 'projects', { name: project }))) throw notFound('project', project);
  const now = iso(clock());
  const [starts_at, ends_at] = [[times.startsAt ?? now, now].sort()[1]!, times.endsAt];
  if (ends_at <= starts_at || project === node.owner) {
    throw invalid(
      'lease_invalid',
      `Node "${name}" cannot be leased to "${project}" from ${starts_at} until ${ends_at}.`,
      'Name an end after the start and in the future, and another project than the owner.',
    );
  }
  const open = await openLeases(trx, name);
  requireNoOverlap(open, starts_at, ends_at);
  const byLease =
    node.project === node.owner || open.some(({ allocation }) => allocation === node.allocation);
  if (node.state === 'allocated' && !byLease) {
    throw conflict(
      'node_allocated',
      `Node "${name}" is held by a project that is not its owner.`,
      'Lease another node, or wait until it is released.',
    );
  }
  const lease: LeaseTable = {
    ...{ id: uuidv7(), node: name, owner: node.owner, project, starts_at, ends_at },
    ...{ notice_seconds: noticeSeconds, state: 'scheduled', warned: 0, due_at: starts_at, created_at: now },
    ...{ allocation: null, recalled_at: null, ended_at: null, cause: null },
  };
  await trx.insertInto('leases').values(lease).execute();
  return await become(change, lease, 'lease.scheduled', {});
}

const notOwner = (doing: string) =>
  forbidden(
    'owner_only',
    `Only the owner may ${doing}.`,
    'Ask the owner, or the operator of this data centre.',
  );

/** Half open: one may begin at the moment that another ends. */
function requireNoOverlap(open: readonly LeaseTable[], start: string, end: string): void {
  const other = open.find((lease) => lease.starts_at < end && start < lease.ends_at);
  if (!other) return;
  throw conflict(
    'lease_overlaps',
    `Node "${other.node}" is leased from ${other.starts_at} until ${other.ends_at} already.`,
    'Choose another time, or another node.',
  );
}

/** Seen by the tenant and the owner; for what only the owner may do, say what it is. */
export async function requireLease(
  db: Database,
  principal: Principal,
  id: string,
  doing?: string,
): Promise<LeaseTable> {
  const lease = await findRow(db, 'leases', { id });
  const owns = lease && mayUse(principal, lease.owner);
  if (!lease || !(owns || mayUse(principal, lease.project))) throw notFound('lease', id);
  if (doing === undefined) return lease;
  if (!owns) throw notOwner(`${doing} the lease`);
  if (lease.state !== 'ended') return lease;
  throw conflict('lease_ended', `The lease ${id} has ended.`, 'Make a new one: `bullion lease create`.');
}

export async function listLeases(
  db: Database,
  principal: Principal,
  { after, limit, node, open }: Page & LeaseFilter,
): Promise<LeaseTable[]> {
  let query = db.selectFrom('leases').selectAll().where('id', '>', after);
  const seen = projectsSeen(principal);
  if (seen) query = query.where((eb) => eb.or([eb('project', 'in', seen), eb('owner', 'in', seen)]));
  if (node !== undefined) query = query.where('node', '=', node);
  if (open) query = query.where('state', '<>', 'ended');
  return await query.orderBy('id').limit(limit).execute();
}

/** When the tenant is told that the end is near. */
const warning = (ends_at: string, seconds: number) => ({
  warned: 0 as const,
  due_at: iso(Date.parse(ends_at) - seconds * 1000),
});

/** Moves the end away. One that was recalled stays so: the owner counts on the node. */
export async function extendLease(change: Change, id: string, ends_at: string): Promise<LeaseTable> {
  const lease = await requireLease(change.trx, change.principal, id, 'extend');
  if (lease.recalled_at !== null || ends_at < lease.ends_at) {
    throw conflict(
      'lease_not_extended',
      `The lease ${id} ${lease.recalled_at ? 'was recalled' : `lasts longer already: until ${lease.ends_at}`}.`,
      'Recall it to end it earlier; after that, make a new one.',
    );
  }
  const others = (await openLeases(change.trx, lease.node)).filter((other) => other.id !== id);
  requireNoOverlap(others, lease.starts_at, ends_at);
  const due = lease.state === 'active' ? warning(ends_at, lease.notice_seconds) : {};
  return await become(change, lease, 'lease.extended', { ends_at, ...due });
}

/** The owner wants it back: it ends after the notice, or when it would have. One that has not begun by then never does. */
export async function recallLease({ clock }: Context, change: Change, id: string): Promise<LeaseTable> {
  const lease = await requireLease(change.trx, change.principal, id, 'recall');
  if (lease.recalled_at !== null) return lease;
  const recalled_at = iso(clock());
  const ends_at = [lease.ends_at, iso(clock() + lease.notice_seconds * 1000)].sort()[0]!;
  if (ends_at <= lease.starts_at) return await endLease(change, { ...lease, recalled_at }, recalled_at);
  const due = lease.state === 'active' ? { warned: 1 as const, due_at: ends_at } : {};
  return await become(change, lease, 'lease.recalled', { recalled_at, ends_at, ...due });
}

/** The node is the tenant's from now on. */
export async function beginLease(change: Change, lease: LeaseTable, allocation: string): Promise<void> {
  const due = warning(lease.ends_at, lease.notice_seconds);
  await become(change, lease, 'lease.started', { state: 'active', allocation, ...due });
}

export async function warnOfEnd(change: Change, lease: LeaseTable): Promise<void> {
  await become(change, lease, 'lease.ending', { warned: 1, due_at: lease.ends_at });
}

/** Over. The clock releases its node: at once, also when it was set back meanwhile. */
export async function endLease(change: Change, lease: LeaseTable, ended_at: string): Promise<LeaseTable> {
  const { allocation, recalled_at } = lease;
  const due_at = allocation === null ? null : '0';
  return await become(change, lease, 'lease.ended', { state: 'ended', recalled_at, ended_at, due_at });
}

/** The tenant gives it back before its end. */
export async function endEarly({ clock }: Context, change: Change, id: string): Promise<LeaseTable> {
  const lease = await requireLease(change.trx, change.principal, id);
  if (!mayUse(change.principal, lease.project)) {
    throw forbidden('tenant_only', 'Only the tenant ends a lease at once.', 'Recall it instead.');
  }
  return lease.state === 'ended' ? lease : await endLease(change, lease, iso(clock()));
}
