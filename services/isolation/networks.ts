/** Networks: each is one VLAN. It has an owner, and projects that may attach their nodes to it. */
import {
  conflict,
  forbidden,
  isOperator,
  mayUse,
  notFound,
  type Page,
  type Principal,
  projectsSeen,
  seesAll,
  unavailable,
} from '@bullion/service';
import type { NetworkRequest, NetworkView } from './api/networks.ts';
import { type Change, type Context, type Database, now, type Trx } from './context.ts';
import { requireProject, requireQuota } from './projects.ts';
import type { NetworkAccessTable, NetworkTable } from './store/schema.ts';

export async function createNetwork(
  context: Context,
  { trx, principal }: Change,
  request: NetworkRequest,
): Promise<NetworkView> {
  if (!isOperator(principal) && (request.project === null || request.vlan !== undefined || request.public)) {
    throw forbidden(
      'operator_only',
      'Only an operator may choose a VLAN, or make a public network or one without an owner.',
      'Name your project as the owner and leave the VLAN to the service.',
    );
  }
  if (request.project !== null) {
    await requireProject(trx, principal, request.project);
    await requireQuota(trx, principal, request.project, 'networks');
  }
  const taken = await trx.selectFrom('networks').select(['name', 'vlan']).execute();
  if (taken.some((network) => network.name === request.name)) {
    throw conflict('network_exists', `There is a network "${request.name}" already.`, 'Choose another name.');
  }
  const vlans = new Set(taken.map((network) => network.vlan));
  if (request.vlan !== undefined && vlans.has(request.vlan)) {
    const other = taken.find((network) => network.vlan === request.vlan)!;
    throw conflict(
      'vlan_in_use',
      `VLAN ${request.vlan} is the network "${other.name}" already.`,
      'Choose another VLAN, or none to be given a free one.',
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
  await context.events.append(trx, {
    kind: 'network.created',
    subject: `network/${request.name}`,
    project: request.project,
  });
  return await getNetwork(trx, principal, request.name);
}

function freeVlan({ vlanPool }: Context, taken: ReadonlySet<number>): number {
  for (let vlan = vlanPool.first; vlan <= vlanPool.last; vlan++) if (!taken.has(vlan)) return vlan;
  throw unavailable(
    'vlans_exhausted',
    `All VLANs of the pool ${vlanPool.first}-${vlanPool.last} are taken.`,
    'Delete networks that are not used, or ask the operator for a larger pool.',
  );
}

/** May the caller see the network, and so attach to it: its owner, a project with access, everybody if it is public. */
export async function maySee(
  db: Database | Trx,
  principal: Principal,
  network: NetworkTable,
): Promise<boolean> {
  if (network.public === 1 || mayUse(principal, network.project)) return true;
  return (await accessOf(db, [network.name])).some(({ project }) => mayUse(principal, project));
}

async function accessOf(db: Database | Trx, networks: readonly string[]): Promise<NetworkAccessTable[]> {
  if (networks.length === 0) return [];
  return await db
    .selectFrom('network_access')
    .selectAll()
    .where('network', 'in', networks)
    .orderBy('project')
    .execute();
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
export async function requireOwnNetwork(trx: Trx, principal: Principal, name: string): Promise<NetworkTable> {
  const row = await requireNetwork(trx, principal, name);
  if (mayUse(principal, row.project)) return row;
  throw forbidden('network_not_yours', `The network "${name}" belongs to somebody else.`, 'Ask its owner.');
}

/** What the caller may know of a network: of its access list a guest sees itself alone. */
function view(principal: Principal, row: NetworkTable, access: readonly NetworkAccessTable[]): NetworkView {
  return {
    name: row.name,
    project: row.project,
    ...(seesAll(principal) ? { vlan: row.vlan } : {}),
    isolated: row.isolated === 1,
    public: row.public === 1,
    access: access
      .map(({ project }) => project)
      .filter((project) => mayUse(principal, row.project) || mayUse(principal, project)),
  };
}

export async function getNetwork(
  db: Database | Trx,
  principal: Principal,
  name: string,
): Promise<NetworkView> {
  const row = await requireNetwork(db, principal, name);
  return view(principal, row, await accessOf(db, [name]));
}

export async function listNetworks(
  db: Database,
  principal: Principal,
  { after, limit }: Page,
): Promise<NetworkView[]> {
  let query = db.selectFrom('networks').selectAll().where('name', '>', after);
  const seen = projectsSeen(principal);
  if (seen) {
    const granted = db.selectFrom('network_access').select('network').where('project', 'in', seen);
    query = query.where((eb) =>
      eb.or([eb('public', '=', 1), eb('project', 'in', seen), eb('name', 'in', granted)]),
    );
  }
  const rows = await query.orderBy('name').limit(limit).execute();
  const names = rows.map(({ name }) => name);
  const access = Map.groupBy(await accessOf(db, names), ({ network }) => network);
  return rows.map((row) => view(principal, row, access.get(row.name) ?? []));
}

/** Throws `network_in_use` where NICs are on it, of `project` or of anybody. A NIC that is coming off is on it still. */
export async function requireUnused(
  trx: Trx,
  principal: Principal,
  name: string,
  project?: string,
): Promise<void> {
  let query = trx
    .selectFrom('attachments')
    .innerJoin('nodes', 'nodes.name', 'attachments.node')
    .select(['attachments.node', 'attachments.nic', 'nodes.project'])
    .where('attachments.network', '=', name);
  if (project !== undefined) query = query.where('nodes.project', '=', project);
  const users = await query.orderBy('attachments.node').execute();
  if (users.length === 0) return;
  const known = users.filter((user) => mayUse(principal, user.project));
  const others = users.length - known.length;
  const list = [
    ...known.map(({ node, nic }) => `${node}/${nic}`),
    ...(others > 0 ? [`${others} ${others === 1 ? 'NIC' : 'NICs'} of other projects`] : []),
  ];
  throw conflict(
    'network_in_use',
    `The network "${name}" is in use by ${list.join(', ')}.`,
    'Detach them first: `bullion network detach NETWORK NODE NIC`.',
  );
}

export async function deleteNetwork({ trx, principal, tell }: Change, name: string): Promise<void> {
  const network = await requireOwnNetwork(trx, principal, name);
  await requireUnused(trx, principal, name);
  await trx.deleteFrom('network_access').where('network', '=', name).execute();
  await trx.deleteFrom('networks').where('name', '=', name).execute();
  await tell('network.deleted', `network/${name}`, network.project);
}
