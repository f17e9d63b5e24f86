/** The errors that every switch driver speaks, so that the same failure reads the same on every make of switch. */
import { BullionError, messageOf } from '@bullion/service/errors';
import type { SwitchCapabilities } from './driver.ts';
import { checkPortConfig, isClosed, type PortConfig } from './port.ts';

export const switchUnreachable = (address: string, cause: unknown) =>
  new BullionError('unavailable', 'switch_unreachable', `Switch at ${address}: ${messageOf(cause)}`, {
    hint: 'Check that the switch is up and that its management address and port can be reached from this host.',
    details: { address },
    cause,
  });

/** The switch is there, but did not do what was asked for in time, or answered what it must not. */
export const switchFailed = (address: string, what: string, cause?: unknown) =>
  new BullionError('bad_gateway', 'switch_failed', `Switch at ${address}: ${what}`, {
    hint: "See the switch's own log; the change is tried again.",
    details: { address },
    cause,
  });

export const switchSettingsInvalid = (type: string, why: string) =>
  new BullionError(
    'invalid',
    'switch_settings_invalid',
    `The settings of this ${type} switch are not valid: ${why}`,
    {
      hint: 'Correct the settings of the switch and register it again.',
      details: { type },
    },
  );

export const portNotOnSwitch = (address: string, port: string) =>
  new BullionError('not_found', 'port_not_on_switch', `Switch at ${address} has no port "${port}".`, {
    hint: "Compare the name with the switch's own list of ports; is the cable's record right?",
    details: { address, port },
  });

export const portDeviceMissing = (address: string, port: string, why: string) =>
  new BullionError('bad_gateway', 'port_device_missing', `Switch at ${address}, port "${port}": ${why}`, {
    hint: 'The switch knows the port, but its device is not there. Bring the device back or remove the port.',
    details: { address, port },
  });

/** The port is used for something that would stay, whatever its VLANs were set to; so it is left alone. */
export const portNotOurs = (address: string, port: string, why: string) =>
  new BullionError(
    'bad_gateway',
    'switch_failed',
    `Switch at ${address}: port "${port}" is not ours to change: ${why}.`,
    {
      hint: 'Take that use from the port on the switch itself, or cable the server to another port.',
      details: { address, port },
    },
  );

/** The switch is there and is the right one, but does not let us in: trying again does not help. */
export const switchLoginRefused = (address: string, why: string) =>
  new BullionError('bad_gateway', 'switch_login_refused', `Switch at ${address} refused the login: ${why}`, {
    hint: 'Correct the user name and the key or password in the settings of the switch, or its rights on the switch.',
    details: { address },
  });

/** Whoever answers cannot prove to be the switch that was registered. Nothing was said to it, no password either. */
export const switchIdentityChanged = (address: string, why: string) =>
  new BullionError(
    'bad_gateway',
    'switch_identity_changed',
    `Switch at ${address} is not the one known: ${why}`,
    {
      hint: 'If the switch was replaced or got a new key, register the new key or certificate; otherwise find out who answers there.',
      details: { address },
    },
  );

export const switchBridgeNotFound = (address: string, bridge: string) =>
  new BullionError(
    'bad_gateway',
    'switch_bridge_not_found',
    `Switch at ${address} has no bridge "${bridge}".`,
    {
      hint: 'Correct the bridge in the settings of the switch, or create it.',
      details: { address, bridge },
    },
  );

/** What keeps a configuration from being written to a switch with these capabilities; undefined when nothing does. */
export function refusal(
  type: string,
  capabilities: SwitchCapabilities,
  port: string,
  config: PortConfig,
): BullionError | undefined {
  try {
    checkPortConfig(port, config);
  } catch (error) {
    if (error instanceof BullionError) return error;
    throw error;
  }
  const lacks = missingCapability(capabilities, config);
  if (lacks === undefined) return undefined;
  return new BullionError(
    'invalid',
    'switch_capability_missing',
    `Port "${port}": a ${type} switch cannot ${lacks}.`,
    {
      hint: 'Attach the network in another way, or use a switch that can.',
      details: { port, type },
    },
  );
}

function missingCapability(capabilities: SwitchCapabilities, config: PortConfig): string | undefined {
  if (isClosed(config)) return undefined;
  if (config.tagged.length > 0 && !capabilities.tagged) return 'carry tagged VLANs';
  if (config.native === null && !capabilities.nativelessTrunk)
    return 'carry tagged VLANs without a native one';
  if (config.isolated && !capabilities.isolatedPorts) return 'isolate ports of one VLAN from each other';
  return undefined;
}
