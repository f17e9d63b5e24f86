/**
 * Whose a log is: a row for each time that a project held a node. The rows of a project end with it (the foreign key),
 * so a later project of the same name inherits none; a log without a row is nobody's, and is dropped.
 */
import { BullionError, mayUse, notFound, type Page, type Principal, projectsSeen } from '@bullion/service';
import { type Database, now, type Trx } from '../context.ts';
import { nodeFree, requireNode } from '../nodes.ts';
import type { ConsoleLogTable, NodeTable } from '../store/schema.ts';

/** A node while a project holds it. */
export type Held = NodeTable & { project: string; allocation: string };

export function isHeld(node: NodeTable): node is Held {
  return node.project !== null && node.allocation !== null;
}

/** Belongs in the transaction that gives the node to the project. */
export async function beginLog(trx: Trx, node: NodeTable): Promise<void> {
  if (!isHeld(node)) return;
  const { allocation, name, project } = node;
  await trx
    .insertInto('console_logs')
    .values({ allocation, node: name, project, started_at: now(), ended_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Belongs in the transaction that takes it back. */
export async function endLog(trx: Trx, allocation: string): Promise<void> {
  await trx
    .updateTable('console_logs')
    .set({ ended_at: now() })
    .where('allocation', '=', allocation)
    .execute();
}

/** Those of the caller's projects, oldest first. Operators and auditors see that all are there, and read none. */
export async function listLogs(
  db: Database,
  principal: Principal,
  { after, limit, node }: Page & { node?: string | undefined },
): Promise<ConsoleLogTable[]> {
  let query = db.selectFrom('console_logs').selectAll().where('allocation', '>', after);
  const seen = projectsSeen(principal);
  if (seen) query = query.where('project', 'in', seen);
  if (node !== undefined) query = query.where('node', '=', node);
  return await query.orderBy('allocation').limit(limit).execute();
}

/** The log of an allocation, of now or of former times, where the caller may read it. */
export async function requireLog(
  db: Database,
  principal: Principal,
  allocation: string,
): Promise<ConsoleLogTable> {
  const row = await db
    .selectFrom('console_logs')
    .selectAll()
    .where('allocation', '=', allocation)
    .executeTakeFirst();
  if (!row || !mayUse(principal, row.project))
    throw notFound('console log', allocation, 'See yours with `bullion console list`.');
  requireOwner(principal, row);
  return row;
}

/** The node, where the caller may read and write its console now. Who may not know of it is told that there is none. */
export async function requireConsole(db: Database, principal: Principal, name: string): Promise<Held> {
  const node = await requireNode(db, principal, name);
  if (!isHeld(node)) throw nodeFree(name);
  requireOwner(principal, { node: name, project: node.project });
  return node;
}

/** What is on a console may be a password: it is for those who typed it, and not for who runs the data centre. */
function requireOwner({ role, projects }: Principal, log: { node: string; project: string }): void {
  if (role === 'member' && projects.includes(log.project)) return;
  throw new BullionError(
    'forbidden',
    'console_private',
    `The console of node "${log.node}" is for the project "${log.project}" alone, which holds or held it.`,
    {
      hint: `Use a token of the project (\`bullion project token ${log.project}\`); that it was made stands in the audit log.`,
    },
  );
}
