/** Switches and their ports: what the operator registers before a server can be cabled. Operators only. */
import { conflict, invalid, notFound, type Page } from '@bullion/service';
import { z } from 'zod';
import type { PortView, SwitchView } from './api/switches.ts';
import { type Change, type Context, type Database, insertNew, now, type Trx } from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import { describePort, type PortState } from './drivers/switch/port.ts';
import { desiredPorts, isVerified, nicAt, type PortKey } from './ports.ts';
import type { PortTable } from './store/schema.ts';
import { guard } from './switch-session.ts';

/** Checks connection settings by the driver's own schema, naming each field that is wrong. */
export function checkSettings(schema: z.ZodType, of: string, settings: unknown): unknown {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw invalid(
    'settings_invalid',
    `The settings of ${of} are not valid: ${z.prettifyError(parsed.error)}`,
    'Correct the named fields; nothing was changed.',
  );
}

export type SwitchRequest = { name: string; driver: string; settings: unknown };

/** The request, once the switch answers: a wrong address or password is found now, not at the first tenant. */
export async function probed(context: Context, request: SwitchRequest): Promise<SwitchRequest> {
  const driver = driverOf(context.switchDrivers, 'switch', request.driver);
  const settings = checkSettings(driver.settingsSchema, `switch "${request.name}"`, request.settings);
  await probe(request.name, driver, settings);
  return { ...request, settings };
}

export async function addSwitch(
  { secrets, events }: Context,
  { trx }: Change,
  request: SwitchRequest,
): Promise<SwitchView> {
  const isNew = await insertNew(trx, 'switches', {
    name: request.name,
    driver: request.driver,
    settings: secrets.seal(request.settings, switchSecret(request.name)),
    created_at: now(),
  });
  if (!isNew) {
    throw conflict('switch_exists', `There is a switch "${request.name}" already.`, 'Choose another name.');
  }
  await events.append(trx, { kind: 'switch.added', subject: `switch/${request.name}`, project: null });
  return { name: request.name, driver: request.driver, ports: 0 };
}

/** How long a switch has to answer when it is registered, in milliseconds. */
const PROBE_MS = 10_000;

async function probe(name: string, driver: SwitchDriver, settings: unknown): Promise<void> {
  const { signal } = new AbortController();
  const session = await guard(driver, name, { settings: '', open: settings, timeoutMs: PROBE_MS, signal });
  await session.close();
}

export const switchSecret = (name: string) => `switch/${name}`;

export async function listSwitches(db: Database, { after, limit }: Page): Promise<SwitchView[]> {
  const rows = await db
    .selectFrom('switches')
    .leftJoin('ports', 'ports.switch', 'switches.name')
    .select(['switches.name', 'switches.driver', ({ fn }) => fn.count<number>('ports.name').as('ports')])
    .where('switches.name', '>', after)
    .groupBy(['switches.name', 'switches.driver'])
    .orderBy('switches.name')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, ports: Number(row.ports) }));
}

export async function requireSwitch(db: Database | Trx, name: string) {
  const row = await db.selectFrom('switches').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row) throw notFound('switch', name);
  return row;
}

export async function deleteSwitch({ trx, tell }: Change, name: string): Promise<void> {
  await requireSwitch(trx, name);
  const ports = await trx.selectFrom('ports').select('name').where('switch', '=', name).execute();
  if (ports.length > 0) {
    throw conflict(
      'switch_in_use',
      `The switch "${name}" still has ${ports.length} registered ports.`,
      'Delete its ports first.',
    );
  }
  await trx.deleteFrom('switches').where('name', '=', name).execute();
  await tell('switch.deleted', `switch/${name}`, null);
}

/** Registers a port. It is closed on the switch before anything else happens to it. */
export async function addPort(
  context: Context,
  { trx }: Change,
  switchName: string,
  port: string,
): Promise<void> {
  const { driver } = await requireSwitch(trx, switchName);
  checkSettings(driverOf(context.switchDrivers, 'switch', driver).portNameSchema, `port "${port}"`, port);
  const isNew = await insertNew(trx, 'ports', {
    switch: switchName,
    name: port,
    version: 1,
    verified_version: 0,
    doubted: 1,
    observed: null,
    error: null,
  });
  if (!isNew) {
    throw conflict(
      'port_exists',
      `The switch "${switchName}" has a port "${port}" already.`,
      'There is nothing to do, or the name is another one.',
    );
  }
  await context.events.append(trx, {
    kind: 'port.added',
    subject: `port/${switchName}/${port}`,
    project: null,
  });
}

/** Throws `port_not_found` unless the port is registered. */
export async function requirePort(db: Database | Trx, switchName: string, port: string): Promise<PortTable> {
  const row = await db
    .selectFrom('ports')
    .selectAll()
    .where('switch', '=', switchName)
    .where('name', '=', port)
    .executeTakeFirst();
  if (row) return row;
  await requireSwitch(db, switchName);
  throw notFound('port', port, `See the ports of ${switchName} with \`bullion switch ports ${switchName}\`.`);
}

/** Throws unless the port is registered and no cable goes to it. `nic` is for the message: `NODE/NIC`. */
export async function requireFreePort(trx: Trx, nic: string, key: PortKey): Promise<void> {
  await requirePort(trx, key.switch, key.port);
  const other = await nicAt(trx, key);
  if (!other) return;
  throw conflict(
    'port_in_use',
    `Port "${key.port}" of ${key.switch} is cabled to ${other.node}/${other.name} already.`,
    `Give ${nic} the port that its cable really goes to, or delete the other NIC first.`,
    { switch: key.switch, port: key.port, node: other.node, nic: other.name },
  );
}

export async function deletePort({ trx, tell }: Change, switchName: string, port: string): Promise<void> {
  await requirePort(trx, switchName, port);
  const nic = await nicAt(trx, { switch: switchName, port });
  if (nic) {
    throw conflict(
      'port_in_use',
      `Port "${port}" of ${switchName} is cabled to ${nic.node}/${nic.name}.`,
      'Delete that NIC first.',
    );
  }
  await trx.deleteFrom('ports').where('switch', '=', switchName).where('name', '=', port).execute();
  await tell('port.deleted', `port/${switchName}/${port}`, null);
}

export async function listPorts(
  db: Database,
  switchName: string,
  { after, limit }: Page,
): Promise<PortView[]> {
  await requireSwitch(db, switchName);
  const rows = await db
    .selectFrom('ports')
    .leftJoin('nics', (join) =>
      join.onRef('nics.switch', '=', 'ports.switch').onRef('nics.port', '=', 'ports.name'),
    )
    .selectAll('ports')
    .select(['nics.node', 'nics.name as nic'])
    .where('ports.switch', '=', switchName)
    .where('ports.name', '>', after)
    .orderBy('ports.name')
    .limit(limit)
    .execute();
  const desired = await desiredPorts(
    db,
    switchName,
    rows.map((row) => row.name),
  );
  return rows.map((row) => ({
    name: row.name,
    nic: row.node === null ? null : `${row.node}/${row.nic}`,
    state: isVerified(row) ? 'verified' : row.error ? 'failed' : 'pending',
    wanted: describePort(desired.get(row.name)!),
    observed: row.observed === null ? 'not read yet' : describePort(JSON.parse(row.observed) as PortState),
    error: row.error === null ? null : (JSON.parse(row.error) as { message: string }).message,
  }));
}
