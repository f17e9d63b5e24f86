/** Whether somebody else answers DHCP where nodes are to boot: looked at where it is said where that is, and may be. */
import { messageOf } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import type { Check } from './examination.ts';

export type BootInterface = { bootInterface?: string; dhcp: 'own' | 'proxy' };

const what = 'other DHCP';

export async function otherDhcp(cli: Cli, { bootInterface: name, dhcp }: BootInterface): Promise<Check> {
  if (name === undefined)
    return {
      what,
      state: 'worth_knowing',
      found: 'not looked for: no interface was named',
      remedy:
        'Name the one that nodes boot over, as root: bullion doctor --boot-interface eth1. (`bullion serve` looks there too before it serves.)',
    };
  if (process.getuid?.() !== 0)
    return {
      what,
      state: 'worth_knowing',
      found: `not looked for on ${name}: that takes root, since port 68 is opened`,
      remedy: `sudo bullion doctor --boot-interface ${name}`,
    };
  const { anyGivesAddresses, describeServer, findDhcpServers, hidesForeigners, isInTheWay } = await import(
    '@bullion/provisioning'
  );
  try {
    const servers = await findDhcpServers(name, { signal: cli.signal });
    const wrong = servers.filter((server) => isInTheWay(server, dhcp));
    if (wrong.length > 0)
      return {
        what,
        state: 'lacking',
        found: `${wrong.map(describeServer).join('; ')}: nodes would be answered by it as well`,
        remedy: `Switch it off there${dhcp === 'own' ? ', or let it give the addresses: bullion serve --dhcp proxy' : ''}.`,
      };
    if (dhcp === 'proxy' && !anyGivesAddresses(servers))
      return {
        what,
        state: 'lacking',
        found: `none on ${name} gives addresses, and a proxy needs one that does`,
        remedy: 'Start that DHCP server, or let this service give the addresses: --dhcp own.',
      };
    const found = dhcp === 'own' ? `none answers on ${name}` : `none on ${name} says what to boot`;
    if (!hidesForeigners(name)) return { what, state: 'fine', found };
    return {
      what,
      state: 'worth_knowing',
      found: `${found}; rp_filter may hide one whose address is not of that network`,
    };
  } catch (error) {
    return { what, state: 'lacking', found: messageOf(error), remedy: 'See the interfaces: ip -brief link' };
  }
}
