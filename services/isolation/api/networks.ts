/** Networks, who may use them, and the NICs on them. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { attach, detach } from '../attachments.ts';
import { grantAccess, revokeAccess } from '../network-access.ts';
import { createNetwork, deleteNetwork, getNetwork, listNetworks } from '../networks.ts';
import { begins, ofNic, type Parts, route } from './route.ts';

const Network = z
  .object({
    name: z.string(),
    project: z.string().nullable().describe('The owner; null is the operator'),
    vlan: z.number().int().optional().describe('Shown to operators'),
    isolated: z.boolean().describe('Its ports cannot reach one another, only ports that are not isolated'),
    public: z.boolean(),
    access: z.array(z.string()),
  })
  .meta({ id: 'Network' });

const ofNetwork = z.object({ network: NameSchema });
const ofAccess = ofNetwork.extend({ project: NameSchema });
const ofAttachment = ofNic.extend({ network: NameSchema });

const NewNetwork = z.object({
  name: NameSchema,
  project: NameSchema.nullable(),
  vlan: z.number().int().min(1).max(4094).optional(),
  isolated: z.boolean().default(false),
  public: z.boolean().default(false),
});
const Mode = z.object({ mode: z.enum(['native', 'tagged']).default('native') });

export function addNetworkRoutes({ app, context, reconciler }: Parts): void {
  route(
    app,
    'POST /networks',
    { summary: 'Create a network', body: NewNetwork, answer: Network },
    ({ body, principal }) => createNetwork(context, principal, body),
  );
  route(app, 'GET /networks', { summary: 'List networks', answer: z.array(Network) }, ({ principal }) =>
    listNetworks(context, principal),
  );
  route(
    app,
    'GET /networks/:network',
    { summary: 'Show a network', params: ofNetwork, answer: Network },
    ({ params, principal }) => getNetwork(context, principal, params.network),
  );
  route(
    app,
    'DELETE /networks/:network',
    { summary: 'Delete a network that no NIC is on', params: ofNetwork },
    ({ params, principal }) => deleteNetwork(context, principal, params.network),
  );
  route(
    app,
    'PUT /networks/:network/access/:project',
    { summary: 'Let a project attach its nodes', params: ofAccess },
    ({ params, principal }) => grantAccess(context, principal, params.network, params.project),
  );
  route(
    app,
    'DELETE /networks/:network/access/:project',
    { summary: 'Take that access back', params: ofAccess },
    ({ params, principal }) => revokeAccess(context, principal, params.network, params.project),
  );
  begins(
    app,
    'PUT /nodes/:node/nics/:nic/networks/:network',
    { summary: 'Put a NIC on a network', params: ofAttachment, body: Mode },
    ({ params, body, principal }) => attach(context, reconciler, principal, { ...params, mode: body.mode }),
  );
  begins(
    app,
    'DELETE /nodes/:node/nics/:nic/networks/:network',
    { summary: 'Take a NIC off a network', params: ofAttachment },
    ({ params, principal }) => detach(context, reconciler, principal, params),
  );
}
