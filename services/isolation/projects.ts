/** Projects: the tenants. A project holds nodes and networks; its members and its tokens act for it. */
import {
  conflict,
  existsAlready,
  mayUse,
  notFound,
  type Page,
  type Principal,
  projectsSeen,
} from '@bullion/service';
import {
  type Change,
  type Database,
  deleteRows,
  findRow,
  findRows,
  insertNew,
  now,
  type Trx,
  updateRows,
} from './context.ts';

/** How many a project may hold; null is as many as there are. */
export type Quota = { nodes: number | null; networks: number | null };
type Held = { nodes: number; networks: number };
/** `createdAt` says, with the name, which project it is: another may have the name later. */
export type ProjectView = { name: string; createdAt: string; quota: Quota; used: Held };

export async function createProject({ trx, tell }: Change, name: string): Promise<{ name: string }> {
  const row = { name, created_at: now(), max_nodes: null, max_networks: null };
  if (!(await insertNew(trx, 'projects', row))) throw existsAlready('project', name);
  await endAccess(trx, name);
  await tell('project.created', `project/${name}`, name);
  return { name };
}

/** Access to networks that was given to an earlier project of the name, or for one to come, is not this one's. */
async function endAccess(trx: Trx, project: string): Promise<void> {
  await trx.updateTable('network_access').set({ given: 0 }).where('project', '=', project).execute();
}

/** The projects that the caller may know of, by name. */
export async function listProjects(
  db: Database,
  principal: Principal,
  { after, limit }: Page,
): Promise<{ name: string }[]> {
  let query = db.selectFrom('projects').select('name').where('name', '>', after);
  const seen = projectsSeen(principal);
  if (seen) query = query.where('name', 'in', seen);
  return await query.orderBy('name').limit(limit).execute();
}

/** Throws `project_not_found` where there is none, and where the caller may not know that there is one. */
export async function requireProject(db: Database, principal: Principal, name: string) {
  const row = await findRow(db, 'projects', { name });
  if (!row || !mayUse(principal, name)) throw notFound('project', name);
  return row;
}

export async function getProject(db: Database, principal: Principal, name: string): Promise<ProjectView> {
  const { max_nodes, max_networks, created_at } = await requireProject(db, principal, name);
  const [nodes, networks] = [await countHeld(db, 'nodes', name), await countHeld(db, 'networks', name)];
  const quota = { nodes: max_nodes, networks: max_networks };
  return { name, createdAt: created_at, quota, used: { nodes, networks } };
}

async function countHeld(db: Database, of: 'nodes' | 'networks', project: string): Promise<number> {
  const count = db.selectFrom(of).select(({ fn }) => fn.countAll<number>().as('held'));
  return Number((await count.where('project', '=', project).executeTakeFirstOrThrow()).held);
}

/** What a project holds above a quota that was lowered it keeps; it is given no more. */
export async function setQuota(
  { trx, principal, tell }: Change,
  name: string,
  { nodes, networks }: Quota,
): Promise<ProjectView> {
  await requireProject(trx, principal, name);
  await updateRows(trx, 'projects', { name }, { max_nodes: nodes, max_networks: networks });
  const data = { nodes, networks };
  await tell('project.quota_changed', `project/${name}`, name, data);
  return await getProject(trx, principal, name);
}

/** Throws `quota_exceeded` unless the project may hold one more. */
export async function requireQuota(
  trx: Trx,
  principal: Principal,
  project: string,
  of: 'nodes' | 'networks',
): Promise<void> {
  const { quota, used } = await getProject(trx, principal, project);
  const most = quota[of];
  if (most === null || used[of] < most) return;
  throw conflict(
    'quota_exceeded',
    `The project "${project}" holds ${used[of]} ${of} and may hold ${most}.`,
    `Give some back that are not used, or ask the operator for a larger quota: \`bullion project quota\`.`,
    { project, of, quota: most, used: used[of] },
  );
}

/** Deletes a project that holds nothing any more; its tokens end with it. */
export async function deleteProject({ trx, principal, tell }: Change, name: string): Promise<void> {
  await requireProject(trx, principal, name);
  const nodes = await findRows(trx, 'nodes', { project: name });
  const owned = await findRows(trx, 'nodes', { owner: name });
  const networks = await findRows(trx, 'networks', { project: name });
  const leases = [
    ...(await findRows(trx, 'leases', { project: name })),
    ...(await findRows(trx, 'leases', { owner: name })),
  ];
  const held = [
    ...new Set([...nodes, ...owned].map((node) => `node ${node.name}`)),
    ...networks.map((network) => `network ${network.name}`),
    ...leases.filter(({ state }) => state !== 'ended').map(({ id }) => `lease ${id}`),
  ];
  if (held.length > 0) {
    throw conflict(
      'project_in_use',
      `The project "${name}" still holds ${held.join(', ')}.`,
      'Release its nodes, delete its networks, end its leases and give its own nodes to another owner first.',
    );
  }
  for (const { id } of leases) await deleteRows(trx, 'leases', { id });
  await deleteRows(trx, 'tokens', { project: name });
  // A later project of the same name is another tenant: what this one did is the operator's from now on.
  await updateRows(trx, 'events', { project: name }, { project: null });
  await updateRows(trx, 'operations', { project: name }, { project: null });
  await endAccess(trx, name);
  await deleteRows(trx, 'members', { project: name });
  await deleteRows(trx, 'projects', { name });
  await tell('project.deleted', `project/${name}`, null);
}
