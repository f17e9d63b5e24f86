/** HIL's types of switches, as drivers of ours with their settings. */
import { invalid } from '@bullion/service';
import { z } from 'zod';
import type { Drivers, SwitchDriver } from '../drivers/index.ts';
import { checkSettings } from '../switches.ts';
import { args, text } from './arguments.ts';

const TYPES = 'http://schema.massopencloud.org/haas/v0/switches/';

type Settings = { driver: string; settings: unknown };
type HilSwitch = { driver: string; from: (asked: Record<string, unknown>) => unknown };

const login = { hostname: text, username: text, password: text };
/** HIL's drivers take a host, or a URL of it. */
const hostOf = (hostname: string) => hostname.replace(/^https?:\/\//, '').replace(/[:/].*$/, '');

function hilSwitch<Args extends z.ZodType>(
  driver: string,
  schema: Args,
  settings: (asked: z.output<Args>) => unknown,
): HilSwitch {
  return {
    driver,
    from: (asked) => settings(checkSettings(schema, 'this type of switch', asked) as z.output<Args>),
  };
}

const HIL_TYPES: Record<string, HilSwitch> = {
  nexus: hilSwitch(
    'nxos',
    args({
      ...login,
      dummy_vlan: z.coerce.number().int().min(1).max(4096),
      // Not HIL's, which speaks SSH: how NX-API is reached, and what makes its certificate good.
      port: z.number().optional(),
      certificate: text.optional(),
    }),
    ({ hostname, dummy_vlan, ...same }) => ({ ...same, address: hostOf(hostname), unusedVlan: dummy_vlan }),
  ),
  dellnos9: hilSwitch(
    'dell-os9',
    args({ ...login, interface_type: text }),
    ({ hostname, username, password }) => ({ address: hostOf(hostname), username, password }),
  ),
  ovs: hilSwitch('ovs', args({ ovs_bridge: text }), ({ ovs_bridge }) => ({
    address: 'unix:/var/run/openvswitch/db.sock',
    bridge: ovs_bridge,
  })),
  // There in tests alone: no other registry of drivers has one of switches in memory.
  mock: hilSwitch('memory', args(login), ({ hostname }) => ({ name: hostname })),
};

/** By HIL's type, whole or its last word; or by a driver of ours with that driver's own settings. */
export function fromHil(
  drivers: Drivers<SwitchDriver>,
  type: string,
  asked: Record<string, unknown>,
): Settings {
  const short = type.startsWith(TYPES) ? type.slice(TYPES.length) : type;
  const known = Object.hasOwn(HIL_TYPES, short) ? HIL_TYPES[short]! : undefined;
  if (type.startsWith(TYPES) && known && drivers.has(known.driver)) {
    return { driver: known.driver, settings: known.from(asked) };
  }
  if (drivers.has(type)) return { driver: type, settings: asked };
  throw invalid(
    'switch_type_unknown',
    `There is no switch type "${type}".`,
    `Use one of HIL's (${hilTypes(drivers).join(', ')}, each after ${TYPES}), or a driver of this service with its own settings: ${[...drivers.keys()].join(', ')}.`,
  );
}

/** HIL's types of switches that there is a driver for. */
export const hilTypes = (drivers: Drivers<SwitchDriver>): string[] =>
  Object.entries(HIL_TYPES)
    .filter(([, { driver }]) => drivers.has(driver))
    .map(([type]) => type);
