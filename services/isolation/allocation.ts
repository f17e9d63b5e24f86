/** Allocation: a free node becomes a project's, until it is released. */
import {
  conflict,
  isOperator,
  mayUse,
  notFound,
  type Principal,
  unavailable,
  uuidv7,
} from '@bullion/service';
import { beginLog } from './consoles/ledger.ts';
import { type Change, type Context, type Database, findRow, type Trx, updateRows } from './context.ts';
import { isVisible, openLeases } from './nodes.ts';
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
  const node = await findRow(db, 'nodes', { name });
  // One that is not there for the caller takes no longer than one that is not there.
  if (node && isVisible(principal, node)) await settlePorts(db, reconciler, name, limits.portsClosedMs);
}

/**
 * Gives a free node to a project that asks for it: of a node with an owner that is the owner alone, or an operator.
 * Throws `node_not_found` to a member also where another project holds the node, or was faster: it may not know that.
 */
export async function allocateNode(
  change: Change,
  name: string,
  project: string,
): Promise<NodeTable & Allocated> {
  const { trx, principal } = change;
  await requireProject(trx, principal, project);
  const row = await findRow(trx, 'nodes', { name });
  if (!row || !isVisible(principal, row)) throw nodeNotThere(name);
  if (row.owner !== null && row.owner !== project && !isOperator(principal)) throw nodeNotThere(name);
  const [lease] = await openLeases(trx, name);
  if (lease && row.state === 'free' && row.owner !== project) {
    throw conflict(
      'node_leased',
      `Node "${name}" is leased from ${lease.starts_at} on.`,
      'Take another one: `bullion node list --free`.',
    );
  }
  return await giveNode(change, row, project);
}

type Allocated = { project: string; allocation: string };

/** What everybody who gets a node gets it by: one conditional update, so that of two who ask at once one gets it. */
export async function giveNode(
  { trx, principal, tell }: Change,
  { name, state, maintenance, project: holder }: NodeTable,
  project: string,
): Promise<NodeTable & Allocated> {
  if (state !== 'free') {
    throw conflict(
      'node_allocated',
      `Node "${name}" is ${state === 'allocated' ? 'allocated to' : 'being released by'} ${mayUse(principal, holder) ? `project "${holder}"` : 'another project'}.`,
      'Take another one: `bullion node list --free`.',
    );
  }
  // Operators take it, to look at it.
  if (maintenance !== null && !isOperator(principal)) {
    const why = `Node "${name}" is in maintenance: ${maintenance}.`;
    throw conflict('node_in_maintenance', why, 'Take another one: `bullion node list --free`.');
  }
  await requireQuota(trx, principal, project, 'nodes');
  await requireClosedPorts(trx, name);
  const held = { project, allocation: uuidv7() };
  const [allocated] = await updateRows(
    trx,
    'nodes',
    { name, state: 'free' },
    { ...held, state: 'allocated' },
  );
  const given = { ...allocated!, ...held };
  await beginLog(trx, given);
  await tell('node.allocated', `node/${name}`, project);
  return given;
}

const nodeNotThere = (name: string) =>
  notFound(
    'node',
    name,
    'See those that can be had with `bullion node list --free`; another may have been faster.',
  );

async function portsOf(db: Database, node: string) {
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
