/** Nodes and their NICs: registered by the operator, held by one project at a time. */
import { conflict, existsAlready, invalid, mayUse, notFound, type Principal } from '@bullion/service';
import type { NicRequest, NodeRequest } from './api/nodes.ts';
import {
  type Change,
  type Context,
  type Database,
  deleteRows,
  findRow,
  insertNew,
  now,
  type Trx,
} from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { LeaseTable, NicTable, NodeTable } from './store/schema.ts';
import { checkSettings, requireFreePort } from './switches.ts';

export const bmcSecret = (node: string) => `node/${node}/bmc`;

/** Those that its owner made and that have not ended. The core keeps to them; what becomes of them is up to `leases/`. */
export async function openLeases(db: Database, node: string): Promise<LeaseTable[]> {
  const query = db.selectFrom('leases').selectAll().where('node', '=', node).where('state', '<>', 'ended');
  return await query.orderBy('starts_at').execute();
}

/** The BMC of a node as it is stored, once its settings were checked. */
export function bmcColumns(context: Context, node: string, { driver, settings }: NodeRequest['bmc']) {
  const { settingsSchema } = driverOf(context.bmcDrivers, 'BMC', driver);
  const checked = checkSettings(settingsSchema, `the BMC of node "${node}"`, settings);
  return { bmc_driver: driver, bmc_settings: context.secrets.seal(checked, bmcSecret(node)) };
}

/** Registers a node with its BMC and NICs, all or nothing. */
export async function addNode(context: Context, { trx, tell }: Change, request: NodeRequest): Promise<void> {
  const isNew = await insertNew(trx, 'nodes', {
    name: request.name,
    project: null,
    state: 'free',
    allocation: null,
    owner: null,
    firmware: request.firmware,
    maintenance: request.maintenance ?? null,
    wiping: 0,
    ...bmcColumns(context, request.name, request.bmc),
    created_at: now(),
  });
  if (!isNew) throw existsAlready('node', request.name);
  for (const nic of request.nics) await insertNic(trx, request.name, nic);
  await tell('node.added', `node/${request.name}`, null);
}

async function insertNic(trx: Trx, node: string, nic: NicRequest): Promise<void> {
  if ((nic.switch === undefined) !== (nic.port === undefined)) {
    throw invalid(
      'nic_half_cabled',
      `NIC ${node}/${nic.name} names a switch or a port, but not both.`,
      'Give both, or neither for a NIC that is not cabled.',
    );
  }
  if (nic.switch !== undefined && nic.port !== undefined) {
    await requireFreePort(trx, `${node}/${nic.name}`, { switch: nic.switch, port: nic.port });
  }
  const twin = await findRow(trx, 'nics', { mac: nic.mac });
  if (twin) {
    throw conflict(
      'mac_in_use',
      `The MAC address ${nic.mac} belongs to ${twin.node}/${twin.name} already.`,
      'Read the address off the NIC again, or delete the other NIC first.',
    );
  }
  const isNew = await insertNew(trx, 'nics', {
    node,
    name: nic.name,
    mac: nic.mac,
    switch: nic.switch ?? null,
    port: nic.port ?? null,
  });
  if (!isNew) throw existsAlready('NIC', `${node}/${nic.name}`);
}

export async function addNic({ trx, tell }: Change, node: string, nic: NicRequest): Promise<void> {
  await requireFreeNode(trx, node, 'get another NIC');
  await insertNic(trx, node, nic);
  await tell('nic.added', `node/${node}`, null, { nic: nic.name });
}

export async function deleteNic({ trx, tell }: Change, node: string, nic: string): Promise<void> {
  await requireFreeNode(trx, node, 'lose a NIC');
  await requireNic(trx, node, nic);
  await deleteRows(trx, 'nics', { node, name: nic });
  await tell('nic.deleted', `node/${node}`, null, { nic });
}

export async function deleteNode({ trx, tell }: Change, name: string): Promise<void> {
  await requireFreeNode(trx, name, 'be deleted');
  if ((await openLeases(trx, name)).length > 0) {
    throw conflict('node_leased', `Node "${name}" has leases.`, 'Recall them first: `bullion lease list`.');
  }
  await deleteRows(trx, 'leases', { node: name });
  await deleteRows(trx, 'nics', { node: name });
  await deleteRows(trx, 'nodes', { name });
  await tell('node.deleted', `node/${name}`, null);
}

export async function requireFreeNode(trx: Trx, name: string, doing: string): Promise<void> {
  const row = await findRow(trx, 'nodes', { name });
  if (!row) throw notFound('node', name);
  if (row.state !== 'free') {
    throw conflict(
      'node_allocated',
      `Node "${name}" cannot ${doing} while project "${row.project}" holds it.`,
      `Release it first: \`bullion release ${name}\`.`,
    );
  }
}

/**
 * May the caller see the node? Free ones that belong to the data centre are there for everybody; all others for their
 * owner, the project that holds them and the operator.
 */
export function isVisible(principal: Principal, { state, owner, project }: NodeTable): boolean {
  return (state === 'free' && owner === null) || mayUse(principal, project) || mayUse(principal, owner);
}

/** The node, where the caller may see it. Else there is none, in the same words as where there is none. */
export async function requireVisibleNode(
  db: Database,
  principal: Principal,
  name: string,
): Promise<NodeTable> {
  const row = await findRow(db, 'nodes', { name });
  if (!row || !isVisible(principal, row)) throw notFound('node', name);
  return row;
}

export const nodeFree = (name: string) =>
  conflict(
    'node_free',
    `Node "${name}" is held by no project.`,
    `Allocate it first: \`bullion node allocate ${name} --project PROJECT\`.`,
  );

/** The node, where the caller may use it; of a free node that is the operator alone. */
export async function requireNode(db: Database, principal: Principal, name: string): Promise<NodeTable> {
  const row = await requireVisibleNode(db, principal, name);
  if (mayUse(principal, row.project)) return row;
  if (row.state === 'free') throw nodeFree(name);
  throw conflict(
    'node_held_by_another',
    `Node "${name}" is yours, but another project holds it.`,
    'See `bullion lease list`; recall the lease to have it back.',
  );
}

/** As `requireNode`, and the node is held by a project and not on its way out, but for the service that wipes it. */
export async function requireHeldNode(
  db: Database,
  principal: Principal,
  name: string,
): Promise<NodeTable & { project: string; allocation: string }> {
  const row = await requireNode(db, principal, name);
  if (row.project === null || row.allocation === null) throw nodeFree(name);
  const wipes = row.wiping === 1 && principal.role === 'service';
  if (row.state === 'releasing' && !wipes) {
    throw conflict(
      'node_releasing',
      `Node "${name}" is being released.`,
      'Wait until it is free, then allocate it again.',
    );
  }
  return { ...row, project: row.project, allocation: row.allocation };
}

export async function requireNic(db: Database, node: string, nic: string): Promise<NicTable> {
  const row = await findRow(db, 'nics', { node, name: nic });
  if (!row) throw notFound('NIC', `${node}/${nic}`, `See the NICs with \`bullion node show ${node}\`.`);
  return row;
}
