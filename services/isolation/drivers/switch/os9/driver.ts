/**
 * The driver of Dell Networking OS9, once FTOS (`rest api`, HTTPS). Wire-tested, not yet on metal: no OS9 was ever asked.
 *
 * Data and commands (Open Automation Guide, "REST API"; Command Line Reference Guide): `interfaces` with `shutdown`,
 * `switchport`, `portmode`; `interface vlan`, `untagged`, `tagged`, `portmode hybrid`, `switchport`, `shutdown`;
 * `show interfaces switchport`, `show lldp neighbors detail`, `show mac-address-table`, `write memory`. Commands rather
 * than data where VLANs are concerned: HIL found on metal that a VLAN's list of ports is not to be relied on. OS9 has no
 * transaction: a batch ends at the request in which a command failed, and ports that were shut down stay so.
 */
import { BullionError } from '@bullion/service/errors';
import { z } from 'zod';
import { portNotOurs } from '../errors.ts';
import { type HttpsSettings, httpsSettings } from '../https/client.ts';
import { httpsDriver, understood } from '../https/driver.ts';
import { tcpPortSchema } from '../ssh/settings.ts';
import { os9PortSchema } from './names.ts';
import { blocksOf, DEFAULT_VLAN, type Os9Snapshot, snapshotOf } from './ports.ts';
import { addressesOf, neighboursOf } from './readings.ts';
import { Os9Rest } from './rest.ts';

export const os9Driver = httpsDriver<HttpsSettings, Os9Snapshot>({
  type: 'dell-os9',
  capabilities: {
    tagged: true,
    nativelessTrunk: false,
    isolatedPorts: false,
    saveConfig: true,
    // `show interfaces` has them as prose that differs from release to release.
    portCounters: false,
    neighbours: true,
    addresses: true,
  },
  settingsSchema: z.strictObject({ ...httpsSettings, port: tcpPortSchema.default(8888) }),
  portNameSchema: os9PortSchema,
  speak(client, { address }) {
    const api = new Os9Rest(client, address);
    return {
      async read() {
        const interfaces = await api.get('interfaces?deep&with-defaults');
        const switchports = await api.show('interfaces switchport');
        return understood(address, 'interfaces', () => snapshotOf(interfaces, switchports));
      },
      refusal(port, { tagged }, { ports }) {
        if (ports.get(port)!.routed) return portNotOurs(address, port, 'it has an IP address');
        return tagged.includes(DEFAULT_VLAN) ? defaultVlanTagged(port) : undefined;
      },
      write: (changes, { ports }) =>
        api.configure([...changes].flatMap(([port, config]) => blocksOf(port, config, ports.get(port)!))),
      async save() {
        await api.execute('write memory');
      },
      neighbours: async () => neighboursOf(await api.show('lldp neighbors detail')),
      addresses: async () => addressesOf(await api.show('mac-address-table')),
      close: () => client.close(),
    };
  },
});

const defaultVlanTagged = (port: string) =>
  new BullionError(
    'invalid',
    'port_config_invalid',
    `Port "${port}" cannot carry VLAN ${DEFAULT_VLAN} tagged: it is the default VLAN of this switch.`,
    { hint: 'Use another VLAN.', details: { port } },
  );
