/**
 * Networks: each is one VLAN. It has an owner, and projects that may attach their nodes to it. Its full name begins with
 * its owner's, `PROJECT/NAME`, and is `NAME` for the operator's: whether a name is free tells of nobody else's networks.
 */
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
  { trx, principal, tell }: Change,
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
  const name = request.project === null ? request.name : `${request.project}/${request.name}`;
  const taken = await trx.selectFrom('networks').select(['name', 'vlan']).execute();
  if (taken.some((network) => network.name === name)) {
    throw conflict('network_exists', `There is a network "${name}" already.`, 'Choose another name.');
  }
  const other = taken.find((network) => network.vlan === request.vlan);
  if (other) {
    throw conflict(
      'vlan_in_use',
      `VLAN ${request.vlan} is the network "${other.name}" already.`,
      'Choose another VLAN, or none to be given a free one.',
    );
  }
  const vlan = request.vlan ?? freeVlan(context, new Set(taken.map((network) => network.vlan)));
  await trx
    .insertInto('networks')
    .values({
      name,
      short: request.name,
      project: request.project,
      vlan,
      isolated: request.isolated ? 1 : 0,
      public: request.public ? 1 : 0,
      created_at: now(),
    })
    .execute();
  await tell('network.created', `network/${name}`, request.project);
  return await getNetwork(trx, principal, `/${name}`);
}

function freeVlan({ vlanPool }: Context, taken: ReadonlySet<number>): number {
  for (let vlan = vlanPool.first; vlan <= vlanPool.last; vlan++) if (!taken.has(vlan)) return vlan;
  throw unavailable(
    'vlans_exhausted',
    'All VLANs that networks are made of are taken.',
    'Delete networks that are not used, or ask the operator for a larger pool.',
  );
}

/** The networks that the caller may see, and so attach to: its own, public ones, those it was given access to. */
function seenBy(db: Database | Trx, principal: Principal) {
  const query = db.selectFrom('networks').selectAll();
  const projects = projectsSeen(principal);
  if (!projects) return query;
  const granted = db
    .selectFrom('network_access')
    .select('network')
    .where('project', 'in', projects)
    .where('given', '=', 1);
  return query.where((eb) =>
    eb.or([eb('public', '=', 1), eb('project', 'in', projects), eb('name', 'in', granted)]),
  );
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

/**
 * What the caller means by a full or a short name, among what it may see; undefined where there is none. A slash at the
 * beginning makes a full name of any. A short one is a member's own before the operator's, and for all others the
 * operator's before a project's, or a tenant's network could be taken for it; `holder` is the project whose node it is for.
 */
export async function findNetwork(
  db: Database | Trx,
  principal: Principal,
  name: string,
  holder?: string,
): Promise<NetworkTable | undefined> {
  const seen = seenBy(db, principal);
  if (name.includes('/')) return await seen.where('name', '=', name.replace(/^\//, '')).executeTakeFirst();
  const rows = await seen.where('short', '=', name).orderBy('name').execute();
  const ofHolder = ({ project }: NetworkTable) => project === holder;
  const ofOperator = ({ project }: NetworkTable) => project === null;
  const own = ({ project }: NetworkTable) => mayUse(principal, project);
  const first = principal.role === 'member' ? [ofHolder, own, ofOperator] : [ofOperator, ofHolder];
  for (const nearest of [...first, () => true]) {
    const [meant, ...more] = rows.filter(nearest);
    if (meant && more.length > 0) throw ambiguous(name, [meant, ...more]);
    if (meant) return meant;
  }
  return undefined;
}

function ambiguous(name: string, meant: readonly NetworkTable[]) {
  const networks = meant.map((row) => row.name);
  return conflict(
    'network_ambiguous',
    `There are several networks "${name}": ${networks.join(', ')}.`,
    'Say which by its full name; in a URL its slash is written %2F.',
    { networks },
  );
}

/** As `findNetwork`; throws `network_not_found` where the caller may see none, whether or not there is one. */
export async function requireNetwork(
  db: Database | Trx,
  principal: Principal,
  name: string,
  holder?: string,
): Promise<NetworkTable> {
  const row = await findNetwork(db, principal, name, holder);
  if (!row) throw notFound('network', name);
  return row;
}

/** As `requireNetwork`, for changing the network itself: its owner and the operator. */
export async function requireOwnNetwork(trx: Trx, principal: Principal, name: string): Promise<NetworkTable> {
  const row = await requireNetwork(trx, principal, name);
  if (mayUse(principal, row.project)) return row;
  throw forbidden(
    'network_not_yours',
    `The network "${row.name}" belongs to somebody else.`,
    'Ask its owner.',
  );
}

/** What the caller may know of a network: of its access list a guest sees itself alone. */
function view(principal: Principal, row: NetworkTable, access: readonly NetworkAccessTable[]): NetworkView {
  return {
    name: row.short,
    fullName: row.name,
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
  return view(principal, row, await accessOf(db, [row.name]));
}

export async function listNetworks(
  db: Database,
  principal: Principal,
  { after, limit }: Page,
): Promise<NetworkView[]> {
  const query = seenBy(db, principal).where('name', '>', after);
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

export async function deleteNetwork({ trx, principal, tell }: Change, asked: string): Promise<void> {
  const { name, project } = await requireOwnNetwork(trx, principal, asked);
  await requireUnused(trx, principal, name);
  await trx.deleteFrom('network_access').where('network', '=', name).execute();
  await trx.deleteFrom('networks').where('name', '=', name).execute();
  await tell('network.deleted', `network/${name}`, project);
}
