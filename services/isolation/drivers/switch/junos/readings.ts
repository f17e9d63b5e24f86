/**
 * What a Junos switch tells beside its configuration: the RPCs behind `show interfaces extensive`,
 * `show lldp neighbors` and `show ethernet-switching table` (Junos XML API Operational Reference). Pure.
 */
import { childOf, childrenOf, type Element } from '../../xml.ts';
import type { LearnedAddress, Neighbour, PortCounters } from '../driver.ts';
import { toId, toMac } from '../mac-address.ts';
import { junosPortSchema } from './settings.ts';

export const READINGS = {
  counters: '<get-interface-information><extensive/></get-interface-information>',
  neighbours: '<get-lldp-neighbors-information/>',
  addresses: '<get-ethernet-switching-table-information/>',
} as const;

const isPort = (name: string) => junosPortSchema.safeParse(name).success;
const textOf = (element: Element, name: string) => childOf(element, name)?.text;

export function countersOf(information: Element): Map<string, PortCounters> {
  const found = new Map<string, PortCounters>();
  for (const port of childrenOf(information, 'physical-interface')) {
    const [name = '', traffic] = [textOf(port, 'name'), childOf(port, 'traffic-statistics')];
    if (!isPort(name) || traffic === undefined) continue;
    const count = (of: string) => Number(textOf(traffic, of) ?? 0);
    found.set(name, {
      ...{ inBytes: count('input-bytes'), inFrames: count('input-packets') },
      ...{ outBytes: count('output-bytes'), outFrames: count('output-packets') },
    });
  }
  return found;
}

/** Some releases name our port with its unit; some tell of the other's port its description alone. */
export function neighboursOf(information: Element): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const one of childrenOf(information, 'lldp-neighbor-information')) {
    const local = textOf(one, 'lldp-local-port-id') ?? textOf(one, 'lldp-local-interface') ?? '';
    const port = withoutUnit(local);
    if (!isPort(port)) continue;
    const neighbour = {
      chassisId: toId(textOf(one, 'lldp-remote-chassis-id') ?? ''),
      portId: toId(textOf(one, 'lldp-remote-port-id') ?? textOf(one, 'lldp-remote-port-description') ?? ''),
      systemName: textOf(one, 'lldp-remote-system-name') || null,
    };
    found.set(port, [...(found.get(port) ?? []), neighbour]);
  }
  return found;
}

/**
 * The brief form has a list of entries, with one VLAN id for them all that is that of the first alone: the name that each
 * entry has counts. In the extensive form each entry stands by itself, with its own id.
 */
export function addressesOf(table: Element, vlans: ReadonlyMap<string, number>): LearnedAddress[] {
  return childrenOf(table, 'l2ng-l2ald-mac-entry-vlan').flatMap((group) => {
    const listed = childrenOf(group, 'l2ng-mac-entry');
    return (listed.length > 0 ? listed : [group]).flatMap((entry) => {
      const port = withoutUnit(textOf(entry, 'l2ng-l2-mac-logical-interface') ?? '');
      const mac = toMac(textOf(entry, 'l2ng-l2-mac-address') ?? '');
      if (mac === undefined || !isPort(port)) return [];
      const own = Number(textOf(entry, 'l2ng-l2-vlan-id')) || null;
      return [{ port, mac, vlan: own ?? vlans.get(textOf(entry, 'l2ng-l2-mac-vlan-name') ?? '') ?? null }];
    });
  });
}

const withoutUnit = (name: string) => name.replace(/\.\d+$/, '');
