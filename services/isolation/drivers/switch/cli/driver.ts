/** The drivers of switches with Cisco's command language; what differs from make to make is its `CliSwitch`. */
import { z } from 'zod';
import type { LearnedAddress, Neighbour, PortCounters, SwitchCapabilities, SwitchDriver } from '../driver.ts';
import { portNotOurs } from '../errors.ts';
import { type HttpsClient, httpsSettings } from '../https/client.ts';
import { httpsDriver } from '../https/driver.ts';
import { isUnknown, MAX_VLAN, type PortConfig } from '../port.ts';
import { fromSwitchport, type Switchport, switchportLines, unusedVlanRefusal } from './switchport.ts';
import { formatVlans } from './vlan-ranges.ts';

const settingsSchema = z.strictObject({
  ...httpsSettings,
  unusedVlan: z
    .number()
    .int()
    .min(2)
    .max(MAX_VLAN)
    .describe('a VLAN that no network has and that no other port of the switch carries'),
});

const capabilities: SwitchCapabilities = {
  tagged: true,
  nativelessTrunk: true,
  // Private VLANs of these makes are pairs of VLANs, not a property of a port.
  isolatedPorts: false,
  saveConfig: true,
  portCounters: true,
  neighbours: true,
  addresses: true,
};

export interface CliSwitch {
  /** The switch's ports by name, without those that carry no VLANs by nature. */
  switchports(): Promise<Map<string, Switchport>>;
  /** Runs configuration commands, all or up to the first that fails. */
  configure(lines: readonly string[]): Promise<void>;
  save(): Promise<void>;
  counters(): Promise<Map<string, PortCounters>>;
  neighbours(): Promise<Map<string, Neighbour[]>>;
  addresses(): Promise<LearnedAddress[]>;
  close(): void;
}

/** A driver of one make: `speak` says its commands over a connection to the switch at `address`. */
export function cliDriver(
  type: string,
  portNameSchema: SwitchDriver['portNameSchema'],
  speak: (client: HttpsClient, address: string) => CliSwitch,
): SwitchDriver {
  return httpsDriver({
    type,
    capabilities,
    settingsSchema,
    portNameSchema,
    speak(client, { address, unusedVlan }) {
      const { switchports, configure, ...others } = speak(client, address);
      return {
        ...others,
        async read() {
          const found = await switchports();
          return { states: new Map([...found].map(([name, port]) => [name, fromSwitchport(port)])) };
        },
        refusal(port, config, { states }) {
          const now = states.get(port)!;
          const unused = unusedVlanRefusal(port, config, unusedVlan);
          if (unused !== undefined || !isUnknown(now) || now.code !== 'port_config_foreign') return unused;
          return portNotOurs(address, port, now.unknown);
        },
        write: (changes) => configure(configurationLines(changes, unusedVlan)),
      };
    },
  });
}

/** VLANs first: a port of a VLAN that the switch does not have carries nothing, and says nothing of it. */
function configurationLines(changes: ReadonlyMap<string, PortConfig>, unusedVlan: number): string[] {
  const vlans = [...changes.values()].flatMap(({ native, tagged }) =>
    native === null ? [...tagged] : [native, ...tagged],
  );
  return [
    ...(vlans.length === 0 ? [] : [`vlan ${formatVlans(vlans)}`, 'exit']),
    ...[...changes].flatMap(([port, config]) => [
      `interface ${port}`,
      ...switchportLines(config, unusedVlan),
      'exit',
    ]),
  ];
}
