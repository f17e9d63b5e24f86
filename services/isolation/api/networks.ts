/** Networks, who may use them, and the NICs on them. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { attach, detach } from '../attachments.ts';
import { grantAccess, revokeAccess } from '../network-access.ts';
import { createNetwork, deleteNetwork, getNetwork, listNetworks } from '../networks.ts';
import { ofNic, type Parts, routesOf } from './route.ts';

const Network = z
  .object({
    name: z.string(),
    fullName: z.string().describe("`PROJECT/NAME`, or `NAME` for the operator's"),
    project: z.string().nullable().describe('The owner; null is the operator'),
    vlan: z.number().int().optional().describe('Shown to operators'),
    isolated: z.boolean().describe('Its ports cannot reach one another, only ports that are not isolated'),
    public: z.boolean(),
    access: z.array(z.string()),
  })
  .meta({ id: 'Network' });

/** See `findNetwork` for what a short one means. */
const NetworkName = z
  .string()
  .max(128)
  .regex(/^([\w.-]*\/)?[\w.-]+$/, 'must be NAME, or PROJECT/NAME with its slash written %2F in a URL')
  .describe("NAME or PROJECT/NAME; /NAME is the operator's");
const ofNetwork = z.object({ network: NetworkName });
const ofAccess = ofNetwork.extend({ project: NameSchema });
const ofAttachment = ofNic.extend({ network: NetworkName });

const NewNetwork = z.object({
  name: NameSchema,
  project: NameSchema.nullable(),
  vlan: z.number().int().min(1).max(4094).optional(),
  isolated: z.boolean().default(false),
  public: z.boolean().default(false),
});
export type NetworkView = z.output<typeof Network>;
export type NetworkRequest = z.output<typeof NewNetwork>;

const Mode = z.object({ mode: z.enum(['native', 'tagged']).default('native') });

export function addNetworkRoutes(parts: Parts): void {
  const { context, reconciler } = parts;
  const { db } = context;
  const { reads, lists, writes, begins } = routesOf(parts);
  writes(
    'POST /networks',
    { summary: 'Create a network', body: NewNetwork, answer: Network },
    ({ body, commit }) => commit((change) => createNetwork(context, change, body)),
  );
  lists(
    'GET /networks',
    { summary: 'List networks', items: Network },
    ({ query, principal }) => listNetworks(db, principal, query),
    ({ fullName }) => fullName,
  );
  reads(
    'GET /networks/:network',
    { summary: 'Show a network', params: ofNetwork, answer: Network },
    ({ params, principal }) => getNetwork(db, principal, params.network),
  );
  writes(
    'DELETE /networks/:network',
    { summary: 'Delete a network that no NIC is on', params: ofNetwork },
    ({ params, commit }) => commit((change) => deleteNetwork(change, params.network)),
  );
  writes(
    'PUT /networks/:network/access/:project',
    { summary: 'Let a project attach its nodes', params: ofAccess },
    ({ params: { network, project }, commit }) => commit((change) => grantAccess(change, network, project)),
  );
  writes(
    'DELETE /networks/:network/access/:project',
    { summary: 'Take that access back', params: ofAccess },
    ({ params: { network, project }, commit }) => commit((change) => revokeAccess(change, network, project)),
  );
  begins(
    'PUT /nodes/:node/nics/:nic/networks/:network',
    { summary: 'Put a NIC on a network', params: ofAttachment, body: Mode },
    ({ params, body }, change) => attach(context, reconciler, change, { ...params, mode: body.mode }),
  );
  begins(
    'DELETE /nodes/:node/nics/:nic/networks/:network',
    { summary: 'Take a NIC off a network', params: ofAttachment },
    ({ params }, change) => detach(context, reconciler, change, params),
  );
}
