/** Networks, who has access to them, and what is on them. */
import { forbidden, invalid, mayUse, NameSchema, notFound, requireOperator, seesAll } from '@bullion/service';
import { z } from 'zod';
import type { NetworkView } from '../api/networks.ts';
import { grantAccess, revokeAccess } from '../network-access.ts';
import { createNetwork, deleteNetwork, getNetwork, requireNetwork } from '../networks.ts';
import { requireProject } from '../projects.ts';
import { checkSettings } from '../switches.ts';
import { args, text } from './arguments.ts';
import { attachmentsSeen, channelOf, labelOf, labelsOf, NATIVE } from './attachments-seen.ts';
import { blocked, duplicate } from './errors.ts';
import { type Face, routesOf, sorted } from './route.ts';

const ofNetwork = args({ network: text });
const ofAccess = args({ network: text, project: text });
const newNetwork = args({ network: text, owner: text, access: text, net_id: text });
const Vlan = z.coerce.number().int().min(1).max(4094);

/** The owner of networks that HIL calls the administrator's. */
const ADMIN = 'admin';

export function addNetworkCalls(face: Face): void {
  const { context } = face;
  const { db } = context;
  const { reads, writes } = routesOf(face);
  reads('GET /networks', args({}), {}, async ({ principal }) => {
    let query = db.selectFrom('networks').selectAll().orderBy('name');
    if (!seesAll(principal)) query = query.where('public', '=', 1);
    const networks = await query.execute();
    const granted = Map.groupBy(
      await db.selectFrom('network_access').selectAll().execute(),
      ({ network }) => network,
    );
    return Object.fromEntries(
      labelsOf(networks).map(([label, network]) => {
        const access = (granted.get(network.name) ?? []).map(({ project }) => project);
        const projects = projectsOf({ ...network, public: network.public === 1, access });
        return [label, { network_id: String(network.vlan), projects }];
      }),
    );
  });
  reads('GET /network/:network', ofNetwork, {}, async ({ args: { network: asked }, principal }) => {
    const network = await requireNetwork(db, principal, asked);
    const view = await getNetwork(db, principal, asked);
    const seen = (await attachmentsSeen(db, { network: network.name })).filter(({ project }) =>
      mayUse(principal, project),
    );
    const byNode = Map.groupBy(seen, ({ node }) => node);
    return {
      name: labelOf(network),
      // Who may attach to it must know its VLAN: it is on the wire of a port that carries it tagged.
      channels: [NATIVE, channelOf('tagged', network.vlan)],
      owner: network.project ?? ADMIN,
      access: projectsOf(view),
      'connected-nodes': Object.fromEntries(
        [...byNode].map(([node, attachments]) => [node, attachments.map(({ nic }) => nic)]),
      ),
    };
  });
  reads(
    'GET /network/:network/attachments',
    args({ network: text, project: text.optional() }),
    {},
    async ({ args: { network: asked, project }, principal }) => {
      const network = await requireNetwork(db, principal, asked);
      if (project !== undefined) await requireProject(db, principal, project);
      else if (!mayUse(principal, network.project)) throw notYours(asked);
      // Nodes of others are hidden from the owner too: whose they are is not the owner's business.
      const seen = (await attachmentsSeen(db, { network: network.name })).filter(
        (one) => mayUse(principal, one.project) && (project === undefined || one.project === project),
      );
      return Object.fromEntries(
        seen.map(({ node, nic, channel, project }) => [node, { nic, channel, project }]),
      );
    },
  );
  writes('PUT /network/:network', newNetwork, {}, async ({ args: asked, principal, commit }) => {
    const { network: name, owner, access, net_id } = asked;
    const ours = owner === ADMIN;
    if (ours) requireOperator(principal, 'make networks of the administrator');
    else await requireProject(db, principal, owner);
    if (!ours && access !== owner) {
      throw invalid(
        'access_not_legal',
        'A network of a project is accessible to that project.',
        'Name it twice.',
      );
    }
    if (!ours && net_id !== '') {
      throw invalid(
        'net_id_not_legal',
        'The VLAN of a project is chosen by the service.',
        'Leave net_id empty.',
      );
    }
    checkSettings(NameSchema, 'the name of the network', name);
    const vlan = net_id === '' ? undefined : (checkSettings(Vlan, 'net_id', net_id) as number);
    const guest = ours && access !== '' ? access : undefined;
    if (guest !== undefined) await requireProject(db, principal, guest);
    const project = ours ? null : owner;
    await commit(async (change) => {
      await createNetwork(context, change, { name, project, vlan, isolated: false, public: access === '' });
      if (guest !== undefined) await grantAccess(change, name, guest);
    });
  });
  writes('DELETE /network/:network', ofNetwork, {}, async ({ args: { network }, commit }) => {
    await commit((change) => deleteNetwork(change, network));
  });
  const path = '/network/:network/access/:project';
  writes(`PUT ${path}`, ofAccess, {}, async ({ args: { network, project }, commit }) => {
    await commit(async (change) => {
      const view = await getNetwork(change.trx, change.principal, network);
      if (mayUse(change.principal, view.project) && hasAccess(view, project)) {
        throw duplicate('access', `The project "${project}" has access to "${network}" already.`);
      }
      await grantAccess(change, network, project);
    });
  });
  writes(`DELETE ${path}`, ofAccess, {}, async ({ args: { network, project }, commit }) => {
    await commit(async (change) => {
      const view = await getNetwork(change.trx, change.principal, network);
      if (view.project === project) {
        throw blocked(
          'network_owner',
          `The network "${network}" is that of "${project}".`,
          'Delete it instead.',
        );
      }
      if (!hasAccess(view, project))
        throw notFound('access', `${network}/${project}`, 'There is nothing to do.');
      await revokeAccess(change, network, project);
    });
  });
}

/** Null is everybody. HIL takes an empty list for everybody too; here it is the administrator alone. */
const projectsOf = (network: Pick<NetworkView, 'project' | 'public' | 'access'>): string[] | null =>
  network.public ? null : sorted([...(network.project === null ? [] : [network.project]), ...network.access]);

const hasAccess = ({ project: owner, access }: NetworkView, project: string) =>
  owner === project || access.includes(project);

const notYours = (network: string) =>
  forbidden(
    'network_not_yours',
    `Only its owner sees all that is on the network "${network}".`,
    'Name your project to see what it has there.',
  );
