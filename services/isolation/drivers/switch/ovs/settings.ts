/** How an Open vSwitch is reached: its database's address, and which of its bridges is the switch. */
import { z } from 'zod';
import type { Address } from './ovsdb/client.ts';

/** IANA's port for OVSDB. */
const DEFAULT_PORT = 6640;

const addressSchema = z.string().refine((address) => parseAddress(address) !== undefined, {
  message: 'must be unix:/PATH, tcp:HOST, tcp:HOST:PORT or tcp:[IPv6]:PORT',
});

export const ovsSettingsSchema = z.strictObject({
  address: addressSchema.describe('unix:/PATH or tcp:HOST:PORT of the OVSDB server'),
  runtime: z
    .string()
    .regex(/^\/./, 'must be an absolute path')
    .optional()
    .describe(
      'the folder of ovs-vswitchd.pid and of its control socket (/var/run/openvswitch), where the service runs on the switch itself: MAC addresses are told only there',
    ),
  bridge: z.string().min(1).max(255).describe('the bridge whose ports the servers are cabled to'),
});

export type OvsSettings = z.infer<typeof ovsSettingsSchema>;

/** Undefined when it is no address. */
export function parseAddress(address: string): Address | undefined {
  const unix = /^unix:(\/.+)$/.exec(address);
  if (unix !== null) return { path: unix[1]! };
  const tcp = /^tcp:(?:\[([0-9a-fA-F:.%\w]+)\]|([^[\]:\s]+))(?::(\d{1,5}))?$/.exec(address);
  if (tcp === null) return undefined;
  const port = tcp[3] === undefined ? DEFAULT_PORT : Number(tcp[3]);
  if (port < 1 || port > 65535) return undefined;
  return { host: (tcp[1] ?? tcp[2])!, port };
}
