/** Nodes, their NICs, allocation and release. */
import { MacSchema, NameSchema, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { allocateNode } from '../allocation.ts';
import { getNode, listNodes } from '../node-views.ts';
import { addNic, addNode, deleteNic, deleteNode } from '../nodes.ts';
import { release } from '../release.ts';
import { answers, begins, Done, inProject, ofNic, ofNode, type Parts, Settings, v1 } from './route.ts';

const NewNic = z.object({
  name: NameSchema,
  mac: MacSchema,
  switch: NameSchema.optional(),
  port: z.string().min(1).max(128).optional(),
});
const Attachment = z.object({
  network: z.string(),
  mode: z.enum(['native', 'tagged']),
  state: z.enum(['attaching', 'attached', 'detaching']),
});
const Nic = z.object({
  name: z.string(),
  mac: z.string(),
  switch: z.string().optional(),
  port: z.string().optional(),
  networks: z.array(Attachment),
});
const Firmware = z.enum(['bios', 'uefi']);
const Node = z
  .object({
    name: z.string(),
    project: z.string().nullable(),
    state: z.enum(['free', 'allocated', 'releasing']),
    firmware: Firmware,
    nics: z.array(Nic),
  })
  .meta({ id: 'Node' });

export function addNodeRoutes({ app, context, reconciler, consoles }: Parts): void {
  app.post(
    `${v1}/nodes`,
    {
      schema: {
        summary: 'Register a node with its BMC and NICs',
        body: z.object({
          name: NameSchema,
          firmware: Firmware,
          bmc: z.object({ driver: z.string(), settings: Settings }),
          nics: z.array(NewNic).default([]),
        }),
        response: answers(Node),
      },
    },
    async (request) => {
      requireOperator(request.principal, 'register nodes');
      await addNode(context, request.body);
      return await getNode(context, request.principal, request.body.name);
    },
  );
  app.get(
    `${v1}/nodes`,
    {
      schema: {
        summary: 'List nodes: the free ones and your own',
        querystring: z.object({ free: z.stringbool().optional() }),
        response: answers(z.array(Node)),
      },
    },
    (request) => listNodes(context, request.principal, { free: request.query.free ?? false }),
  );
  app.get(
    `${v1}/nodes/:node`,
    { schema: { summary: 'Show a node', params: ofNode, response: answers(Node) } },
    (request) => getNode(context, request.principal, request.params.node),
  );
  app.delete(
    `${v1}/nodes/:node`,
    { schema: { summary: 'Delete a free node', params: ofNode, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete nodes');
      await deleteNode(context, request.params.node);
      return {};
    },
  );
  app.post(
    `${v1}/nodes/:node/nics`,
    {
      schema: { summary: 'Add a NIC to a free node', params: ofNode, body: NewNic, response: answers(Done) },
    },
    async (request) => {
      requireOperator(request.principal, 'register NICs');
      await addNic(context, request.params.node, request.body);
      return {};
    },
  );
  app.delete(
    `${v1}/nodes/:node/nics/:nic`,
    { schema: { summary: 'Delete a NIC of a free node', params: ofNic, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete NICs');
      await deleteNic(context, request.params.node, request.params.nic);
      return {};
    },
  );
  app.post(
    `${v1}/nodes/:node/allocate`,
    {
      schema: {
        summary: 'Give a free node to a project',
        params: ofNode,
        body: inProject,
        response: answers(Node),
      },
    },
    async ({ params, body, principal }) => {
      consoles.record(await allocateNode(context, reconciler, principal, params.node, body.project));
      return await getNode(context, principal, params.node);
    },
  );
  app.post(
    `${v1}/nodes/:node/release`,
    {
      schema: {
        summary: 'Take a node back: power off, all networks off, free',
        params: ofNode,
        response: begins,
      },
    },
    async (request, reply) => {
      reply.status(202);
      return { operation: await release(context, reconciler, request.principal, request.params.node) };
    },
  );
}
