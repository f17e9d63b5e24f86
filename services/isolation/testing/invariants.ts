/** What must hold whenever the service is at rest, read from its database. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../context.ts';
import { CLOSED, carries, describePort, isUnknown, type PortState } from '../drivers/switch/port.ts';
import { desiredPorts, isVerified } from '../ports.ts';

/** What a port of the switch carries, read past the service. */
export type Hardware = (port: string) => PortState | Promise<PortState>;

/** Every port was read back and carries on the hardware exactly what the database says. */
async function assertPortsAsWanted(db: Database, switchName: string, hardware: Hardware): Promise<void> {
  const ports = await db.selectFrom('ports').selectAll().where('switch', '=', switchName).execute();
  const wanted = await desiredPorts(
    db,
    switchName,
    ports.map(({ name }) => name),
  );
  for (const port of ports) {
    const state = await hardware(port.name);
    const text = `${port.name}: wanted ${describePort(wanted.get(port.name)!)}, has ${describePort(state)}`;
    assert.ok(isVerified(port), `${text}; not verified`);
    assert.ok(carries(state, wanted.get(port.name)!), text);
  }
}

/** Waits until every port is as wanted; says which one is not, where it takes longer than 10 s. */
export async function portsSettle(db: Database, switchName: string, hardware: Hardware): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await assertPortsAsWanted(db, switchName, hardware);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(10);
    }
  }
}

/** No node of two projects, no attachment without a holder or on a network that its holder may not use. */
export async function assertNoOrphans(db: Database): Promise<void> {
  const nodes = await db.selectFrom('nodes').selectAll().execute();
  const networks = await db.selectFrom('networks').selectAll().execute();
  const given = await db.selectFrom('network_access').selectAll().where('given', '=', 1).execute();
  for (const { node, network } of await db.selectFrom('attachments').selectAll().execute()) {
    const holder = nodes.find(({ name }) => name === node);
    assert.notEqual(holder?.state, 'free', `${node} is free and on ${network}`);
    const on = networks.find(({ name }) => name === network)!;
    assert.ok(
      on.public === 1 ||
        on.project === holder!.project ||
        given.some((one) => one.network === network && one.project === holder!.project),
      `${node} of ${holder!.project} is on ${network}`,
    );
  }
  // The record of events is written with each change: what it tells is what happened.
  const events = await db
    .selectFrom('events')
    .select(['kind', 'subject', 'project'])
    .orderBy('sequence')
    .execute();
  const holders = new Map<string, string | null>();
  for (const { kind, subject, project } of events) {
    if (kind === 'node.allocated') {
      assert.equal(
        holders.get(subject) ?? null,
        null,
        `${subject} was allocated to ${project} while it was held`,
      );
      holders.set(subject, project);
    }
    if (kind === 'node.released') {
      assert.equal(holders.get(subject), project);
      holders.set(subject, null);
    }
  }
  for (const { name, project } of nodes) assert.equal(holders.get(`node/${name}`) ?? null, project);
}

/** Ports of free nodes are closed on the hardware. */
export async function assertFreeIsClosed(db: Database, hardware: Hardware): Promise<void> {
  const rows = await db
    .selectFrom('nics')
    .innerJoin('nodes', 'nodes.name', 'nics.node')
    .select('nics.port')
    .where('nodes.state', '=', 'free')
    .execute();
  for (const { port } of rows) {
    assert.ok(carries(await hardware(port!), CLOSED), `${port} of a free node is open`);
  }
}

/** A port carries no VLAN but of networks that its NIC is on, or is being taken off; where nobody else has changed it. */
export async function assertNothingUnasked(db: Database, hardware: Hardware): Promise<void> {
  const nics = await db.selectFrom('nics').selectAll().where('port', 'is not', null).execute();
  const rows = await db
    .selectFrom('attachments')
    .innerJoin('networks', 'networks.name', 'attachments.network')
    .select(['attachments.node', 'attachments.nic', 'networks.vlan'])
    .execute();
  for (const { node, name, port } of nics) {
    const state = await hardware(port!);
    if (isUnknown(state)) continue; // As it came out of the box: nobody has had the node yet.
    const asked = rows.filter((row) => row.node === node && row.nic === name).map(({ vlan }) => vlan);
    for (const vlan of [...state.tagged, ...(state.native === null ? [] : [state.native])]) {
      assert.ok(asked.includes(vlan), `${port} carries ${vlan}, which ${node}/${name} is not on`);
    }
  }
}

/** Leases of a node never overlap, and one that is active holds the node for its tenant, or did until a release began. */
export async function assertLeases(db: Database): Promise<void> {
  const leases = await db.selectFrom('leases').selectAll().where('state', '<>', 'ended').execute();
  const nodes = await db.selectFrom('nodes').selectAll().execute();
  for (const lease of leases) {
    const holder = nodes.find(({ name }) => name === lease.node)!;
    const others = leases.filter(({ node, id }) => node === lease.node && id !== lease.id);
    for (const other of others) {
      assert.ok(
        other.ends_at <= lease.starts_at || lease.ends_at <= other.starts_at,
        `leases ${lease.id} and ${other.id} of ${lease.node} overlap`,
      );
    }
    if (lease.state === 'active' && holder.allocation === lease.allocation) {
      assert.equal(holder.project, lease.project, `${lease.node} is leased to ${lease.project}`);
    }
  }
  // Told in the transaction of each step: none goes back, none is taken twice.
  const steps = await db
    .selectFrom('events')
    .select(['kind', 'subject', 'project'])
    .orderBy('sequence')
    .execute();
  const ended = new Set<string>();
  for (const { kind, subject, project } of steps) {
    const key = `${subject} for ${project}`;
    if (kind.startsWith('lease.')) assert.ok(!ended.has(key), `${key}: ${kind} after its end`);
    if (kind === 'lease.ended') ended.add(key);
  }
}
