/**
 * The driver of Arista switches by eAPI (`management api http-commands`). Wire-tested, not yet on metal.
 *
 * Commands (EOS User Manual): `configure session`, `commit`, `abort`, `vlan`, `switchport mode`,
 * `switchport access vlan`, `switchport trunk native vlan`, `switchport trunk allowed vlan`,
 * `show interfaces switchport`, `show interfaces counters`, `show lldp neighbors detail`, `show mac address-table`,
 * `copy running-config startup-config`. A batch is one configuration session: nothing of it is running before its
 * commit, and a line that fails leaves nothing behind.
 */
import { randomBytes } from 'node:crypto';
import { type CliSwitch, cliDriver } from '../cli/driver.ts';
import type { HttpsClient } from '../https/client.ts';
import { understood } from '../https/driver.ts';
import { Eapi } from './eapi.ts';
import { addressesOf, countersOf, eosPortSchema, neighboursOf, switchportsOf } from './output.ts';

export const eosDriver = cliDriver('eos', eosPortSchema, arista);

function arista(client: HttpsClient, address: string): CliSwitch {
  const api = new Eapi(client, address);
  const show = async <T>(command: string, parse: (shown: unknown) => T): Promise<T> => {
    const [shown] = await api.run([command]);
    return understood(address, command, () => parse(shown));
  };
  return {
    switchports: () => show('show interfaces switchport', switchportsOf),
    counters: () => show('show interfaces counters', countersOf),
    neighbours: () => show('show lldp neighbors detail', neighboursOf),
    addresses: () => show('show mac address-table', addressesOf),
    async configure(lines) {
      const session = `configure session bullion-${randomBytes(6).toString('hex')}`;
      try {
        await api.run([session, ...lines, 'commit']);
      } catch (error) {
        // A session that is left pending counts against the switch's few; that it cannot be ended is no news.
        await api.run([`${session} abort`]).catch(() => {});
        throw error;
      }
    },
    async save() {
      await api.run(['copy running-config startup-config']);
    },
    close: () => client.close(),
  };
}
