/**
 * The driver of Cisco Nexus switches by NX-API (`feature nxapi`). Wire-tested, not yet on metal: no Nexus was ever asked.
 *
 * Commands (Cisco Nexus 9000 Series NX-OS Layer 2 Switching Configuration Guide and command references): `vlan`,
 * `switchport mode`, `switchport access vlan`, `switchport trunk native vlan`, `switchport trunk allowed vlan`,
 * `show interface switchport`, `show running-config interface`, `show interface`, `show lldp neighbors detail`
 * (`feature lldp`), `show mac address-table`, `copy running-config startup-config`. NX-OS has no transaction here: a
 * batch ends at the command that fails.
 */
import { type CliSwitch, cliDriver } from '../cli/driver.ts';
import type { HttpsClient } from '../https/client.ts';
import { understood } from '../https/driver.ts';
import { NxApi } from './nxapi.ts';
import { addressesOf, countersOf, neighboursOf, nxosPortSchema, switchportsOf } from './output.ts';

export const nxosDriver = cliDriver('nxos', nxosPortSchema, nexus);

function nexus(client: HttpsClient, address: string): CliSwitch {
  const api = new NxApi(client, address);
  const show = async <T>(command: string, parse: (shown: unknown) => T): Promise<T> => {
    const shown = await api.show(command);
    return understood(address, command, () => parse(shown));
  };
  return {
    async switchports() {
      const config = await api.text('show running-config interface');
      return await show('show interface switchport', (shown) => switchportsOf(shown, config));
    },
    configure: (lines) => api.run(['configure terminal', ...lines, 'end']),
    save: () => api.run(['copy running-config startup-config']),
    counters: () => show('show interface', countersOf),
    neighbours: () => show('show lldp neighbors detail', neighboursOf),
    addresses: () => show('show mac address-table', addressesOf),
    close: () => client.close(),
  };
}
