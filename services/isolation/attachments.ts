/**
 * Attachments: a NIC on a network. Each change is written together with the operation that follows it and the new
 * version of the port; the reconciler carries it out and the operation ends when it was read back from the switch.
 */
import {
  BullionError,
  conflict,
  forbidden,
  type NewEvent,
  notFound,
  type OperationContext,
} from '@bullion/service';
import type { Change, Context, Trx } from './context.ts';
import { findNetwork, requireNetwork } from './networks.ts';
import { requireHeldNode, requireNic } from './nodes.ts';
import { type PortKey, touchPort } from './ports.ts';
import type { Reconciler } from './reconciler.ts';
import { attachmentsOf, type Mode, requireRoom, requireRoomWithout } from './room.ts';
import type { NicTable } from './store/schema.ts';

/** What the operation waits for: these ports, verified at these versions. */
export type PortsInput = { ports: { key: PortKey; version: number }[] };

type NicRequest = { node: string; nic: string; network: string };
type NicInput = PortsInput & NicRequest;

function portOf(nic: NicTable): PortKey {
  if (nic.switch !== null && nic.port !== null) return { switch: nic.switch, port: nic.port };
  throw conflict(
    'nic_not_cabled',
    `NIC ${nic.node}/${nic.name} is cabled to no switch port.`,
    'An operator must register the port that its cable goes to.',
  );
}

/**
 * Puts a NIC on a network. Returns the id of the operation that ends when the switch carries it. Asked again, it
 * changes nothing and returns an operation that ends the same way.
 *
 * A project may use a network that it may see: its own, a public one, one that it was given access to. A member sees
 * for the project that holds the node, since no other node is there for it; the operator may use any.
 */
export async function attach(
  context: Context,
  reconciler: Reconciler,
  asked: Change,
  request: NicRequest & { mode: Mode },
): Promise<string> {
  const { node, nic, mode } = request;
  return await change(context, reconciler, 'nic.attach', asked, request, async (key, project) => {
    const { trx, principal } = asked;
    const target = await requireNetwork(trx, principal, request.network, project);
    const network = target.name;
    const here = await attachmentsOf(trx, node, nic);
    const same = here.find((other) => other.network === network);
    if (same?.state === 'attached' && same.mode === mode) return { network, version: same.port_version };
    await requireRoom(context, trx, { node, nic, switch: key.switch }, here, target, mode);
    const version = await touchPort(trx, key);
    await trx
      .insertInto('attachments')
      .values({ node, nic, network, mode, state: 'attached', port_version: version })
      .execute();
    return { network, version, event: { kind: 'nic.attaching', data: { nic, network, mode } } };
  });
}

/** Takes a NIC off a network. Returns the id of the operation that ends when the switch no longer carries it. */
export async function detach(
  context: Context,
  reconciler: Reconciler,
  asked: Change,
  request: NicRequest,
): Promise<string> {
  const { node, nic } = request;
  return await change(context, reconciler, 'nic.detach', asked, request, async (key, project) => {
    const { trx, principal } = asked;
    const here = await attachmentsOf(trx, node, nic);
    const target = await findNetwork(trx, principal, request.network, project);
    const network = target?.name ?? request.network.replace(/^\//, '');
    const attachment = here.find((other) => other.network === network);
    if (!target && !attachment) throw notFound('network', request.network);
    if (!attachment) throw attachmentNotFound({ node, nic, network });
    // The holder of the node sees this attachment, though it may not see the network: the operator put it there.
    if (!target) {
      throw forbidden(
        'network_not_yours',
        `Only the operator takes a NIC off "${network}".`,
        'Ask the operator, or release the node: that takes it off all networks.',
      );
    }
    if (attachment.state === 'detaching') return { network, version: attachment.port_version };
    await requireRoomWithout(context, trx, { node, nic, switch: key.switch }, here, attachment);
    const version = await touchPort(trx, key);
    await trx
      .updateTable('attachments')
      .set({ state: 'detaching', port_version: version })
      .where('node', '=', node)
      .where('nic', '=', nic)
      .where('network', '=', network)
      .execute();
    return { network, version, event: { kind: 'nic.detaching', data: { nic, network } } };
  });
}

const attachmentNotFound = ({ node, nic, network }: NicRequest) =>
  new BullionError(
    'not_found',
    'attachment_not_found',
    `NIC ${node}/${nic} is not on the network "${network}".`,
    { hint: `See where it is with \`bullion node show ${node}\`.` },
  );

/** The network that was meant, by its full name; the version of the port to wait for; no event where nothing changed. */
type Touched = { network: string; version: number; event?: Pick<NewEvent, 'kind' | 'data'> };

/** Together: what `write` changes, its event, and the operation that waits for the version. */
async function change(
  context: Context,
  reconciler: Reconciler,
  kind: 'nic.attach' | 'nic.detach',
  { trx, principal, after }: Change,
  request: NicRequest,
  write: (key: PortKey, holder: string) => Promise<Touched>,
): Promise<string> {
  const { events, operations } = context;
  const { node, nic } = request;
  const { project } = await requireHeldNode(trx, principal, node);
  const key = portOf(await requireNic(trx, node, nic));
  const { network, version, event } = await write(key, project);
  const input: NicInput = { ports: [{ key, version }], node, nic, network };
  const subject = `node/${node}`;
  const id = await operations.create(trx, { kind, subject, project, input });
  if (event) await events.append(trx, { ...event, subject, project });
  after(() => {
    operations.start(id);
    reconciler.wake(key.switch);
  });
  return id;
}

/** Takes a whole node off all networks, in the caller's transaction. Returns what to wait for. */
export async function detachAll(trx: Trx, node: string): Promise<PortsInput['ports']> {
  const nics = await trx
    .selectFrom('nics')
    .selectAll()
    .where('node', '=', node)
    .where('port', 'is not', null)
    .execute();
  const ports: PortsInput['ports'] = [];
  for (const nic of nics) ports.push(await detachNic(trx, nic));
  return ports;
}

/** Takes a NIC off all networks. Its port is read again even where it was on none. */
export async function detachNic(trx: Trx, nic: NicTable): Promise<PortsInput['ports'][number]> {
  const key = portOf(nic);
  const version = await touchPort(trx, key);
  await trx
    .updateTable('attachments')
    .set({ state: 'detaching', port_version: version })
    .where('node', '=', nic.node)
    .where('nic', '=', nic.name)
    .execute();
  return { key, version };
}

/** The step of an operation that waits until the switches were read to carry what the database says. */
export async function awaitPorts(
  reconciler: Reconciler,
  operation: OperationContext<unknown>,
  ports: PortsInput['ports'],
): Promise<void> {
  await operation.step('switch verified', async (note) => {
    for (const { key } of ports) reconciler.wake(key.switch);
    await Promise.all(
      ports.map(({ key, version }) => reconciler.settled(key, version, operation.signal, note)),
    );
  });
}

export function defineAttachments({ db, operations }: Context, reconciler: Reconciler): void {
  operations.define<NicInput>('nic.detach', (operation) =>
    awaitPorts(reconciler, operation, operation.input.ports),
  );
  operations.define<NicInput>('nic.attach', async (operation) => {
    const { node, nic, network, ports } = operation.input;
    await awaitPorts(reconciler, operation, ports);
    // A later version of the port may have been verified instead: one without this network.
    const here = await attachmentsOf(db, node, nic);
    if (here.some((other) => other.network === network && other.state === 'attached')) return;
    throw conflict(
      'attachment_superseded',
      `NIC ${node}/${nic} was taken off the network "${network}" before the switch carried it.`,
      'Attach it again if it is still wanted.',
    );
  });
}
