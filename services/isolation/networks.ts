/** Networks: each is one VLAN. It has an owner, and projects that may attach their nodes to it. */
import { BullionError, isOperator, mayUse, notFound, type Principal } from '@bullion/service';
import { type Context, type Database, now, type Trx } from './context.ts';
import { requireProject } from './projects.ts';
import type { NetworkTable } from './store/schema.ts';

export type NetworkRequest = {
  name: string;
  /** The owner; null is the operator. */
  project: string | null;
  /** A given VLAN, for operators; else a free one is taken from the pool. */
  vlan?: number | undefined;
  isolated: boolean;
  public: boolean;
};
export type NetworkView = {
  name: string;
  project: string | null;
  /** Shown to operators only. */
  vlan?: number | undefined;
  isolated: boolean;
  public: boolean;
  access: string[];
};

export async function createNetwork(
  context: Context,
  principal: Principal,
  request: NetworkRequest,
): Promise<NetworkView> {
  const { db, events } = context;
  if (!isOperator(principal) && (request.project === null || request.vlan !== undefined || request.public)) {
    throw new BullionError(
      'forbidden',
      'operator_only',
      'Only an operator may choose a VLAN, or make a public network or one without an owner.',
      {
        hint: 'Name your project as the owner and leave the VLAN to the service.',
      },
    );
  }
  await db.transaction().execute(async (trx) => {
    if (request.project !== null) await requireProject(trx, principal, request.project);
    const taken = await trx.selectFrom('networks').select(['name', 'vlan']).execute();
    if (taken.some((network) => network.name === request.name)) {
      throw new BullionError('conflict', 'network_exists', `There is a network "${request.name}" already.`, {
        hint: 'Choose another name.',
      });
    }
    const vlans = new Set(taken.map((network) => network.vlan));
    if (request.vlan !== undefined && vlans.has(request.vlan)) {
      const other = taken.find((network) => network.vlan === request.vlan)!;
      throw new BullionError(
        'conflict',
        'vlan_in_use',
        `VLAN ${request.vlan} is the network "${other.name}" already.`,
      );
    }
    const vlan = request.vlan ?? freeVlan(context, vlans);
    await trx
      .insertInto('networks')
      .values({
        name: request.name,
        project: request.project,
        vlan,
        isolated: request.isolated ? 1 : 0,
        public: request.public ? 1 : 0,
        created_at: now(),
      })
      .execute();
    await events.append(trx, {
      kind: 'network.created',
      subject: `network/${request.name}`,
      project: request.project,
    });
  });
  return await getNetwork(context, principal, request.name);
}

function freeVlan({ vlanPool }: Context, taken: ReadonlySet<number>): number {
  for (let vlan = vlanPool.first; vlan <= vlanPool.last; vlan++) if (!taken.has(vlan)) return vlan;
  throw new BullionError(
    'unavailable',
    'vlans_exhausted',
    `All VLANs of the pool ${vlanPool.first}-${vlanPool.last} are taken.`,
    {
      hint: 'Delete networks that are not used, or ask the operator for a larger pool.',
    },
  );
}

/** May the caller see the network: its owner, a project with access, everybody where it is public. */
async function maySee(db: Database | Trx, principal: Principal, network: NetworkTable): Promise<boolean> {
  if (network.public === 1 || mayUse(principal, network.project)) return true;
  const access = await db
    .selectFrom('network_access')
    .select('project')
    .where('network', '=', network.name)
    .where('project', '=', principal.project)
    .executeTakeFirst();
  return access !== undefined;
}

/** The network, where the caller may see it; else `network_not_found`, whether or not there is one. */
export async function requireNetwork(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NetworkTable> {
  const row = await db.selectFrom('networks').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row || !(await maySee(db, principal, row))) throw notFound('network', name);
  return row;
}

/** As `requireNetwork`, for changing the network itself: its owner and the operator. */
async function requireOwnNetwork(trx: Trx, principal: Principal, name: string): Promise<NetworkTable> {
  const row = await requireNetwork(trx, principal, name);
  if (mayUse(principal, row.project)) return row;
  throw new BullionError(
    'forbidden',
    'network_not_yours',
    `The network "${name}" belongs to somebody else.`,
    {
      hint: 'Ask its owner.',
    },
  );
}

async function view(db: Database, principal: Principal, row: NetworkTable): Promise<NetworkView> {
  const access = await db
    .selectFrom('network_access')
    .select('project')
    .where('network', '=', row.name)
    .orderBy('project')
    .execute();
  return {
    name: row.name,
    project: row.project,
    ...(isOperator(principal) ? { vlan: row.vlan } : {}),
    isolated: row.isolated === 1,
    public: row.public === 1,
    access: access
      .map(({ project }) => project)
      .filter((project) => mayUse(principal, row.project) || mayUse(principal, project)),
  };
}

export async function getNetwork({ db }: Context, principal: Principal, name: string): Promise<NetworkView> {
  return await view(db, principal, await requireNetwork(db, principal, name));
}

export async function listNetworks({ db }: Context, principal: Principal): Promise<NetworkView[]> {
  const rows = await db.selectFrom('networks').selectAll().orderBy('name').execute();
  const views: NetworkView[] = [];
  for (const row of rows) if (await maySee(db, principal, row)) views.push(await view(db, principal, row));
  return views;
}

/** Lets another project attach its nodes. */
export async function grantAccess(
  { db, events }: Context,
  principal: Principal,
  name: string,
  project: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await requireOwnNetwork(trx, principal, name);
    // The owner may name any project: whether it exists is told, as the two must know of each other to share.
    const known = await trx
      .selectFrom('projects')
      .select('name')
      .where('name', '=', project)
      .executeTakeFirst();
    if (!known) throw notFound('project', project);
    await trx
      .insertInto('network_access')
      .values({ network: name, project })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await events.append(trx, {
      kind: 'network.access_granted',
      subject: `network/${name}`,
      project,
      data: { project },
    });
  });
}

export async function revokeAccess(
  { db, events }: Context,
  principal: Principal,
  name: string,
  project: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const network = await requireNetwork(trx, principal, name);
    if (!mayUse(principal, network.project) && !mayUse(principal, project))
      await requireOwnNetwork(trx, principal, name);
    const inUse = await trx
      .selectFrom('attachments')
      .innerJoin('nodes', 'nodes.name', 'attachments.node')
      .select('nodes.name')
      .where('attachments.network', '=', name)
      .where('nodes.project', '=', project)
      .execute();
    if (inUse.length > 0) {
      throw new BullionError(
        'conflict',
        'network_in_use',
        `Project "${project}" still has nodes on "${name}": ${inUse.map((node) => node.name).join(', ')}.`,
        {
          hint: 'Detach them first.',
        },
      );
    }
    await trx
      .deleteFrom('network_access')
      .where('network', '=', name)
      .where('project', '=', project)
      .execute();
    await events.append(trx, {
      kind: 'network.access_revoked',
      subject: `network/${name}`,
      project,
      data: { project },
    });
  });
}

export async function deleteNetwork(
  { db, events }: Context,
  principal: Principal,
  name: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const network = await requireOwnNetwork(trx, principal, name);
    const attached = await trx
      .selectFrom('attachments')
      .select(['node', 'nic'])
      .where('network', '=', name)
      .execute();
    if (attached.length > 0) {
      throw new BullionError(
        'conflict',
        'network_in_use',
        `The network "${name}" is in use by ${attached.map(({ node, nic }) => `${node}/${nic}`).join(', ')}.`,
        {
          hint: 'Detach them first: `bullion network detach NETWORK NODE NIC`.',
        },
      );
    }
    await trx.deleteFrom('network_access').where('network', '=', name).execute();
    await trx.deleteFrom('networks').where('name', '=', name).execute();
    await events.append(trx, {
      kind: 'network.deleted',
      subject: `network/${name}`,
      project: network.project,
    });
  });
}
