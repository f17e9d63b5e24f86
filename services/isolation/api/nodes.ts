/** Nodes, their NICs, allocation and release. */
import { MacSchema, NameSchema, PageQuery } from '@bullion/service';
import { z } from 'zod';
import { allocateNode, settleForAllocation } from '../allocation.ts';
import { deleteMetadata, LabelSchema, setMetadata } from '../metadata.ts';
import { changeNode, probeChanges } from '../node-changes.ts';
import { getNode, listNodes } from '../node-views.ts';
import { addNic, addNode, deleteNic, deleteNode } from '../nodes.ts';
import { release } from '../release.ts';
import { ofNic, ofNode, ofProject, type Parts, routesOf, Settings } from './route.ts';

const NewNic = z.object({
  name: NameSchema,
  mac: MacSchema,
  switch: NameSchema.optional(),
  port: z.string().min(1).max(128).optional(),
});
const Attachment = z.object({
  network: z.string().describe('Its full name'),
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
    project: z.string().nullable().describe('Who holds it; null is nobody, or not yours to know'),
    allocation: z.string().nullable().describe('The time that it holds it'),
    owner: z.string().nullable().describe('null is the data centre'),
    maintenance: z.string().nullable().describe('Why it is given to operators alone'),
    lease: z
      .object({ id: z.string(), project: z.string(), endsAt: z.string(), recalledAt: z.string().nullable() })
      .nullable()
      .describe('The one that it is held by'),
    state: z.enum(['free', 'allocated', 'releasing']),
    firmware: Firmware,
    nics: z.array(Nic),
    metadata: z.record(z.string(), z.unknown()).describe('What the operator noted'),
  })
  .meta({ id: 'Node' });

export type NicView = z.output<typeof Nic>;
export type NodeView = z.output<typeof Node>;

const Bmc = z.object({ driver: z.string(), settings: Settings });
const NewNode = z.object({
  name: NameSchema,
  firmware: Firmware,
  bmc: Bmc,
  nics: z.array(NewNic).default([]),
  maintenance: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .optional()
    .describe('Registered, and given to nobody yet: why'),
});
export type NicRequest = z.output<typeof NewNic>;
export type NodeRequest = z.output<typeof NewNode>;

const Changes = z
  .object({
    bmc: Bmc,
    firmware: Firmware,
    owner: NameSchema.nullable(),
    maintenance: z.object({
      on: z.boolean(),
      reason: z.string().trim().min(1).max(500).default('no reason given'),
    }),
  })
  .partial();
export type NodeChanges = z.output<typeof Changes>;

const ofLabel = ofNode.extend({ label: LabelSchema });
const Metadata = z.object({
  value: z
    .unknown()
    .refine((value) => value !== undefined, 'must be there')
    .describe('Any JSON'),
});

const Release = z
  .object({
    allocation: z.uuid().describe('Only if it is still this one'),
    confirmedOff: z.boolean().describe('By an operator, where the BMC cannot tell that the server is off'),
  })
  .partial()
  .nullish();

const Filter = PageQuery.extend({ free: z.stringbool().optional() });

export function addNodeRoutes(parts: Parts): void {
  const { context, reconciler, consoles } = parts;
  const { db } = context;
  const { reads, lists, writes, begins } = routesOf(parts);
  writes(
    'POST /nodes',
    {
      summary: 'Register a node with its BMC and NICs',
      operatorOnly: 'register nodes',
      body: NewNode,
      answer: Node,
    },
    ({ body, principal, commit }) =>
      commit(async (change) => {
        await addNode(context, change, body);
        return await getNode(change.trx, principal, body.name);
      }),
  );
  lists(
    'GET /nodes',
    { summary: 'List nodes: the free ones and your own', query: Filter, items: Node },
    ({ query, principal }) => listNodes(db, principal, query),
    ({ name }) => name,
  );
  reads(
    'GET /nodes/:node',
    { summary: 'Show a node', params: ofNode, answer: Node },
    ({ params, principal }) => getNode(db, principal, params.node),
  );
  writes(
    'PATCH /nodes/:node',
    {
      summary: 'Change a node: its BMC (which must answer), firmware, owner, maintenance',
      operatorOnly: 'change nodes',
      params: ofNode,
      body: Changes,
      answer: Node,
    },
    async ({ params, body, principal, commit }) => {
      await probeChanges(context, params.node, body);
      return await commit(async (change) => {
        const { allocation, ...node } = await changeNode(context, change, params.node, body);
        // The recording goes on at the new BMC.
        if (body.bmc && allocation !== null) {
          change.after(
            () => void consoles.stop(allocation).then(() => consoles.record({ ...node, allocation })),
          );
        }
        return await getNode(change.trx, principal, params.node);
      });
    },
  );
  writes(
    'DELETE /nodes/:node',
    { summary: 'Delete a free node', operatorOnly: 'delete nodes', params: ofNode },
    ({ params, commit }) => commit((change) => deleteNode(change, params.node)),
  );
  writes(
    'PUT /nodes/:node/metadata/:label',
    { summary: 'Note something at a node, as JSON', params: ofLabel, body: Metadata },
    ({ params: { node, label }, body, commit }) =>
      commit((change) => setMetadata(change, node, label, body.value)),
  );
  writes(
    'DELETE /nodes/:node/metadata/:label',
    { summary: 'Take a note off a node', params: ofLabel },
    ({ params: { node, label }, commit }) => commit((change) => deleteMetadata(change, node, label)),
  );
  writes(
    'POST /nodes/:node/nics',
    { summary: 'Add a NIC to a free node', operatorOnly: 'register NICs', params: ofNode, body: NewNic },
    ({ params, body, commit }) => commit((change) => addNic(change, params.node, body)),
  );
  writes(
    'DELETE /nodes/:node/nics/:nic',
    { summary: 'Delete a NIC of a free node', operatorOnly: 'delete NICs', params: ofNic },
    ({ params, commit }) => commit((change) => deleteNic(change, params.node, params.nic)),
  );
  writes(
    'POST /nodes/:node/allocate',
    { summary: 'Give a free node to a project', params: ofNode, body: ofProject, answer: Node },
    async ({ params: { node }, body: { project }, principal, commit }) => {
      await settleForAllocation(context, reconciler, principal, node, project);
      return await commit(async (change) => {
        const allocated = await allocateNode(change, node, project);
        change.after(() => consoles.record(allocated));
        return await getNode(change.trx, principal, node);
      });
    },
  );
  begins(
    'POST /nodes/:node/release',
    { summary: 'Take a node back: power off, all networks off, free', params: ofNode, body: Release },
    ({ params, body }, change) => release(context, reconciler, change, params.node, body ?? {}),
  );
}
