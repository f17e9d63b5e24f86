/** Projects, and the nodes that come to them and leave them. */
import { BullionError, NameSchema, notFound, type Operation } from '@bullion/service';
import { allocateNode, settleForAllocation } from '../allocation.ts';
import type { Change, Trx } from '../context.ts';
import { listNetworks } from '../networks.ts';
import { listNodes } from '../node-views.ts';
import { requireNode } from '../nodes.ts';
import { createProject, deleteProject, listProjects, requireProject } from '../projects.ts';
import { release } from '../release.ts';
import { checkSettings } from '../switches.ts';
import { args, text } from './arguments.ts';
import { labelOf } from './attachments-seen.ts';
import { blocked } from './errors.ts';
import { all, type Face, routesOf, sorted } from './route.ts';

/** A release is waited for: HIL's scripts take the node for free when they are answered. In milliseconds. */
const RELEASE_WAIT_MS = 15_000;

const ofProject = args({ project: text });
const ofProjectAndNode = args({ project: text, node: text });

export function addProjectCalls(face: Face): void {
  const { context, reconciler, consoles } = face;
  const { db, operations } = context;
  const { reads, writes } = routesOf(face);
  reads('GET /projects', args({}), { operatorOnly: 'list projects' }, async ({ principal }) =>
    sorted((await all((page) => listProjects(db, principal, page))).map(({ name }) => name)),
  );
  writes(
    'PUT /project/:project',
    ofProject,
    { operatorOnly: 'create projects' },
    async ({ args: { project }, commit }) => {
      checkSettings(NameSchema, 'the name of the project', project);
      await commit(async (change) => void (await createProject(change, project)));
    },
  );
  writes(
    'DELETE /project/:project',
    ofProject,
    { operatorOnly: 'delete projects' },
    async ({ args: { project }, commit }) => {
      await commit(async (change) => {
        await requireProject(change.trx, change.principal, project);
        await requireNoAccess(change.trx, project);
        await deleteProject(change, project);
      });
    },
  );
  writes(
    'POST /project/:project/connect_node',
    ofProjectAndNode,
    {},
    async ({ args: { project, node }, principal, commit }) => {
      await settleForAllocation(context, reconciler, principal, node, project);
      await commit(async (change) => {
        const allocated = await allocateNode(change, node, project);
        change.after(() => consoles.record(allocated));
      });
    },
  );
  writes(
    'POST /project/:project/detach_node',
    ofProjectAndNode,
    {},
    async ({ args: { project, node }, commit }) => {
      const id = await commit(async (change) => {
        await requireReadyToLeave(face, change, project, node);
        return await release(context, reconciler, change, node);
      });
      const operation = await operations.wait(id, RELEASE_WAIT_MS);
      if (operation.state === 'failed') throw releaseFailed(node, operation);
    },
  );
  reads('GET /project/:project/nodes', ofProject, {}, async ({ args: { project }, principal }) => {
    await requireProject(db, principal, project);
    const nodes = await all((page) => listNodes(db, principal, page));
    return nodes.filter((node) => node.project === project).map(({ name }) => name);
  });
  reads('GET /project/:project/networks', ofProject, {}, async ({ args: { project }, principal }) => {
    await requireProject(db, principal, project);
    const networks = await all(
      (page) => listNetworks(db, principal, page),
      ({ fullName }) => fullName,
    );
    const own = networks.filter(
      (network) => !network.public && (network.project === project || network.access.includes(project)),
    );
    return sorted(own.map(labelOf));
  });
}

/** HIL does not delete a project that has access to the networks of others. */
async function requireNoAccess(trx: Trx, project: string): Promise<void> {
  const rows = await trx
    .selectFrom('network_access')
    .innerJoin('networks', 'networks.name', 'network_access.network')
    .select('networks.name')
    .where('network_access.project', '=', project)
    .where('network_access.given', '=', 1)
    .execute();
  if (rows.length === 0) return;
  throw blocked(
    'project_has_access',
    `The project "${project}" still has access to ${sorted(rows.map(labelOf)).join(', ')}.`,
    'Revoke that first.',
  );
}

/** HIL lets go of a node only when its user has cleared it; our own API does all of that by itself. */
async function requireReadyToLeave(
  { obm }: Face,
  { trx, principal }: Change,
  project: string,
  name: string,
): Promise<void> {
  await requireProject(trx, principal, project);
  const node = await requireNode(trx, principal, name);
  if (node.project !== project) throw notFound('node', `${project}/${name}`);
  if (node.state === 'releasing') return; // Again, after it failed.
  if (await obm.isEnabled(trx, node)) {
    throw blocked('obm_enabled', `The OBM of node "${name}" is enabled.`, 'Disable it first.');
  }
  const attachments = await trx
    .selectFrom('attachments')
    .select(['nic', 'network', 'state'])
    .where('node', '=', name)
    .execute();
  const staying = attachments.filter(({ state }) => state !== 'detaching');
  if (staying.length > 0) {
    throw blocked(
      'node_attached',
      `Node "${name}" is on networks: ${staying.map(({ nic, network }) => `${nic} on ${network}`).join(', ')}.`,
      'Detach them first, and wait until that is done.',
    );
  }
  if (attachments.length > 0) throw blocked('node_busy', PENDING);
}

/** Word for word: the script that HIL comes with for leases waits when it is told this, and gives up otherwise. */
const PENDING = 'Node has pending network actions';

function releaseFailed(node: string, { id, error }: Operation): BullionError {
  const code = error?.code ?? 'switch_unknown';
  return new BullionError(
    'bad_gateway',
    code,
    `Node "${node}" leaves its project, and is not free yet: ${error?.message ?? `operation ${id} failed`}`,
    { hint: 'It is on no network any more. Detach it again to go on.' },
  );
}
