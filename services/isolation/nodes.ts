/** Nodes and their NICs: registered by the operator, held by one project at a time. */
import { BullionError, isOperator, mayUse, notFound, type Principal, uuidv7 } from '@bullion/service';
import { type Context, type Database, now, type Trx } from './context.ts';
import { driverOf } from './drivers/index.ts';
import { requireProject } from './projects.ts';
import type { AttachmentState, NicTable, NodeState, NodeTable } from './store/schema.ts';
import { checkSettings, requirePort } from './switches.ts';

export type NicRequest = {
  name: string;
  mac: string;
  switch?: string | undefined;
  port?: string | undefined;
};
export type NodeRequest = {
  name: string;
  firmware: 'bios' | 'uefi';
  bmc: { driver: string; settings: Record<string, unknown> };
  nics: NicRequest[];
};

export type AttachmentView = { network: string; mode: 'native' | 'tagged'; state: AttachmentState };
export type NicView = {
  name: string;
  mac: string;
  /** Where the cable goes; shown to operators only. */
  switch?: string | undefined;
  port?: string | undefined;
  networks: AttachmentView[];
};
export type NodeView = {
  name: string;
  project: string | null;
  state: NodeState;
  firmware: 'bios' | 'uefi';
  nics: NicView[];
};

export const bmcSecret = (node: string) => `node/${node}/bmc`;

/** Registers a node with its BMC and NICs, all or nothing. */
export async function addNode(
  context: Context,
  principal: Principal,
  request: NodeRequest,
): Promise<NodeView> {
  const driver = driverOf(context.bmcDrivers, 'BMC', request.bmc.driver);
  const settings = checkSettings(
    driver.settingsSchema,
    `the BMC of node "${request.name}"`,
    request.bmc.settings,
  );
  await context.db.transaction().execute(async (trx) => {
    const made = await trx
      .insertInto('nodes')
      .values({
        name: request.name,
        project: null,
        state: 'free',
        allocation: null,
        firmware: request.firmware,
        bmc_driver: request.bmc.driver,
        bmc_settings: context.secrets.seal(settings, bmcSecret(request.name)),
        created_at: now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!made.numInsertedOrUpdatedRows) {
      throw new BullionError('conflict', 'node_exists', `There is a node "${request.name}" already.`, {
        hint: 'Choose another name.',
      });
    }
    for (const nic of request.nics) await insertNic(trx, request.name, nic);
    await context.events.append(trx, { kind: 'node.added', subject: `node/${request.name}`, project: null });
  });
  return await getNode(context, principal, request.name);
}

async function insertNic(trx: Trx, node: string, nic: NicRequest): Promise<void> {
  if ((nic.switch === undefined) !== (nic.port === undefined)) {
    throw new BullionError(
      'invalid',
      'nic_half_cabled',
      `NIC ${node}/${nic.name} names a switch or a port, but not both.`,
      {
        hint: 'Give both, or neither for a NIC that is not cabled.',
      },
    );
  }
  if (nic.switch !== undefined && nic.port !== undefined) {
    await requirePort(trx, nic.switch, nic.port);
    const other = await trx
      .selectFrom('nics')
      .select(['node', 'name'])
      .where('switch', '=', nic.switch)
      .where('port', '=', nic.port)
      .executeTakeFirst();
    if (other) {
      throw new BullionError(
        'conflict',
        'port_in_use',
        `Port "${nic.port}" of ${nic.switch} is cabled to ${other.node}/${other.name} already.`,
        {
          hint: `Give ${node}/${nic.name} the port that its cable really goes to, or delete the other NIC first.`,
          details: { switch: nic.switch, port: nic.port, node: other.node, nic: other.name },
        },
      );
    }
  }
  const twin = await trx
    .selectFrom('nics')
    .select(['node', 'name'])
    .where('mac', '=', nic.mac)
    .executeTakeFirst();
  if (twin) {
    throw new BullionError(
      'conflict',
      'mac_in_use',
      `The MAC address ${nic.mac} belongs to ${twin.node}/${twin.name} already.`,
    );
  }
  const made = await trx
    .insertInto('nics')
    .values({ node, name: nic.name, mac: nic.mac, switch: nic.switch ?? null, port: nic.port ?? null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!made.numInsertedOrUpdatedRows) {
    throw new BullionError('conflict', 'nic_exists', `Node "${node}" has a NIC "${nic.name}" already.`);
  }
}

export async function addNic(context: Context, node: string, nic: NicRequest): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await requireFreeNode(trx, node, 'get another NIC');
    await insertNic(trx, node, nic);
    await context.events.append(trx, {
      kind: 'nic.added',
      subject: `node/${node}`,
      project: null,
      data: { nic: nic.name },
    });
  });
}

export async function deleteNic(context: Context, node: string, nic: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await requireFreeNode(trx, node, 'lose a NIC');
    await requireNic(trx, node, nic);
    await trx.deleteFrom('nics').where('node', '=', node).where('name', '=', nic).execute();
    await context.events.append(trx, {
      kind: 'nic.deleted',
      subject: `node/${node}`,
      project: null,
      data: { nic },
    });
  });
}

export async function deleteNode(context: Context, name: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await requireFreeNode(trx, name, 'be deleted');
    await trx.deleteFrom('nics').where('node', '=', name).execute();
    await trx.deleteFrom('nodes').where('name', '=', name).execute();
    await context.events.append(trx, { kind: 'node.deleted', subject: `node/${name}`, project: null });
  });
}

async function requireFreeNode(trx: Trx, name: string, doing: string): Promise<void> {
  const row = await trx
    .selectFrom('nodes')
    .select(['state', 'project'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (!row) throw notFound('node', name);
  if (row.state !== 'free') {
    throw new BullionError(
      'conflict',
      'node_allocated',
      `Node "${name}" cannot ${doing} while project "${row.project}" holds it.`,
      {
        hint: `Release it first: \`bullion release ${name}\`.`,
      },
    );
  }
}

/**
 * The node, where the caller may use it: the operator, and whoever acts for the project that holds it. For everybody
 * else it does not exist, in the same words as a node that does not.
 */
export async function requireNode(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NodeTable> {
  const row = await db.selectFrom('nodes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !mayUse(principal, row.project)) throw notFound('node', name);
  return row;
}

/** As `requireNode`, and the node is held by a project and not on its way out. */
export async function requireHeldNode(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NodeTable & { project: string }> {
  const row = await db.selectFrom('nodes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !(mayUse(principal, row.project) || row.state === 'free')) throw notFound('node', name);
  if (row.project === null) {
    throw new BullionError('conflict', 'node_free', `Node "${name}" is held by no project.`, {
      hint: `Allocate it first: \`bullion node allocate ${name} --project PROJECT\`.`,
    });
  }
  if (row.state === 'releasing') {
    throw new BullionError('conflict', 'node_releasing', `Node "${name}" is being released.`, {
      hint: 'Wait until it is free, then allocate it again.',
    });
  }
  return { ...row, project: row.project };
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

/** Free nodes are shown to everybody, held ones to those who may use them. */
export async function listNodes(
  { db }: Context,
  principal: Principal,
  filter: { free?: boolean } = {},
): Promise<NodeView[]> {
  let query = db.selectFrom('nodes').selectAll();
  if (filter.free) query = query.where('state', '=', 'free');
  else if (principal.role === 'member') {
    query = query.where((eb) => eb.or([eb('state', '=', 'free'), eb('project', '=', principal.project)]));
  }
  const nodes = await query.orderBy('name').execute();
  if (nodes.length === 0) return [];
  const nics = await nicViews(
    db,
    principal,
    nodes.map((node) => node.name),
  );
  return nodes.map((node) => nodeView(node, nics.get(node.name) ?? []));
}

export async function getNode({ db }: Context, principal: Principal, name: string): Promise<NodeView> {
  const row = await db.selectFrom('nodes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !(mayUse(principal, row.project) || row.state === 'free')) throw notFound('node', name);
  return nodeView(row, (await nicViews(db, principal, [name])).get(name) ?? []);
}

function nodeView({ name, project, state, firmware }: NodeTable, nics: NicView[]): NodeView {
  return { name, project, state, firmware, nics };
}

async function nicViews(
  db: Database,
  principal: Principal,
  nodes: string[],
): Promise<Map<string, NicView[]>> {
  const nics = await db.selectFrom('nics').selectAll().where('node', 'in', nodes).orderBy('name').execute();
  const attachments = await db
    .selectFrom('attachments')
    .selectAll()
    .where('node', 'in', nodes)
    .orderBy('network')
    .execute();
  const views = new Map<string, NicView[]>();
  for (const nic of nics) {
    const networks = attachments
      .filter((attachment) => attachment.node === nic.node && attachment.nic === nic.name)
      .map(({ network, mode, state }) => ({ network, mode, state }));
    const cable = isOperator(principal) && nic.switch !== null ? { switch: nic.switch, port: nic.port! } : {};
    views.set(nic.node, [
      ...(views.get(nic.node) ?? []),
      { name: nic.name, mac: nic.mac, ...cable, networks },
    ]);
  }
  return views;
}

/** Gives a free node to a project: one conditional update, so that of two who ask at once one gets it. */
export async function allocateNode(
  context: Context,
  principal: Principal,
  name: string,
  project: string,
): Promise<NodeView> {
  await context.db.transaction().execute(async (trx) => {
    await requireProject(trx, principal, project);
    const taken = await trx
      .updateTable('nodes')
      .set({ project, state: 'allocated', allocation: uuidv7() })
      .where('name', '=', name)
      .where('state', '=', 'free')
      .executeTakeFirst();
    if (taken.numUpdatedRows === 0n) {
      const row = await trx.selectFrom('nodes').select('project').where('name', '=', name).executeTakeFirst();
      if (!row) throw notFound('node', name);
      const holder = mayUse(principal, row.project) ? `project "${row.project}"` : 'another project';
      throw new BullionError(
        'conflict',
        'node_allocated',
        `Node "${name}" is allocated to ${holder} already.`,
        {
          hint: 'Take another one: `bullion node list --free`.',
        },
      );
    }
    await context.events.append(trx, { kind: 'node.allocated', subject: `node/${name}`, project });
  });
  return await getNode(context, principal, name);
}
