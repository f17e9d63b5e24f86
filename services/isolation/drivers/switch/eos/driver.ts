/**
 * The driver of Arista switches by eAPI (`management api http-commands`). Wire-tested, not yet on metal.
 *
 * Commands (EOS User Manual): `configure session`, `commit`, `abort`, `vlan`, `switchport mode`,
 * `switchport access vlan`, `switchport trunk native vlan`, `switchport trunk allowed vlan`,
 * `show interfaces switchport`, `show interfaces counters`, `copy running-config startup-config`. A batch is one
 * configuration session: nothing of it is running before its commit, and a line that fails leaves nothing behind.
 */
import { randomBytes } from 'node:crypto';
import { messageOf } from '@bullion/service/errors';
import { cliDriver } from '../cli/driver.ts';
import type { HttpsClient } from '../cli/https.ts';
import type { CliSwitch } from '../cli/session.ts';
import { switchFailed } from '../errors.ts';
import { Eapi } from './eapi.ts';
import { countersOf, eosPortSchema, switchportsOf } from './output.ts';

export const eosDriver = cliDriver('eos', eosPortSchema, arista);

function arista(client: HttpsClient, address: string): CliSwitch {
  const api = new Eapi(client, address);
  const show = async <T>(command: string, parse: (shown: unknown) => T): Promise<T> => {
    const [shown] = await api.run([command]);
    try {
      return parse(shown);
    } catch (error) {
      throw switchFailed(
        address,
        `\`${command}\` answered what we do not understand: ${messageOf(error)}`,
        error,
      );
    }
  };
  return {
    switchports: () => show('show interfaces switchport', switchportsOf),
    counters: () => show('show interfaces counters', countersOf),
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
