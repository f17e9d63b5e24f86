/**
 * The driver of Cisco Nexus switches by NX-API (`feature nxapi`). Wire-tested, not yet on metal: no Nexus was ever asked.
 *
 * Commands (Cisco Nexus 9000 Series NX-OS Layer 2 Switching Configuration Guide and command references): `vlan`,
 * `switchport mode`, `switchport access vlan`, `switchport trunk native vlan`, `switchport trunk allowed vlan`,
 * `show interface switchport`, `show running-config interface`, `show interface`,
 * `copy running-config startup-config`. NX-OS has no transaction here: a batch ends at the command that fails.
 */
import { messageOf } from '@bullion/service/errors';
import { cliDriver } from '../cli/driver.ts';
import type { HttpsClient } from '../cli/https.ts';
import type { CliSwitch } from '../cli/session.ts';
import { switchFailed } from '../errors.ts';
import { NxApi } from './nxapi.ts';
import { countersOf, nxosPortSchema, switchportsOf } from './output.ts';

export const nxosDriver = cliDriver('nxos', nxosPortSchema, nexus);

function nexus(client: HttpsClient, address: string): CliSwitch {
  const api = new NxApi(client, address);
  const understand = <T>(parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      throw switchFailed(address, `it answered what we do not understand: ${messageOf(error)}`, error);
    }
  };
  return {
    async switchports() {
      const shown = await api.show('show interface switchport');
      const config = await api.text('show running-config interface');
      return understand(() => switchportsOf(shown, config));
    },
    configure: (lines) => api.run(['configure terminal', ...lines, 'end']),
    save: () => api.run(['copy running-config startup-config']),
    async counters() {
      const shown = await api.show('show interface');
      return understand(() => countersOf(shown));
    },
    close: () => client.close(),
  };
}
