/** Nodes as clients see them, with their NICs and where those are attached. */
import { type Page, type Principal, projectsSeen, seesAll } from '@bullion/service';
import type { NicView, NodeView } from './api/nodes.ts';
import type { Database, Trx } from './context.ts';
import { metadataOf } from './metadata.ts';
import { requireVisibleNode } from './nodes.ts';
import { isVerified } from './ports.ts';
import type { NodeTable } from './store/schema.ts';

/** Free nodes are shown to everybody, held ones to those who may use them. */
export async function listNodes(
  db: Database,
  principal: Principal,
  { after, limit, free }: Page & { free?: boolean | undefined },
): Promise<NodeView[]> {
  let query = db.selectFrom('nodes').selectAll().where('name', '>', after);
  const seen = projectsSeen(principal);
  if (free) query = query.where('state', '=', 'free');
  else if (seen) query = query.where((eb) => eb.or([eb('state', '=', 'free'), eb('project', 'in', seen)]));
  const nodes = await query.orderBy('name').limit(limit).execute();
  return await nodeViews(db, principal, nodes);
}

export async function getNode(db: Database | Trx, principal: Principal, name: string): Promise<NodeView> {
  const [view] = await nodeViews(db, principal, [await requireVisibleNode(db, principal, name)]);
  return view!;
}

async function nodeViews(
  db: Database | Trx,
  principal: Principal,
  nodes: readonly NodeTable[],
): Promise<NodeView[]> {
  const names = nodes.map(({ name }) => name);
  const nics = await nicViews(db, principal, names);
  const metadata = await metadataOf(db, names);
  return nodes.map(({ name, project, state, firmware }) => ({
    ...{ name, project, state, firmware },
    nics: nics.get(name) ?? [],
    metadata: metadata.get(name)!,
  }));
}

async function nicViews(
  db: Database | Trx,
  principal: Principal,
  nodes: string[],
): Promise<Map<string, NicView[]>> {
  if (nodes.length === 0) return new Map();
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
