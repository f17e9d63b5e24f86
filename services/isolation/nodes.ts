/** Nodes and their NICs: registered by the operator, held by one project at a time. */
import { conflict, invalid, mayUse, notFound, type Principal } from '@bullion/service';
import type { NicRequest, NodeRequest } from './api/nodes.ts';
import { type Change, type Context, type Database, insertNew, now, type Trx } from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { NicTable, NodeTable } from './store/schema.ts';
import { checkSettings, requireFreePort } from './switches.ts';

export const bmcSecret = (node: string) => `node/${node}/bmc`;

/** Registers a node with its BMC and NICs, all or nothing. */
export async function addNode(context: Context, { trx }: Change, request: NodeRequest): Promise<void> {
  const driver = driverOf(context.bmcDrivers, 'BMC', request.bmc.driver);
  const settings = checkSettings(
    driver.settingsSchema,
    `the BMC of node "${request.name}"`,
    request.bmc.settings,
  );
  const isNew = await insertNew(trx, 'nodes', {
    name: request.name,
    project: null,
    state: 'free',
    allocation: null,
    firmware: request.firmware,
    bmc_driver: request.bmc.driver,
    bmc_settings: context.secrets.seal(settings, bmcSecret(request.name)),
    created_at: now(),
  });
  if (!isNew) {
    throw conflict('node_exists', `There is a node "${request.name}" already.`, 'Choose another name.');
  }
  for (const nic of request.nics) await insertNic(trx, request.name, nic);
  await context.events.append(trx, { kind: 'node.added', subject: `node/${request.name}`, project: null });
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
  const twin = await trx
    .selectFrom('nics')
    .select(['node', 'name'])
    .where('mac', '=', nic.mac)
    .executeTakeFirst();
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
  if (!isNew) {
    throw conflict('nic_exists', `Node "${node}" has a NIC "${nic.name}" already.`, 'Choose another name.');
  }
}

export async function addNic({ trx, tell }: Change, node: string, nic: NicRequest): Promise<void> {
  await requireFreeNode(trx, node, 'get another NIC');
  await insertNic(trx, node, nic);
  await tell('nic.added', `node/${node}`, null, { nic: nic.name });
}

export async function deleteNic({ trx, tell }: Change, node: string, nic: string): Promise<void> {
  await requireFreeNode(trx, node, 'lose a NIC');
  await requireNic(trx, node, nic);
  await trx.deleteFrom('nics').where('node', '=', node).where('name', '=', nic).execute();
  await tell('nic.deleted', `node/${node}`, null, { nic });
}

export async function deleteNode({ trx, tell }: Change, name: string): Promise<void> {
  await requireFreeNode(trx, name, 'be deleted');
  await trx.deleteFrom('nics').where('node', '=', name).execute();
  await trx.deleteFrom('nodes').where('name', '=', name).execute();
  await tell('node.deleted', `node/${name}`, null);
}

export async function requireFreeNode(trx: Trx, name: string, doing: string): Promise<void> {
  const row = await trx
    .selectFrom('nodes')
    .select(['state', 'project'])
    .where('name', '=', name)
    .executeTakeFirst();
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
 * The node, where the caller may see it: free ones are there for everybody, held ones for the operator and whoever acts
 * for the project that holds them. For everybody else there is none, in the same words as where there is none.
 */
export async function requireVisibleNode(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NodeTable> {
  const row = await db.selectFrom('nodes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !(row.state === 'free' || mayUse(principal, row.project))) throw notFound('node', name);
  return row;
}

const nodeFree = (name: string) =>
  conflict(
    'node_free',
    `Node "${name}" is held by no project.`,
    `Allocate it first: \`bullion node allocate ${name} --project PROJECT\`.`,
  );

/** The node, where the caller may use it; of a free node that is the operator alone. */
export async function requireNode(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NodeTable> {
  const row = await requireVisibleNode(db, principal, name);
  if (!mayUse(principal, row.project)) throw nodeFree(name);
  return row;
}

/** As `requireNode`, and the node is held by a project and not on its way out. */
export async function requireHeldNode(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NodeTable & { project: string; allocation: string }> {
  const row = await requireVisibleNode(db, principal, name);
  if (row.project === null || row.allocation === null) throw nodeFree(name);
  if (row.state === 'releasing') {
    throw conflict(
      'node_releasing',
      `Node "${name}" is being released.`,
      'Wait until it is free, then allocate it again.',
    );
  }
  return { ...row, project: row.project, allocation: row.allocation };
}

export async function requireNic(db: Database | Trx, node: string, nic: string): Promise<NicTable> {
  const row = await db
    .selectFrom('nics')
    .selectAll()
    .where('node', '=', node)
    .where('name', '=', nic)
    .executeTakeFirst();
  if (!row) throw notFound('NIC', `${node}/${nic}`, `See the NICs with \`bullion node show ${node}\`.`);
  return row;
}
