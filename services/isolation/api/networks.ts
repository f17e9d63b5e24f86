/** Networks, who may use them, and the NICs on them. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { attach, detach } from '../attachments.ts';
import {
  createNetwork,
  deleteNetwork,
  getNetwork,
  grantAccess,
  listNetworks,
  revokeAccess,
} from '../networks.ts';
import { answers, begins, Done, ofNic, type Parts, v1 } from './route.ts';

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

export function addNetworkRoutes({ app, context, reconciler }: Parts): void {
  app.post(
    `${v1}/networks`,
    {
      schema: {
        summary: 'Create a network',
        body: z.object({
          name: NameSchema,
          project: NameSchema.nullable(),
          vlan: z.number().int().min(1).max(4094).optional(),
          isolated: z.boolean().default(false),
          public: z.boolean().default(false),
        }),
        response: answers(Network),
      },
    },
    (request) => createNetwork(context, request.principal, request.body),
  );
  app.get(
    `${v1}/networks`,
    { schema: { summary: 'List networks', response: answers(z.array(Network)) } },
    (request) => listNetworks(context, request.principal),
  );
  app.get(
    `${v1}/networks/:network`,
    { schema: { summary: 'Show a network', params: ofNetwork, response: answers(Network) } },
    (request) => getNetwork(context, request.principal, request.params.network),
  );
  app.delete(
    `${v1}/networks/:network`,
    { schema: { summary: 'Delete a network that no NIC is on', params: ofNetwork, response: answers(Done) } },
    async (request) => {
      await deleteNetwork(context, request.principal, request.params.network);
      return {};
    },
  );
  app.put(
    `${v1}/networks/:network/access/:project`,
    { schema: { summary: 'Let a project attach its nodes', params: ofAccess, response: answers(Done) } },
    async ({ params, principal }) => {
      await grantAccess(context, principal, params.network, params.project);
      return {};
    },
  );
  app.delete(
    `${v1}/networks/:network/access/:project`,
    { schema: { summary: 'Take that access back', params: ofAccess, response: answers(Done) } },
    async ({ params, principal }) => {
      await revokeAccess(context, principal, params.network, params.project);
      return {};
    },
  );
  app.put(
    `${v1}/nodes/:node/nics/:nic/networks/:network`,
    {
      schema: {
        summary: 'Put a NIC on a network',
        params: ofAttachment,
        body: z.object({ mode: z.enum(['native', 'tagged']).default('native') }),
        response: begins,
      },
    },
    async ({ params, body, principal }, reply) => {
      reply.status(202);
      return { operation: await attach(context, reconciler, principal, { ...params, mode: body.mode }) };
    },
  );
  app.delete(
    `${v1}/nodes/:node/nics/:nic/networks/:network`,
    { schema: { summary: 'Take a NIC off a network', params: ofAttachment, response: begins } },
    async ({ params, principal }, reply) => {
      reply.status(202);
      return { operation: await detach(context, reconciler, principal, params) };
    },
  );
}
