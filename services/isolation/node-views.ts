/** Nodes as clients see them, with their NICs and where those are attached. */
import { camelCased, mayUse, type Page, type Principal, projectsSeen, seesAll } from '@bullion/service';
import type { NicView, NodeView } from './api/nodes.ts';
import type { Database } from './context.ts';
import { metadataOf } from './metadata.ts';
import { requireVisibleNode } from './nodes.ts';
import { isVerified } from './ports.ts';
import type { NodeTable } from './store/schema.ts';

/** As `isVisible` says, which is asked for one. */
export async function listNodes(
  db: Database,
  principal: Principal,
  { after, limit, free }: Page & { free?: boolean | undefined },
): Promise<NodeView[]> {
  let query = db.selectFrom('nodes').selectAll().where('name', '>', after);
  const seen = projectsSeen(principal);
  if (free) query = query.where('state', '=', 'free');
  if (seen) {
    query = query.where((eb) =>
      eb.or([
        eb.and([eb('state', '=', 'free'), eb('owner', 'is', null)]),
        eb('project', 'in', seen),
        eb('owner', 'in', seen),
      ]),
    );
  }
  const nodes = await query.orderBy('name').limit(limit).execute();
  return await nodeViews(db, principal, nodes);
}

export async function getNode(db: Database, principal: Principal, name: string): Promise<NodeView> {
  const [view] = await nodeViews(db, principal, [await requireVisibleNode(db, principal, name)]);
  return view!;
}

async function nodeViews(
  db: Database,
  principal: Principal,
  nodes: readonly NodeTable[],
): Promise<NodeView[]> {
  if (nodes.length === 0) return [];
  const names = nodes.map(({ name }) => name);
  const leases = await db
    .selectFrom('leases')
    .selectAll()
    .where('node', 'in', names)
    .where('state', '=', 'active')
    .execute();
  const nics = await nicViews(db, principal, names);
  const metadata = await metadataOf(db, names);
  return nodes.map(({ name, project, allocation, state, firmware, owner, maintenance }) => {
    // An owner that has leased it away sees until when, and not what its tenant does with it.
    const holds = mayUse(principal, project);
    const lease = leases.find(({ node }) => node === name);
    const shown = (nics.get(name) ?? []).map((nic) => (holds ? nic : { ...nic, networks: [] }));
    return {
      ...{ name, state, firmware, owner, maintenance, nics: shown, metadata: metadata.get(name)! },
      ...(holds ? { project, allocation } : { project: null, allocation: null }),
      lease: lease && (holds || mayUse(principal, lease.owner)) ? camelCased(lease) : null,
    };
  });
}

async function nicViews(
  db: Database,
  principal: Principal,
  nodes: string[],
): Promise<Map<string, NicView[]>> {
  const nics = await db
    .selectFrom('nics')
    .leftJoin('ports', (join) =>
      join.onRef('ports.switch', '=', 'nics.switch').onRef('ports.name', '=', 'nics.port'),
    )
    .selectAll('nics')
    .select(['ports.version', 'ports.verified_version', 'ports.doubted'])
    .where('nics.node', 'in', nodes)
    .orderBy('nics.name')
    .execute();
  const attachments = await db
    .selectFrom('attachments')
    .selectAll()
    .where('node', 'in', nodes)
    .orderBy('network')
    .execute();
  // A name holds no slash.
  const ofNic = Map.groupBy(attachments, ({ node, nic }) => `${node}/${nic}`);
  const views = nics.map((nic) => {
    const { version, verified_version, doubted } = nic;
    const port =
      version === null ? undefined : { version, verified_version: verified_version!, doubted: doubted! };
    const networks = (ofNic.get(`${nic.node}/${nic.name}`) ?? []).map(
      ({ network, mode, state, port_version }) => ({
        network,
        mode,
        state:
          state === 'attached' && !(port && isVerified(port, port_version)) ? ('attaching' as const) : state,
      }),
    );
    const cable = seesAll(principal) && nic.switch !== null ? { switch: nic.switch, port: nic.port! } : {};
    return { node: nic.node, view: { name: nic.name, mac: nic.mac, ...cable, networks } };
  });
  const ofNode = Map.groupBy(views, ({ node }) => node);
  return new Map([...ofNode].map(([node, own]) => [node, own.map(({ view }) => view)]));
}
