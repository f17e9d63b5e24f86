/**
 * What a switch port carries: the noun that the reconciler, the store and every switch driver share.
 * Pure values and functions; law 1 begins here: what cannot be told is `unknown`, and unknown is not closed.
 */
import { BullionError } from '@bullion/service/errors';

/** What a port should carry. VLAN ids are 1..4094; a port that carries none is closed. */
export type PortConfig = {
  /** The VLAN of untagged frames; null when untagged frames are dropped. */
  readonly native: number | null;
  /** The VLANs that travel with their tag, ascending, without the native one. */
  readonly tagged: readonly number[];
  /**
   * Private VLAN: isolated ports cannot reach one another, only ports that are not isolated. It is a property of
   * the port, not of one VLAN on it. Without meaning on a closed port.
   */
  readonly isolated: boolean;
};

/** Why a port's state could not be told. */
export type UnknownCode =
  /** The switch has no port of this name. */
  | 'port_not_on_switch'
  /** The switch is configured for the port, but its device is not there, so nothing says what the hardware does. */
  | 'port_device_missing'
  /** The port is a trunk of every VLAN: the most open state there is. */
  | 'port_carries_all_vlans'
  /** The port is configured in a way that a PortConfig cannot express. */
  | 'port_config_foreign';

export type UnknownState = {
  /** One sentence for people: what was found. */
  readonly unknown: string;
  readonly code: UnknownCode;
};

/** What a port was read to carry. An unknown state counts as wrong, never as closed. */
export type PortState = PortConfig | UnknownState;

/** The port that carries nothing. */
export const CLOSED: PortConfig = Object.freeze({ native: null, tagged: Object.freeze([]), isolated: true });

export const MIN_VLAN = 1;
export const MAX_VLAN = 4094;

export function isUnknown(state: PortState): state is UnknownState {
  return 'unknown' in state;
}

/** True only when the port is known to carry no VLAN. */
export function isClosed(state: PortState): boolean {
  return !isUnknown(state) && state.native === null && state.tagged.length === 0;
}

/** Whether a port carries what it should. An unknown state matches nothing; on closed ports isolation is ignored. */
export function carries(state: PortState, wanted: PortConfig): boolean {
  if (isUnknown(state)) return false;
  if (isClosed(wanted)) return isClosed(state);
  const have = new Set(state.tagged);
  return (
    state.native === wanted.native &&
    state.isolated === wanted.isolated &&
    have.size === new Set(wanted.tagged).size &&
    wanted.tagged.every((vlan) => have.has(vlan))
  );
}

/** For messages and logs: `native 10, tagged 20 30, isolated`, `closed`, or the reason why it is unknown. */
export function describePort(state: PortState): string {
  if (isUnknown(state)) return `unknown (${state.unknown})`;
  if (isClosed(state)) return 'closed';
  return [
    ...(state.native === null ? [] : [`native ${state.native}`]),
    ...(state.tagged.length === 0 ? [] : [`tagged ${state.tagged.join(' ')}`]),
    ...(state.isolated ? ['isolated'] : []),
  ].join(', ');
}

/** Throws `port_config_invalid` unless the configuration is one that can be meant. Drivers call it before they write. */
export function checkPortConfig(port: string, config: PortConfig): void {
  const refuse = (why: string) => {
    throw new BullionError(
      'invalid',
      'port_config_invalid',
      `Port "${port}" cannot be configured so: ${why}.`,
      {
        hint: `Use VLAN ids from ${MIN_VLAN} to ${MAX_VLAN}, each once.`,
        details: { port, native: config.native, tagged: [...config.tagged] },
      },
    );
  };
  const vlans = config.native === null ? [...config.tagged] : [config.native, ...config.tagged];
  for (const vlan of vlans) {
    if (!Number.isInteger(vlan) || vlan < MIN_VLAN || vlan > MAX_VLAN) refuse(`${vlan} is not a VLAN id`);
  }
  if (new Set(vlans).size !== vlans.length) refuse('a VLAN is named twice');
}
