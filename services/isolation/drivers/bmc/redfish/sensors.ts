/** Power draw, temperatures and fans, from the resources Power and Thermal of the server's chassis (DSP0268). */
import type { Sensor } from '../driver.ts';
import type { Client } from './client.ts';
import { field } from './failures.ts';
import { linkOf, membersOf, type System } from './system.ts';

export async function readSensors(client: Client, system: System): Promise<Sensor[]> {
  const thermal = await roomOf(client, system, 'Thermal');
  const listed = (name: string) => {
    const list = field(thermal, name);
    return Array.isArray(list) ? (list as unknown[]) : [];
  };
  const sensors = [
    ...listed('Temperatures').map((one) => sensor(one, 'ReadingCelsius', 'celsius')),
    // Fans turn at some speed, or at a part of their speed.
    ...listed('Fans').map((one) =>
      sensor(one, 'Reading', field(one, 'ReadingUnits') === 'Percent' ? 'percent' : 'rpm'),
    ),
  ];
  // Slots for what this server does not have.
  return sensors.filter((one) => one !== undefined);
}

/** Undefined where the BMC does not say. */
export async function readPowerDraw(client: Client, system: System): Promise<number | undefined> {
  const control = field(await roomOf(client, system, 'Power'), 'PowerControl');
  const watts = field(Array.isArray(control) ? control[0] : undefined, 'PowerConsumedWatts');
  return typeof watts === 'number' ? watts : undefined;
}

/** A resource of the chassis that holds the system; undefined where there is none. */
async function roomOf(client: Client, { body }: System, name: 'Power' | 'Thermal'): Promise<unknown> {
  const linked = field(field(body, 'Links'), 'Chassis');
  const chassis =
    linkOf(Array.isArray(linked) ? linked[0] : undefined) ??
    (await membersOf(client, '/redfish/v1/Chassis'))[0];
  if (chassis === undefined) return undefined;
  const path = linkOf(field((await client.get(chassis)).body, name));
  return path === undefined ? undefined : (await client.get(path)).body;
}

function sensor(from: unknown, key: string, unit: Sensor['unit']): Sensor | undefined {
  const state = field(field(from, 'Status'), 'State');
  if (state === 'Absent') return undefined;
  const reading = field(from, key);
  const name = field(from, 'Name') ?? field(from, 'MemberId');
  return {
    name: typeof name === 'string' ? name : '?',
    reading: typeof reading === 'number' ? reading : null,
    unit,
    status: state === 'StandbyOffline' || state === 'Disabled' ? 'off' : healthOf(field(from, 'Status')),
  };
}

function healthOf(status: unknown): Sensor['status'] {
  const health = field(status, 'Health');
  return health === 'OK'
    ? 'ok'
    : health === 'Warning'
      ? 'warning'
      : health === 'Critical'
        ? 'critical'
        : 'unknown';
}
