/**
 * OS10's list of interfaces (`ietf-interfaces`, with Dell's `dell-interface` in it), read and written. Pure; throws on
 * what it does not understand.
 *
 * OS10 keeps VLANs the other way round: a VLAN is an interface of its own, and lists the ports on it, tagged and
 * untagged. A port has a mode. Without one it is an access port, which always has an untagged VLAN. In MODE_L2HYBRID
 * (`switchport mode trunk`) it may have one untagged VLAN, or none, and any number of tagged ones: so that is the mode
 * of every port of ours, and a closed port is one that no VLAN lists.
 */
import { z } from 'zod';
import type { Snapshot } from '../https/session.ts';
import { CLOSED, MAX_VLAN, MIN_VLAN, type PortConfig, type PortState } from '../port.ts';

const HYBRID = 'MODE_L2HYBRID';
const ETHERNET = 'iana-if-type:ethernetCsmacd';
const LAG = 'iana-if-type:ieee8023adLag';
const VLAN = 'iana-if-type:l2vlan';

export const os10PortSchema = z
  .string()
  .regex(
    /^(ethernet\d{1,2}\/\d{1,2}\/\d{1,3}(:\d)?|port-channel\d{1,4})$/,
    'must be like ethernet1/1/1, written without a space',
  );

const interfacesSchema = z.object({
  'ietf-interfaces:interfaces': z.object({
    interface: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        'dell-interface:mode': z.string().optional(),
        // Whatever stands here is a port, or there is something in the list that we do not know.
        'dell-interface:untagged-ports': z.array(os10PortSchema).default([]),
        'dell-interface:tagged-ports': z.array(os10PortSchema).default([]),
      }),
    ),
  }),
});

export type Os10Port = { mode: string | undefined; untagged: Set<number>; tagged: Set<number> };
export type Os10Snapshot = Snapshot & {
  readonly ports: ReadonlyMap<string, Os10Port>;
  readonly vlans: ReadonlySet<number>;
};

export function snapshotOf(shown: unknown): Os10Snapshot {
  const interfaces = interfacesSchema.parse(shown)['ietf-interfaces:interfaces'].interface;
  const ports = new Map<string, Os10Port>();
  for (const { name, type, 'dell-interface:mode': mode } of interfaces) {
    if (![ETHERNET, LAG].includes(type) || !os10PortSchema.safeParse(name).success) continue;
    ports.set(name, { mode, untagged: new Set(), tagged: new Set() });
  }
  const vlans = new Set<number>();
  for (const one of interfaces) {
    if (one.type !== VLAN) continue;
    const vlan = Number(/^vlan(\d{1,4})$/.exec(one.name)?.[1]);
    if (!(vlan >= MIN_VLAN && vlan <= MAX_VLAN)) throw new TypeError(`"${one.name}" is no VLAN`);
    vlans.add(vlan);
    for (const port of one['dell-interface:untagged-ports']) ports.get(port)?.untagged.add(vlan);
    for (const port of one['dell-interface:tagged-ports']) ports.get(port)?.tagged.add(vlan);
  }
  return { ports, vlans, states: new Map([...ports].map(([name, port]) => [name, stateOf(port)])) };
}

function stateOf({ mode, untagged, tagged }: Os10Port): PortState {
  const foreign = (unknown: string): PortState => ({ unknown, code: 'port_config_foreign' });
  const [native = null, second] = untagged;
  if (second !== undefined) return foreign('it is untagged in several VLANs');
  if (!isOurs(mode)) return foreign(`its mode is ${mode}`);
  if (mode !== HYBRID) {
    if (native === null) return foreign('it is an access port, and the switch does not say of which VLAN');
    if (tagged.size > 0) return foreign('it is an access port with tagged VLANs');
    return { native, tagged: [], isolated: false };
  }
  if (native === null && tagged.size === 0) return CLOSED;
  return { native, tagged: [...tagged].sort((a, b) => a - b), isolated: false };
}

/** A member of a port channel is MODE_L2DISABLED, and so is a routed port: neither is ours to change. */
export const isOurs = (mode: string | undefined) =>
  mode === undefined || mode === 'MODE_L2' || mode === HYBRID;

/** A port to be taken off a VLAN. */
export type Removal = {
  readonly vlan: number;
  readonly list: 'untagged-ports' | 'tagged-ports';
  port: string;
};

/**
 * What has to be said, in this order: `modes` to be merged, then `removals`, then `members` to be merged. Between them a
 * port never carries more than it did or will. An untagged port that goes from VLAN to VLAN is not removed: the switch
 * moves it.
 */
export function changesOf(changes: ReadonlyMap<string, PortConfig>, before: Os10Snapshot) {
  const removals: Removal[] = [];
  const members = new Map<number, { untagged: string[]; tagged: string[] }>();
  const on = (vlan: number) => {
    const lists = members.get(vlan) ?? { untagged: [], tagged: [] };
    members.set(vlan, lists);
    return lists;
  };
  const modes: object[] = [];
  for (const [port, { native, tagged }] of changes) {
    const now = before.ports.get(port)!;
    if (now.mode !== HYBRID) modes.push({ name: port, 'dell-interface:mode': HYBRID });
    const wanted = new Set(tagged);
    for (const vlan of now.tagged) {
      if (!wanted.has(vlan)) removals.push({ vlan, list: 'tagged-ports', port });
    }
    for (const vlan of now.untagged) {
      if (native === null) removals.push({ vlan, list: 'untagged-ports', port });
    }
    if (native !== null && !now.untagged.has(native)) on(native).untagged.push(port);
    for (const vlan of tagged) if (!now.tagged.has(vlan)) on(vlan).tagged.push(port);
  }
  return {
    modes: list(modes),
    removals,
    members: list(
      [...members].map(([vlan, { untagged, tagged }]) => ({
        name: `vlan${vlan}`,
        ...(before.vlans.has(vlan) ? {} : { type: VLAN, enabled: true }),
        ...(untagged.length > 0 ? { 'dell-interface:untagged-ports': untagged } : {}),
        ...(tagged.length > 0 ? { 'dell-interface:tagged-ports': tagged } : {}),
      })),
    ),
  };
}

/** Undefined when there is nothing to merge. */
const list = (interfaces: object[]) =>
  interfaces.length === 0 ? undefined : { 'ietf-interfaces:interfaces': { interface: interfaces } };
