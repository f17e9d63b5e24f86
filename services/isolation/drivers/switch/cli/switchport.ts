/**
 * How a PortConfig is said in the command language that Cisco began and others took over, and read from what such a
 * switch tells of a port. Pure.
 *
 * There is no port without a native VLAN in this language. But a trunk drops untagged frames when its native VLAN is
 * not among those that it is allowed. So every switch has one VLAN that is kept unused: it is the native VLAN of every
 * trunk that should have none, and is never allowed. A closed port is such a trunk, with nothing allowed.
 */
import { BullionError } from '@bullion/service/errors';
import { MAX_VLAN, type PortConfig, type PortState, type UnknownState } from '../port.ts';
import { formatVlans } from './vlan-ranges.ts';

/** A port as the switch tells it. */
export type Switchport =
  | { readonly mode: 'access'; readonly vlan: number }
  | { readonly mode: 'trunk'; readonly native: number; readonly allowed: readonly number[] }
  /** Why it is neither, or more than that. */
  | { readonly mode: 'foreign'; readonly why: string };

/**
 * The lines below `interface NAME`. Both lists are there before the mode that makes them count, so that a port never
 * carries, on the way, what an earlier administrator left in the list of the other mode.
 */
export function switchportLines(config: PortConfig, unusedVlan: number): string[] {
  if (config.native !== null && config.tagged.length === 0) {
    return [`switchport access vlan ${config.native}`, 'switchport mode access'];
  }
  const allowed = config.native === null ? config.tagged : [config.native, ...config.tagged];
  return [
    `switchport trunk allowed vlan ${formatVlans(allowed) || 'none'}`,
    `switchport trunk native vlan ${config.native ?? unusedVlan}`,
    'switchport mode trunk',
  ];
}

export function fromSwitchport(port: Switchport): PortState {
  if (port.mode === 'foreign') return foreign(port.why);
  if (port.mode === 'access') return { native: port.vlan, tagged: [], isolated: false };
  if (port.allowed.length === MAX_VLAN) {
    return { unknown: 'it is a trunk of every VLAN', code: 'port_carries_all_vlans' };
  }
  return {
    native: port.allowed.includes(port.native) ? port.native : null,
    tagged: port.allowed.filter((vlan) => vlan !== port.native),
    isolated: false,
  };
}

/** The VLAN that is kept unused would be read as a native one if it were ever allowed. */
export function unusedVlanRefusal(
  port: string,
  config: PortConfig,
  unusedVlan: number,
): BullionError | undefined {
  if (config.native !== unusedVlan && !config.tagged.includes(unusedVlan)) return undefined;
  return new BullionError(
    'invalid',
    'port_config_invalid',
    `Port "${port}" cannot carry VLAN ${unusedVlan}: on this switch it is the one that is kept unused.`,
    { hint: 'Use another VLAN, or change `unusedVlan` in the settings of the switch.', details: { port } },
  );
}

const foreign = (why: string): UnknownState => ({ unknown: why, code: 'port_config_foreign' });
