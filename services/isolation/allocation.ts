/** Allocation: a free node becomes a project's, until it is released. */
import { conflict, mayUse, notFound, type Principal, unavailable, uuidv7 } from '@bullion/service';
import { beginLog } from './consoles/ledger.ts';
import type { Change, Context, Database, Trx } from './context.ts';
import { isVerified } from './ports.ts';
import { requireProject, requireQuota } from './projects.ts';
import type { Reconciler } from './reconciler.ts';
import type { NodeTable } from './store/schema.ts';

/** Lets the reconciler look at the ports of a free node, before it is allocated. */
export async function settleForAllocation(
  { db, limits }: Context,
  reconciler: Reconciler,
  principal: Principal,
  name: string,
  project: string,
): Promise<void> {
  await requireProject(db, principal, project);
  await settlePorts(db, reconciler, name, limits.portsClosedMs);
}

/**
 * Gives a free node to a project: one conditional update, so that of two who ask at once one gets it. Throws
 * `node_not_found` to a member also where another project holds the node, or was faster: it may not know that.
 */
export async function allocateNode(
  { trx, principal, tell }: Change,
  name: string,
  project: string,
): Promise<NodeTable> {
  await requireProject(trx, principal, project);
  const row = await trx.selectFrom('nodes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !(row.state === 'free' || mayUse(principal, row.project))) throw nodeNotThere(name);
  if (row.state !== 'free') {
    throw conflict(
      'node_allocated',
      `Node "${name}" is ${row.state === 'allocated' ? 'allocated to' : 'being released by'} project "${row.project}".`,
      'Take another one: `bullion node list --free`.',
    );
  }
  await requireQuota(trx, principal, project, 'nodes');
  await requireClosedPorts(trx, name);
  const allocated = await trx
    .updateTable('nodes')
    .set({ project, state: 'allocated', allocation: uuidv7() })
    .where('name', '=', name)
    .where('state', '=', 'free')
    .returningAll()
    .executeTakeFirstOrThrow();
  await beginLog(trx, allocated);
  await tell('node.allocated', `node/${name}`, project);
  return allocated;
}

const nodeNotThere = (name: string) =>
  notFound(
    'node',
    name,
    'See those that can be had with `bullion node list --free`; another may have been faster.',
  );

async function portsOf(db: Database | Trx, node: string) {
  return await db
    .selectFrom('nics')
    .innerJoin('ports', (join) =>
      join.onRef('ports.switch', '=', 'nics.switch').onRef('ports.name', '=', 'nics.port'),
    )
    .innerJoin('nodes', 'nodes.name', 'nics.node')
    .where('nics.node', '=', node)
    .where('nodes.state', '=', 'free')
    .select(['nics.name as nic', 'ports.switch', 'ports.name', 'ports.version'])
    .select(['ports.verified_version', 'ports.doubted'])
    .execute();
}

async function settlePorts(
  db: Database,
  reconciler: Reconciler,
  node: string,
  milliseconds: number,
): Promise<void> {
  const unsettled = (await portsOf(db, node)).filter((port) => !isVerified(port));
  if (unsettled.length === 0) return;
  const enough = AbortSignal.timeout(milliseconds);
  await Promise.all(
    unsettled.map((port) =>
      reconciler.settled({ switch: port.switch, port: port.name }, port.version, enough),
    ),
  ).catch((error: unknown) => {
    if (!enough.aborted) throw error;
  });
}

/** Law 1: a node whose ports may carry anything must not come into a tenant's hands. A free node's carry nothing. */
async function requireClosedPorts(trx: Trx, node: string): Promise<void> {
  const open = (await portsOf(trx, node)).filter((port) => !isVerified(port));
  if (open.length === 0) return;
  throw unavailable(
    'node_ports_unverified',
    `Node "${node}" cannot be allocated: the ports of ${open.map(({ nic }) => nic).join(', ')} were not read to be closed.`,
    'The switch may be down. Try again, take another node, or ask the operator to look at the ports.',
  );
}
