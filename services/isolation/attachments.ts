/**
 * Attachments: a NIC on a network. Each change is written together with the operation that follows it and the new
 * version of the port; the reconciler carries it out and the operation ends when it was read back from the switch.
 */
import { BullionError, mayUse, type OperationContext, type Principal } from '@bullion/service';
import type { Context, Trx } from './context.ts';
import { driverOf } from './drivers/index.ts';
import { requireNetwork } from './networks.ts';
import { requireHeldNode, requireNic } from './nodes.ts';
import { type PortKey, touchPort } from './ports.ts';
import type { Reconciler } from './reconciler.ts';
import type { NetworkTable, NicTable } from './store/schema.ts';
import { requireSwitch } from './switches.ts';

/** What the operation waits for: these ports, verified at these versions. */
export type PortsInput = { ports: { key: PortKey; version: number }[] };

type Cabled = NicTable & { switch: string; port: string };

function requireCable(nic: NicTable): asserts nic is Cabled {
  if (nic.switch !== null && nic.port !== null) return;
  throw new BullionError(
    'conflict',
    'nic_not_cabled',
    `NIC ${nic.node}/${nic.name} is cabled to no switch port.`,
    {
      hint: 'An operator must register the port that its cable goes to.',
    },
  );
}

/** Puts a NIC on a network. Returns the id of the operation that ends when the switch carries it. */
export async function attach(
  context: Context,
  reconciler: Reconciler,
  principal: Principal,
  request: { node: string; nic: string; network: string; mode: 'native' | 'tagged' },
): Promise<string> {
  const { db, events, operations } = context;
  const { node, nic, network, mode } = request;
  const { id, key } = await db.transaction().execute(async (trx) => {
    const holder = await requireHeldNode(trx, principal, node);
    const row = await requireNic(trx, node, nic);
    requireCable(row);
    const target = await requireNetwork(trx, principal, network);
    await requireAccess(trx, principal, target, holder.project);
    await requireRoom(context, trx, row, target, mode);
    const key = { switch: row.switch, port: row.port };
    const version = await touchPort(trx, key);
    await trx
      .insertInto('attachments')
      .values({ node, nic, network, mode, state: 'attaching', port_version: version })
      .execute();
    const input: PortsInput = { ports: [{ key, version }] };
    const id = await operations.create(trx, {
      kind: 'nic.attach',
      subject: `node/${node}`,
      project: holder.project,
      input,
    });
    await events.append(trx, {
      kind: 'nic.attaching',
      subject: `node/${node}`,
      project: holder.project,
      data: { nic, network, mode },
    });
    return { id, key };
  });
  operations.start(id);
  reconciler.wake(key.switch);
  return id;
}

/** A project puts its nodes on its own networks, public ones, and those it was given access to; the operator on any. */
async function requireAccess(
  trx: Trx,
  principal: Principal,
  network: NetworkTable,
  project: string,
): Promise<void> {
  if (network.public === 1 || network.project === project || principal.role !== 'member') return;
  const granted = await trx
    .selectFrom('network_access')
    .select('project')
    .where('network', '=', network.name)
    .where('project', '=', project)
    .executeTakeFirst();
  if (granted) return;
  throw new BullionError(
    'forbidden',
    'network_no_access',
    `Project "${project}" has no access to the network "${network.name}".`,
    {
      hint: `Its owner can grant it: \`bullion network grant ${network.name} ${project}\`.`,
    },
  );
}

/** The port can carry one more network: one native at most, isolated ones alone, and as much as its switch can do. */
async function requireRoom(
  context: Context,
  trx: Trx,
  nic: Cabled,
  network: NetworkTable,
  mode: 'native' | 'tagged',
): Promise<void> {
  const here = await trx
    .selectFrom('attachments')
    .innerJoin('networks', 'networks.name', 'attachments.network')
    .select(['attachments.network', 'attachments.mode', 'attachments.state', 'networks.isolated'])
    .where('attachments.node', '=', nic.node)
    .where('attachments.nic', '=', nic.name)
    .execute();
  const at = `NIC ${nic.node}/${nic.name}`;
  const same = here.find((other) => other.network === network.name);
  if (same) {
    throw new BullionError(
      'conflict',
      'nic_attached',
      `${at} is ${same.state} on the network "${network.name}" already.`,
      {
        hint: same.state === 'detaching' ? 'Wait until it is detached.' : 'Detach it first.',
      },
    );
  }
  const staying = here.filter((other) => other.state !== 'detaching');
  const native = staying.find((other) => other.mode === 'native');
  if (mode === 'native' && native) {
    throw new BullionError(
      'conflict',
      'nic_native_taken',
      `${at} carries "${native.network}" as its native network already.`,
      {
        hint: 'Detach that one first, or attach this one tagged.',
      },
    );
  }
  const alone =
    network.isolated === 1 ? network.name : staying.find((other) => other.isolated === 1)?.network;
  if (alone !== undefined && (staying.length > 0 || mode === 'tagged')) {
    throw new BullionError(
      'conflict',
      'network_isolated',
      `The isolated network "${alone}" must be the only one on ${at}, and native.`,
      {
        hint: 'A switch isolates whole ports, not single VLANs: use another NIC.',
      },
    );
  }
  const { driver } = await requireSwitch(trx, nic.switch);
  const { capabilities } = driverOf(context.switchDrivers, 'switch', driver);
  const lacks =
    mode === 'tagged' && !capabilities.tagged
      ? 'tagged networks'
      : mode === 'tagged' && !native && !capabilities.nativelessTrunk
        ? 'tagged networks without a native one'
        : network.isolated === 1 && !capabilities.isolatedPorts
          ? 'isolated ports'
          : undefined;
  if (lacks) {
    throw new BullionError('conflict', 'switch_capability_missing', `The switch of ${at} has no ${lacks}.`, {
      hint: 'Use another NIC or another kind of network.',
    });
  }
}

/** Takes a NIC off a network. Returns the id of the operation that ends when the switch no longer carries it. */
export async function detach(
  context: Context,
  reconciler: Reconciler,
  principal: Principal,
  request: { node: string; nic: string; network: string },
): Promise<string> {
  const { db, events, operations } = context;
  const { node, nic, network } = request;
  const { id, key } = await db.transaction().execute(async (trx) => {
    const holder = await requireHeldNode(trx, principal, node);
    const row = await requireNic(trx, node, nic);
    requireCable(row);
    const target = await requireNetwork(trx, principal, network);
    if (target.project === null && target.public === 0 && !mayUse(principal, null)) {
      throw new BullionError(
        'forbidden',
        'network_not_yours',
        `Only the operator takes a NIC off "${network}".`,
      );
    }
    const key = { switch: row.switch, port: row.port };
    const version = await touchPort(trx, key);
    const changed = await trx
      .updateTable('attachments')
      .set({ state: 'detaching', port_version: version })
      .where('node', '=', node)
      .where('nic', '=', nic)
      .where('network', '=', network)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) {
      throw new BullionError(
        'not_found',
        'attachment_not_found',
        `NIC ${node}/${nic} is not on the network "${network}".`,
        {
          hint: `See where it is with \`bullion node show ${node}\`.`,
        },
      );
    }
    const input: PortsInput = { ports: [{ key, version }] };
    const id = await operations.create(trx, {
      kind: 'nic.detach',
      subject: `node/${node}`,
      project: holder.project,
      input,
    });
    await events.append(trx, {
      kind: 'nic.detaching',
      subject: `node/${node}`,
      project: holder.project,
      data: { nic, network },
    });
    return { id, key };
  });
  operations.start(id);
  reconciler.wake(key.switch);
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
  for (const nic of nics) {
    requireCable(nic);
    const key = { switch: nic.switch, port: nic.port };
    const version = await touchPort(trx, key);
    await trx
      .updateTable('attachments')
      .set({ state: 'detaching', port_version: version })
      .where('node', '=', node)
      .where('nic', '=', nic.name)
      .execute();
    ports.push({ key, version });
  }
  return ports;
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
