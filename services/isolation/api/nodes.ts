/** Nodes, their NICs, allocation and release. */
import { MacSchema, NameSchema } from '@bullion/service';
import { z } from 'zod';
import { allocateNode } from '../allocation.ts';
import { getNode, listNodes } from '../node-views.ts';
import { addNic, addNode, deleteNic, deleteNode } from '../nodes.ts';
import { release } from '../release.ts';
import { begins, ofNic, ofNode, ofProject, type Parts, route, Settings } from './route.ts';

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

const NewNode = z.object({
  name: NameSchema,
  firmware: Firmware,
  bmc: z.object({ driver: z.string(), settings: Settings }),
  nics: z.array(NewNic).default([]),
});
const Filter = z.object({ free: z.stringbool().optional() });

export function addNodeRoutes({ app, context, reconciler, consoles }: Parts): void {
  route(
    app,
    'POST /nodes',
    {
      summary: 'Register a node with its BMC and NICs',
      operatorOnly: 'register nodes',
      body: NewNode,
      answer: Node,
    },
    async ({ body, principal }) => {
      await addNode(context, body);
      return await getNode(context, principal, body.name);
    },
  );
  route(
    app,
    'GET /nodes',
    { summary: 'List nodes: the free ones and your own', query: Filter, answer: z.array(Node) },
    ({ query, principal }) => listNodes(context, principal, { free: query.free ?? false }),
  );
  route(
    app,
    'GET /nodes/:node',
    { summary: 'Show a node', params: ofNode, answer: Node },
    ({ params, principal }) => getNode(context, principal, params.node),
  );
  route(
    app,
    'DELETE /nodes/:node',
    { summary: 'Delete a free node', operatorOnly: 'delete nodes', params: ofNode },
    ({ params }) => deleteNode(context, params.node),
  );
  route(
    app,
    'POST /nodes/:node/nics',
    { summary: 'Add a NIC to a free node', operatorOnly: 'register NICs', params: ofNode, body: NewNic },
    ({ params, body }) => addNic(context, params.node, body),
  );
  route(
    app,
    'DELETE /nodes/:node/nics/:nic',
    { summary: 'Delete a NIC of a free node', operatorOnly: 'delete NICs', params: ofNic },
    ({ params }) => deleteNic(context, params.node, params.nic),
  );
  route(
    app,
    'POST /nodes/:node/allocate',
    { summary: 'Give a free node to a project', params: ofNode, body: ofProject, answer: Node },
    async ({ params, body, principal }) => {
      consoles.record(await allocateNode(context, reconciler, principal, params.node, body.project));
      return await getNode(context, principal, params.node);
    },
  );
  begins(
    app,
    'POST /nodes/:node/release',
    { summary: 'Take a node back: power off, all networks off, free', params: ofNode },
    ({ params, principal }) => release(context, reconciler, principal, params.node),
  );
}
