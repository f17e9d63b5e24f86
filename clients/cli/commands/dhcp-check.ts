/** `bullion network dhcp-check`: who answers DHCP on a network of this machine, before nodes find out. */
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';

export function addDhcpCheck(network: Command, cli: Cli): void {
  example(
    network
      .command('dhcp-check <interface>')
      .description(
        'find the DHCP servers on an interface of this machine, as `bullion serve` does before it serves; exit code 1 if one is in its way (as root: it opens port 68)',
      )
      .addOption(dhcpOption())
      .action(async (name: string, { dhcp }: { dhcp: 'own' | 'proxy' }) => {
        const { anyGivesAddresses, describeServer, findDhcpServers, hidesForeigners, isInTheWay } =
          await import('@bullion/provisioning');
        cli.note(`Asking for an address on ${name} ...`);
        const servers = await findDhcpServers(name, { signal: cli.signal });
        const found = servers.map((server) => ({ ...server, inTheWay: isInTheWay(server, dhcp) }));
        if (found.some(({ inTheWay }) => inTheWay)) cli.exitCode = EXIT.failed;
        const lines = found.map((server) => `  ${server.inTheWay ? '✗' : '✓'} ${describeServer(server)}`);
        if (found.length === 0) lines.push(`No DHCP server answers on ${name}.`);
        if (dhcp === 'proxy' && !anyGivesAddresses(servers))
          lines.push('As a proxy the service needs one: it gives no addresses itself.');
        if (hidesForeigners(name))
          lines.push(
            `rp_filter is on: a server whose address is not of ${name}'s own network may be hidden.`,
          );
        cli.result({ interface: name, servers: found }, lines.join('\n'));
      }),
    'bullion network dhcp-check eth1',
    'bullion network dhcp-check eth1 --dhcp proxy',
    'bullion rack exec -- bullion network dhcp-check controller',
  );
}

export const dhcpOption = () =>
  new Option(
    '--dhcp <who>',
    'who gives nodes their addresses: this service (own), or a DHCP server that is there already (proxy)',
  )
    .choices(['own', 'proxy'])
    .default('own');
