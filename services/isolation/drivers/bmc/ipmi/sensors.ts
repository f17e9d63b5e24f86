/** Sensors and power draw, as ipmitool 1.8 prints them with `-v -c sdr` and `dcmi power reading`. Pure. */
import type { Sensor } from '../driver.ts';

/** More than a server has; a sensor repository that does not end is not read to its end. */
const MOST_SENSORS = 500;

/**
 * A full sensor record's line: name, reading, unit, status, entity, and its limits. A name may hold commas and is not
 * quoted, so the fields are known by their form. Sensors of states ("Presence Detected") have other lines.
 */
const LINE = /^(.+),(-?\d+(?:\.\d+)?)?,([^,]*),([\w -]+),\d+\.\d+,[^,]*,[^,]*,/;

/** The units that we tell; current, energy and the like are left out. */
const UNITS: Readonly<Record<string, Sensor['unit']>> = {
  'degrees C': 'celsius',
  'degrees F': 'celsius',
  RPM: 'rpm',
  Volts: 'volt',
  Watts: 'watt',
  percent: 'percent',
  '% unspecified': 'percent',
};

/** Sensor types that are told without a unit while nothing is measured (table 42-3 of IPMI 2.0). */
const UNIT_OF_TYPE: Readonly<Record<string, Sensor['unit']>> = {
  Temperature: 'celsius',
  Voltage: 'volt',
  Fan: 'rpm',
};

/** Which threshold was passed; ns: nothing is measured. */
function statusOf(said: string): Sensor['status'] {
  if (said === 'ok') return 'ok';
  if (said === 'ns') return 'off';
  const passed = /^(?:Upper|Lower) (Non-Critical|Critical|Non-Recoverable)$/.exec(said)?.[1];
  return passed === undefined ? 'unknown' : passed === 'Non-Critical' ? 'warning' : 'critical';
}

export function parseSensors(printed: string): Sensor[] {
  const sensors = printed.split('\n').map(parseLine);
  return sensors.filter((one) => one !== undefined).slice(0, MOST_SENSORS);
}

function parseLine(line: string): Sensor | undefined {
  const [all, name, said, unitSaid, statusSaid] = LINE.exec(line) ?? [];
  if (all === undefined) return undefined;
  const type = all.split(',').at(-2)!;
  const unit = unitSaid === '' ? UNIT_OF_TYPE[type] : UNITS[unitSaid!];
  if (unit === undefined) return undefined;
  const reading = said === undefined ? null : Number(said);
  return {
    name: name!,
    reading: reading !== null && unitSaid === 'degrees F' ? ((reading - 32) * 5) / 9 : reading,
    unit,
    status: statusOf(statusSaid!),
  };
}

/** In watts; or why there is no reading. */
export function parsePowerReading(printed: string): number | { why: string } {
  const state = /Power reading state is:\s*(\w+)/.exec(printed)?.[1];
  if (state !== undefined && state !== 'activated') return { why: `its power reading is ${state}.` };
  const watts = /Instantaneous power reading:\s*(\d+) Watts/.exec(printed)?.[1];
  return watts === undefined ? { why: 'it told no power reading.' } : Number(watts);
}
