/** The routes of `/isolation/v1` and the schemas of what they take and give. */
import { Readable } from 'node:stream';
import {
  type App,
  BullionError,
  failures,
  MacSchema,
  mayUse,
  NameSchema,
  notFound,
  OperationSchema,
  requireOperator,
} from '@bullion/service';
import { z } from 'zod';
import { attach, detach } from './attachments.ts';
import type { Consoles } from './consoles.ts';
import type { Context } from './context.ts';
import {
  createNetwork,
  deleteNetwork,
  getNetwork,
  grantAccess,
  listNetworks,
  revokeAccess,
} from './networks.ts';
import {
  addNic,
  addNode,
  allocateNode,
  deleteNic,
  deleteNode,
  getNode,
  listNodes,
  requireHeldNode,
  requireNode,
} from './nodes.ts';
import { powerState, setBootDevice, setPower } from './power.ts';
import { createProject, createToken, deleteProject, listProjects, requireProject } from './projects.ts';
import type { Reconciler } from './reconciler.ts';
import { release } from './release.ts';
import { addPort, addSwitch, deletePort, deleteSwitch, listPorts, listSwitches } from './switches.ts';

const Project = z.object({ name: NameSchema }).meta({ id: 'Project' });
const Settings = z
  .record(z.string(), z.unknown())
  .describe("The driver's connection settings; secrets are encrypted at rest and never returned");
const Switch = z
  .object({ name: z.string(), driver: z.string(), ports: z.number().int() })
  .meta({ id: 'Switch' });
const Port = z
  .object({
    name: z.string(),
    nic: z.string().nullable().describe('The NIC at the other end, as node/nic'),
    state: z.enum(['pending', 'verified', 'failed']),
    wanted: z.string(),
    observed: z.string(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Port' });
const NewNic = z.object({
  name: NameSchema,
  mac: MacSchema,
  switch: NameSchema.optional(),
  port: z.string().min(1).max(128).optional(),
});
const Mode = z.enum(['native', 'tagged']);
const Attachment = z.object({
  network: z.string(),
  mode: Mode,
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
const Power = z.object({ power: z.enum(['on', 'off']) }).meta({ id: 'Power' });
const Started = z
  .object({ operation: z.string().describe('Follow it at /operations/{id}') })
  .meta({ id: 'Started' });
const Done = z.object({}).meta({ id: 'Done' });

const inProject = z.object({ project: NameSchema });
const ofSwitch = z.object({ switch: NameSchema });
/** A port's name may hold slashes, so it is the rest of the path. */
const ofPort = z.object({ switch: NameSchema, '*': z.string().min(1).max(128) });
const ofNode = z.object({ node: NameSchema });
const ofNic = z.object({ node: NameSchema, nic: NameSchema });
const ofNetwork = z.object({ network: NameSchema });

export function addRoutes(app: App, context: Context, reconciler: Reconciler, consoles: Consoles): void {
  const v1 = '/isolation/v1';
  const answers = <Schema extends z.ZodType>(schema: Schema) => ({ 200: schema, ...failures });
  const begins = { 202: Started, ...failures };

  app.get(
    `${v1}/whoami`,
    {
      schema: {
        summary: 'Who this token is',
        response: answers(
          z.object({
            role: z.enum(['operator', 'service', 'member']),
            project: z.string().nullable(),
            label: z.string(),
          }),
        ),
      },
    },
    (request) => request.principal,
  );

  // Projects
  app.post(
    `${v1}/projects`,
    { schema: { summary: 'Create a project', body: Project, response: answers(Project) } },
    (request) => {
      requireOperator(request.principal, 'create projects');
      return createProject(context, request.body.name);
    },
  );
  app.get(
    `${v1}/projects`,
    { schema: { summary: 'List projects', response: answers(z.array(Project)) } },
    (request) => listProjects(context, request.principal),
  );
  app.delete(
    `${v1}/projects/:project`,
    { schema: { summary: 'Delete an empty project', params: inProject, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete projects');
      await deleteProject(context, request.principal, request.params.project);
      return {};
    },
  );
  app.post(
    `${v1}/projects/:project/tokens`,
    {
      schema: {
        summary: 'Make a token that acts for a project; it is shown this once',
        params: inProject,
        body: z.object({ label: z.string().min(1).max(100) }),
        response: answers(z.object({ token: z.string() })),
      },
    },
    async (request) => {
      const { project } = request.params;
      await requireProject(context.db, request.principal, project);
      return { token: await createToken(context.db, 'member', project, request.body.label) };
    },
  );

  // Switches and ports
  app.post(
    `${v1}/switches`,
    {
      schema: {
        summary: 'Register a switch',
        body: z.object({ name: NameSchema, driver: z.string(), settings: Settings }),
        response: answers(Switch),
      },
    },
    (request) => {
      requireOperator(request.principal, 'register switches');
      return addSwitch(context, request.body);
    },
  );
  app.get(
    `${v1}/switches`,
    { schema: { summary: 'List switches', response: answers(z.array(Switch)) } },
    (request) => {
      requireOperator(request.principal, 'see switches');
      return listSwitches(context);
    },
  );
  app.delete(
    `${v1}/switches/:switch`,
    { schema: { summary: 'Delete a switch without ports', params: ofSwitch, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete switches');
      await deleteSwitch(context, request.params.switch);
      return {};
    },
  );
  app.get(
    `${v1}/switches/:switch/ports`,
    {
      schema: {
        summary: 'List ports: what each should carry and what it was read to carry',
        params: ofSwitch,
        response: answers(z.array(Port)),
      },
    },
    (request) => {
      requireOperator(request.principal, 'see ports');
      return listPorts(context, request.params.switch);
    },
  );
  app.put(
    `${v1}/switches/:switch/ports/*`,
    { schema: { summary: 'Register a port; it is closed first', params: ofPort, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'register ports');
      await addPort(context, request.params.switch, request.params['*']);
      reconciler.wake(request.params.switch);
      return {};
    },
  );
  app.delete(
    `${v1}/switches/:switch/ports/*`,
    { schema: { summary: 'Delete a port without a NIC', params: ofPort, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete ports');
      await deletePort(context, request.params.switch, request.params['*']);
      return {};
    },
  );

  // Nodes
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
    (request) => {
      requireOperator(request.principal, 'register nodes');
      return addNode(context, request.principal, request.body);
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
    async (request) => {
      const { node } = request.params;
      const allocated = await allocateNode(context, request.principal, node, request.body.project);
      consoles.record(await requireNode(context.db, request.principal, node));
      return allocated;
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

  // Power and console
  app.get(
    `${v1}/nodes/:node/power`,
    { schema: { summary: 'Read the power from the BMC', params: ofNode, response: answers(Power) } },
    async (request) => ({
      power: await powerState(context, await requireNode(context.db, request.principal, request.params.node)),
    }),
  );
  app.put(
    `${v1}/nodes/:node/power`,
    {
      schema: {
        summary: 'Change the power, and read back that it changed',
        params: ofNode,
        body: z.object({ action: z.enum(['on', 'off', 'cycle', 'reset', 'soft']) }),
        response: answers(Power),
      },
    },
    async (request) => ({
      power: await setPower(
        context,
        await requireHeldNode(context.db, request.principal, request.params.node),
        request.body.action,
      ),
    }),
  );
  app.put(
    `${v1}/nodes/:node/boot-device`,
    {
      schema: {
        summary: 'Choose what the node boots from',
        params: ofNode,
        body: z.object({
          device: z.enum(['network', 'disk', 'none']),
          persistent: z.boolean().default(false),
        }),
        response: answers(Done),
      },
    },
    async (request) => {
      await setBootDevice(
        context,
        await requireHeldNode(context.db, request.principal, request.params.node),
        request.body,
      );
      return {};
    },
  );
  app.get(
    `${v1}/nodes/:node/console`,
    {
      schema: {
        summary: 'The serial console as text, recorded since the project holds the node',
        params: ofNode,
        querystring: z.object({
          tail: z.coerce.number().int().min(0).optional(),
          follow: z.stringbool().default(false),
        }),
        response: { 200: z.any(), ...failures },
      },
    },
    async (request, reply) => {
      const node = await requireNode(context.db, request.principal, request.params.node);
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      const text = Readable.from(
        consoles.read(node, { tail: request.query.tail, follow: request.query.follow, signal: gone.signal }),
      );
      return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').send(text);
    },
  );
  app.post(
    `${v1}/nodes/:node/console`,
    {
      schema: {
        summary: 'Send keys to the serial console',
        params: ofNode,
        body: z.object({ keys: z.string().max(4096) }),
        response: answers(Done),
      },
    },
    async (request) => {
      const node = await requireHeldNode(context.db, request.principal, request.params.node);
      consoles.write(node.name, Buffer.from(request.body.keys));
      return {};
    },
  );

  // Networks and attachments
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
  const accessParams = z.object({ network: NameSchema, project: NameSchema });
  app.put(
    `${v1}/networks/:network/access/:project`,
    { schema: { summary: 'Let a project attach its nodes', params: accessParams, response: answers(Done) } },
    async (request) => {
      await grantAccess(context, request.principal, request.params.network, request.params.project);
      return {};
    },
  );
  app.delete(
    `${v1}/networks/:network/access/:project`,
    { schema: { summary: 'Take that access back', params: accessParams, response: answers(Done) } },
    async (request) => {
      await revokeAccess(context, request.principal, request.params.network, request.params.project);
      return {};
    },
  );
  const attachmentParams = ofNic.extend({ network: NameSchema });
  app.put(
    `${v1}/nodes/:node/nics/:nic/networks/:network`,
    {
      schema: {
        summary: 'Put a NIC on a network',
        params: attachmentParams,
        body: z.object({ mode: Mode.default('native') }),
        response: begins,
      },
    },
    async (request, reply) => {
      reply.status(202);
      return {
        operation: await attach(context, reconciler, request.principal, {
          ...request.params,
          mode: request.body.mode,
        }),
      };
    },
  );
  app.delete(
    `${v1}/nodes/:node/nics/:nic/networks/:network`,
    { schema: { summary: 'Take a NIC off a network', params: attachmentParams, response: begins } },
    async (request, reply) => {
      reply.status(202);
      return { operation: await detach(context, reconciler, request.principal, request.params) };
    },
  );

  // Operations and events
  app.get(
    `${v1}/operations/:id`,
    {
      schema: {
        summary: 'Show an operation; waits up to `wait` seconds for its end',
        params: z.object({ id: z.uuid() }),
        querystring: z.object({ wait: z.coerce.number().min(0).max(60).default(0) }),
        response: answers(OperationSchema),
      },
    },
    async (request) => {
      const operation = await context.operations.get(request.params.id);
      if (!mayUse(request.principal, operation.project)) throw notFound('operation', request.params.id);
      return await context.operations.wait(request.params.id, request.query.wait * 1000);
    },
  );
  const Event = z
    .object({
      sequence: z.number().int(),
      at: z.string(),
      kind: z.string(),
      subject: z.string(),
      project: z.string().nullable(),
      data: z.record(z.string(), z.unknown()),
    })
    .meta({ id: 'Event' });
  app.get(
    `${v1}/events`,
    {
      schema: {
        summary: 'What happened, oldest first',
        querystring: z.object({ after: z.coerce.number().int().min(0).default(0) }),
        response: answers(z.array(Event)),
      },
    },
    (request) => {
      const { role, project } = request.principal;
      if (role === 'member' && project === null)
        throw new BullionError('forbidden', 'no_project', 'This token acts for no project.');
      return context.events.list(request.query.after, role === 'member' ? project! : undefined);
    },
  );
}
