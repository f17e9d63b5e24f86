/** Switches and their ports: what the operator registers before a server can be cabled. Operators only. */
import { conflict, type ErrorBody, existsAlready, invalid, notFound, type Page } from '@bullion/service';
import { z } from 'zod';
import type { PortView, SwitchView } from './api/switches.ts';
import {
  type Change,
  type Context,
  type Database,
  deleteRows,
  findRow,
  findRows,
  insertNew,
  now,
} from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import { describePort, type PortState } from './drivers/switch/port.ts';
import { desiredPorts, isVerified, nicAt, type PortKey } from './ports.ts';
import type { DriftPolicy } from './rounds.ts';
import type { PortTable, SwitchTable } from './store/schema.ts';
import { type GuardedSession, guard } from './switch-session.ts';

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

export type SwitchRequest = { name: string; driver: string; settings: unknown; drift: DriftPolicy };

/** How long a switch has for a call that somebody waits for, in milliseconds. */
const CALL_MS = 10_000;

/** The request, once the switch answers: a wrong address or password is found now, not at the first tenant. */
export async function probed(context: Context, request: SwitchRequest): Promise<SwitchRequest> {
  const { name } = request;
  const driver = driverOf(context.switchDrivers, 'switch', request.driver);
  const open = checkSettings(driver.settingsSchema, `switch "${name}"`, request.settings);
  await (await probe(name, driver, open)).close();
  return { ...request, settings: open };
}

export async function addSwitch(
  { secrets }: Context,
  { trx, tell }: Change,
  { name, driver, settings, drift }: SwitchRequest,
): Promise<SwitchView> {
  const sealed = secrets.seal(settings, switchSecret(name));
  const row = { name, driver, settings: sealed, drift, created_at: now() };
  if (!(await insertNew(trx, 'switches', row))) throw existsAlready('switch', name);
  await tell('switch.added', `switch/${name}`, null);
  return { name, driver, drift, ports: 0 };
}

/** A session of its own with a registered switch, for a request that waits for it. */
export async function sessionWith(context: Context, row: SwitchTable): Promise<GuardedSession> {
  const open = context.secrets.open(row.settings, switchSecret(row.name));
  return await probe(row.name, driverOf(context.switchDrivers, 'switch', row.driver), open);
}

function probe(name: string, driver: SwitchDriver, open: unknown): Promise<GuardedSession> {
  const { signal } = new AbortController();
  return guard(driver, name, { settings: '', open, timeoutMs: CALL_MS, signal });
}

export const switchSecret = (name: string) => `switch/${name}`;

export async function listSwitches(db: Database, { after, limit }: Page): Promise<SwitchView[]> {
  const rows = await db
    .selectFrom('switches')
    .select(['name', 'driver', 'drift'])
    // Counted for the switches of this page alone.
    .select((eb) =>
      eb
        .selectFrom('ports')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('ports.switch', '=', 'switches.name')
        .as('ports'),
    )
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, ports: Number(row.ports) }));
}

export async function requireSwitch(db: Database, name: string) {
  const row = await findRow(db, 'switches', { name });
  if (!row) throw notFound('switch', name);
  return row;
}

export async function deleteSwitch({ trx, tell }: Change, name: string): Promise<void> {
  await requireSwitch(trx, name);
  const ports = await findRows(trx, 'ports', { switch: name });
  if (ports.length > 0) {
    throw conflict(
      'switch_in_use',
      `The switch "${name}" still has ${ports.length} registered ports.`,
      'Delete its ports first.',
    );
  }
  await deleteRows(trx, 'switches', { name });
  await tell('switch.deleted', `switch/${name}`, null);
}

/** Registers a port. It is closed on the switch before anything else happens to it. */
export async function addPort(
  context: Context,
  { trx, tell }: Change,
  switchName: string,
  name: string,
): Promise<void> {
  const { driver } = await requireSwitch(trx, switchName);
  checkSettings(driverOf(context.switchDrivers, 'switch', driver).portNameSchema, `port "${name}"`, name);
  const unread = {
    version: 1,
    verified_version: 0,
    doubted: 1 as const,
    drifted: 0 as const,
    observed: null,
    error: null,
  };
  const isNew = await insertNew(trx, 'ports', { switch: switchName, name, ...unread });
  if (!isNew) throw existsAlready('port', `${switchName}/${name}`);
  await tell('port.added', `port/${switchName}/${name}`, null);
}

/** Throws `port_not_found` unless the port is registered. */
export async function requirePort(db: Database, switchName: string, port: string): Promise<PortTable> {
  const row = await findRow(db, 'ports', { switch: switchName, name: port });
  if (row) return row;
  await requireSwitch(db, switchName);
  throw notFound('port', port, `See the ports of ${switchName} with \`bullion switch ports ${switchName}\`.`);
}

/** Throws unless the port is registered and no cable goes to it. `nic` is for the message: `NODE/NIC`. */
export async function requireFreePort(trx: Database, nic: string, key: PortKey): Promise<void> {
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
  await deleteRows(trx, 'ports', { switch: switchName, name: port });
  await tell('port.deleted', `port/${switchName}/${port}`, null);
}

export async function listPorts(
  db: Database,
  switchName: string,
  { after, limit }: Page = { after: '', limit: 100_000 },
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
  return rows.map((row) => {
    const error = row.error === null ? null : (JSON.parse(row.error) as ErrorBody['error']);
    const failed = error?.code === 'port_drifted' ? 'drifted' : 'failed';
    return {
      name: row.name,
      nic: row.node === null ? null : `${row.node}/${row.nic}`,
      state: isVerified(row) ? 'verified' : error ? failed : 'pending',
      wanted: describePort(desired.get(row.name)!),
      observed: row.observed === null ? 'not read yet' : describePort(JSON.parse(row.observed) as PortState),
      error: error?.message ?? null,
    };
  });
}
