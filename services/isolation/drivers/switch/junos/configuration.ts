/**
 * A PortConfig in the configuration of a Junos switch with the Enhanced Layer 2 Software (ELS): hierarchy
 * `interfaces NAME unit 0 family ethernet-switching`. Pure. What these statements mean (Junos OS Ethernet Switching
 * User Guide): an access port without members is in the VLAN named "default"; an interface whose unit has no family
 * switches nothing, so that is what a closed port is; the native VLAN of a trunk is a member of it too.
 */

import { childOf, childrenOf, type Element, escapeXml } from '../../xml.ts';
import { parseVlans } from '../cli/vlan-ranges.ts';
import {
  CLOSED,
  isClosed,
  MAX_VLAN,
  MIN_VLAN,
  type PortConfig,
  type PortState,
  type UnknownState,
} from '../port.ts';
import { junosPortSchema } from './settings.ts';

const NAMESPACE = 'http://xml.juniper.net/xnm/1.1/xnm';
const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0';
const HARMLESS_OF_INTERFACE = new Set([
  ...['name', 'description', 'disable', 'mtu', 'speed', 'link-mode', 'ether-options', 'gigether-options'],
  ...['aggregated-ether-options', 'hold-time', 'native-vlan-id', 'unit'],
]);
const HARMLESS_OF_FAMILY = new Set(['interface-mode', 'vlan', 'storm-control', 'recovery-timeout']);

export const FILTER = `<configuration xmlns="${NAMESPACE}"><interfaces/><vlans/></configuration>`;

export type JunosPort = {
  readonly state: PortState;
  /** What can only be taken away when it is there. */
  readonly hasNativeVlanId: boolean;
};

export type JunosConfiguration = {
  readonly ports: ReadonlyMap<string, JunosPort>;
  /** The ids of the VLANs that are defined, by name. */
  readonly vlans: ReadonlyMap<string, number>;
};

/** From the `data` of an answer to get-config with FILTER. */
export function readConfiguration(data: Element): JunosConfiguration {
  const configuration = childOf(data, 'configuration');
  const vlanIds = new Map<string, number>();
  for (const vlan of childrenOf(childOf(configuration, 'vlans'), 'vlan')) {
    const id = toVlan(childOf(vlan, 'vlan-id')?.text ?? '');
    if (id !== undefined) vlanIds.set(childOf(vlan, 'name')?.text ?? '', id);
  }
  const interfaces = childOf(configuration, 'interfaces');
  const ranged = childrenOf(interfaces, 'interface-range').length > 0;
  const ports = new Map<string, JunosPort>();
  for (const one of childrenOf(interfaces, 'interface')) {
    const name = childOf(one, 'name')?.text ?? '';
    if (!junosPortSchema.safeParse(name).success) continue;
    const state = ranged ? foreign('an interface-range may add to what it carries') : stateOf(one, vlanIds);
    ports.set(name, { state, hasNativeVlanId: childOf(one, 'native-vlan-id') !== undefined });
  }
  return { ports, vlans: vlanIds };
}

/** The content of `config` in an edit-config that is merged. VLANs that are missing are defined. */
export function writeConfiguration(
  changes: ReadonlyMap<string, PortConfig>,
  { ports, vlans }: JunosConfiguration,
): string {
  const wanted = new Set([...changes.values()].flatMap(membersOf));
  const defined = new Set(vlans.values());
  const missing = [...wanted].filter((vlan) => !defined.has(vlan)).sort((a, b) => a - b);
  const definitions = missing.map(
    (vlan) => `<vlan><name>bullion-${vlan}</name><vlan-id>${vlan}</vlan-id></vlan>`,
  );
  const written = [...changes].map(([port, config]) =>
    writePort(port, config, ports.get(port)?.hasNativeVlanId ?? false),
  );
  return [
    `<configuration xmlns="${NAMESPACE}" xmlns:nc="${BASE}">`,
    ...(missing.length === 0 ? [] : ['<vlans>', ...definitions, '</vlans>']),
    '<interfaces>',
    ...written,
    '</interfaces></configuration>',
  ].join('');
}

/** The unit is replaced as a whole, so that nothing of what was there stays; the rest of the interface is not ours. */
function writePort(port: string, config: PortConfig, hasNativeVlanId: boolean): string {
  const trunk = config.tagged.length > 0;
  const native =
    trunk && config.native !== null
      ? `<native-vlan-id>${config.native}</native-vlan-id>`
      : hasNativeVlanId
        ? '<native-vlan-id nc:operation="delete"/>'
        : '';
  const members = membersOf(config).map((vlan) => `<members>${vlan}</members>`);
  const family = isClosed(config)
    ? ''
    : [
        '<family><ethernet-switching>',
        `<interface-mode>${trunk ? 'trunk' : 'access'}</interface-mode><vlan>${members.join('')}</vlan>`,
        '</ethernet-switching></family>',
      ].join('');
  const unit = `<unit nc:operation="replace"><name>0</name>${family}</unit>`;
  return `<interface><name>${escapeXml(port)}</name>${native}${unit}</interface>`;
}

const membersOf = ({ native, tagged }: PortConfig): number[] =>
  (native === null ? [...tagged] : [native, ...tagged]).sort((a, b) => a - b);

function stateOf(port: Element, vlanIds: ReadonlyMap<string, number>): PortState {
  const [unit, ...others] = childrenOf(port, 'unit');
  const odd = port.children.find(({ name }) => !HARMLESS_OF_INTERFACE.has(name));
  if (odd !== undefined) return foreign(`it has ${odd.name}`);
  if (others.length > 0 || (unit !== undefined && childOf(unit, 'name')?.text !== '0')) {
    return foreign('it has other units than 0');
  }
  const inUnit = unit?.children.find(({ name }) => !['name', 'description', 'family'].includes(name));
  if (inUnit !== undefined) return foreign(`its unit has ${inUnit.name}`);
  const families = childOf(unit, 'family')?.children ?? [];
  if (families.length === 0) return CLOSED;
  const [family, second] = families;
  if (second !== undefined || family!.name !== 'ethernet-switching') return foreign('it has another family');
  const inFamily = family!.children.find(({ name }) => !HARMLESS_OF_FAMILY.has(name));
  if (inFamily !== undefined) return foreign(`its family has ${inFamily.name}`);
  const mode = childOf(family, 'interface-mode')?.text ?? 'access';
  const members = childrenOf(childOf(family, 'vlan'), 'members').map(({ text }) => text);
  const native = childOf(port, 'native-vlan-id')?.text;
  return switchingState(mode, members, native, vlanIds);
}

function switchingState(
  mode: string,
  members: readonly string[],
  nativeText: string | undefined,
  vlanIds: ReadonlyMap<string, number>,
): PortState {
  if (members.includes('all'))
    return { unknown: 'it is a trunk of every VLAN', code: 'port_carries_all_vlans' };
  const vlans = new Set<number>();
  for (const member of members) {
    const found = vlanIds.has(member) ? [vlanIds.get(member)!] : rangeOf(member);
    if (found === undefined) return foreign(`its member "${member}" is a VLAN without an id`);
    for (const vlan of found) vlans.add(vlan);
  }
  // Without a member it is in the VLAN "default", whatever that is here.
  if (vlans.size === 0) return foreign('it switches, and names no VLAN');
  const ascending = [...vlans].sort((a, b) => a - b);
  if (mode === 'access') {
    if (ascending.length > 1) return foreign('it is an access port of several VLANs');
    return { native: ascending[0]!, tagged: [], isolated: false };
  }
  if (mode !== 'trunk') return foreign(`its mode is ${mode}`);
  if (ascending.length === MAX_VLAN) {
    return { unknown: 'it is a trunk of every VLAN', code: 'port_carries_all_vlans' };
  }
  const native = nativeText === undefined ? null : toVlan(nativeText);
  if (native === undefined || (native !== null && !vlans.has(native))) {
    return foreign(`its native VLAN ${nativeText} is not a member`);
  }
  return { native, tagged: ascending.filter((vlan) => vlan !== native), isolated: false };
}

function rangeOf(text: string): number[] | undefined {
  try {
    return /^\d+(-\d+)?$/.test(text) ? parseVlans(text) : undefined;
  } catch {
    return undefined;
  }
}

function toVlan(text: string): number | undefined {
  const vlan = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return vlan >= MIN_VLAN && vlan <= MAX_VLAN ? vlan : undefined;
}

const foreign = (why: string): UnknownState => ({ unknown: why, code: 'port_config_foreign' });
