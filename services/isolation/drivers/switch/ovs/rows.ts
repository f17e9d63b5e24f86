/** The rows of ports and of their interfaces, as one query of the database returns them (ovs-vswitchd.conf.db(5)). Pure. */
import type { PortCounters } from '../driver.ts';
import { integerMap, integers, type Row, string, strings, uuids } from './ovsdb/values.ts';

export const INTERFACE_COLUMNS = ['_uuid', 'name', 'type', 'ofport', 'ifindex', 'error', 'statistics'];

/** A port as the database has it. */
export type PortRow = {
  readonly uuid: string;
  readonly columns: Row;
  readonly interfaces: readonly Row[];
};

/** The bridge's ports by name, without its local port. */
export function joinPorts(bridge: Row, ports: readonly Row[], interfaces: readonly Row[], local: string) {
  const wanted = new Set(uuids(bridge, 'ports'));
  const interfaceOf = new Map(interfaces.map((row) => [uuids(row, '_uuid')[0]!, row]));
  const found = new Map<string, PortRow>();
  for (const columns of ports) {
    const id = uuids(columns, '_uuid')[0]!;
    const name = string(columns, 'name');
    if (!wanted.has(id) || name === local) continue;
    const members = uuids(columns, 'interfaces').flatMap((one): Row[] => {
      const device = interfaceOf.get(one);
      return device === undefined ? [] : [device];
    });
    found.set(name, { uuid: id, columns, interfaces: members });
  }
  return found;
}

/**
 * Why the port's device does not work; undefined when it does. A device that vswitchd could not open has an `error`
 * and the OpenFlow port number -1; one that vanished from under a running vswitchd keeps its number, and only its
 * interface index tells: 0. (An internal port has 0 as well, when it was moved to another namespace, and works.)
 */
export function deviceError(row: PortRow): string | undefined {
  for (const device of row.interfaces) {
    const [error] = strings(device, 'error');
    if (error !== undefined) return error;
    const name = string(device, 'name');
    const [number] = integers(device, 'ofport');
    if (number === undefined || number < 0) return `device "${name}" was not opened`;
    if (string(device, 'type') === '' && integers(device, 'ifindex')[0] === 0)
      return `device "${name}" is gone`;
  }
  return row.interfaces.length === 0 ? 'it has no device' : undefined;
}

export function sumCounters(interfaces: readonly Row[]): PortCounters {
  const sum = { inBytes: 0, inFrames: 0, outBytes: 0, outFrames: 0 };
  for (const device of interfaces) {
    const statistics = integerMap(device, 'statistics');
    sum.inBytes += statistics.get('rx_bytes') ?? 0;
    sum.inFrames += statistics.get('rx_packets') ?? 0;
    sum.outBytes += statistics.get('tx_bytes') ?? 0;
    sum.outFrames += statistics.get('tx_packets') ?? 0;
  }
  return sum;
}
