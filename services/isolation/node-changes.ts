/** What an operator changes of a node that is registered: its BMC, firmware, owner, and whether it may be given away. */
import { conflict, notFound } from '@bullion/service';
import type { NodeChanges } from './api/nodes.ts';
import { type Change, type Context, findRow, updateRows } from './context.ts';
import { bmcColumns, openLeases } from './nodes.ts';
import { powerState } from './power.ts';
import type { NodeTable } from './store/schema.ts';

/** A wrong address or password is found before anything is changed, not at the first tenant. */
export async function probeChanges(context: Context, name: string, { bmc }: NodeChanges): Promise<void> {
  const node = await findRow(context.db, 'nodes', { name });
  if (!node) throw notFound('node', name);
  if (bmc) await powerState(context, { ...node, ...bmcColumns(context, name, bmc) });
}

export async function changeNode(
  context: Context,
  { trx, tell }: Change,
  name: string,
  { bmc, firmware, owner, maintenance }: NodeChanges,
): Promise<NodeTable> {
  const node = await findRow(trx, 'nodes', { name });
  if (!node) throw notFound('node', name);
  if (owner !== undefined && owner !== node.owner) {
    if (owner !== null && !(await findRow(trx, 'projects', { name: owner })))
      throw notFound('project', owner);
    if ((await openLeases(trx, name)).length > 0) {
      const why = `Node "${name}" has leases that its owner made.`;
      throw conflict('node_leased', why, 'Recall them first: `bullion lease list`.');
    }
  }
  const [changed] = await updateRows(
    trx,
    'nodes',
    { name },
    {
      firmware: firmware ?? node.firmware,
      owner: owner === undefined ? node.owner : owner,
      maintenance: maintenance === undefined ? node.maintenance : maintenance.on ? maintenance.reason : null,
      ...(bmc ? bmcColumns(context, name, bmc) : {}),
    },
  );
  await tell('node.changed', `node/${name}`, null, {
    owner: changed!.owner,
    maintenance: changed!.maintenance,
  });
  return changed!;
}
