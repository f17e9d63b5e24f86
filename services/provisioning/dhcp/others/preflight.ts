/** Before DHCP is served: whether somebody else on the network would take nodes away from this service. */
import { BullionError, messageOf } from '@bullion/service';
import type { Context } from '../../context.ts';
import { type DhcpServer, findDhcpServers, hidesForeigners } from './find.ts';

/** Throws `other_dhcp_server` where another server answers that must not, unless others are allowed. */
export async function requireNoOthers(context: Context): Promise<void> {
  const wrong = await lookForOthers(context);
  if (wrong.length > 0) throw othersFound(wrong, context.network.dhcp ?? 'own');
}

/** Only logs what there is. Never rejects. */
export async function noteOthers(context: Context): Promise<void> {
  await lookForOthers(context).catch(() => {}); // Closing.
}

/** Those that must not be there; none where others are allowed. Rejects only when this service closes. */
async function lookForOthers({ log, network, closing }: Context): Promise<DhcpServer[]> {
  if (network.allowOtherDhcp) return [];
  let found: DhcpServer[];
  try {
    found = await findDhcpServers(network.interface, { signal: closing });
  } catch (error) {
    closing.throwIfAborted();
    log.warn({ error: messageOf(error) }, 'other DHCP servers were not looked for');
    return [];
  }
  if (hidesForeigners(network.interface))
    log.info({ interface: network.interface }, 'rp_filter may hide DHCP servers with foreign addresses');
  if (network.dhcp === 'proxy' && !anyGivesAddresses(found))
    log.warn({ interface: network.interface }, 'no DHCP server gives addresses here: nodes will not boot');
  const wrong = found.filter((server) => isInTheWay(server, network.dhcp ?? 'own'));
  if (wrong.length > 0) log.error({ found: wrong }, 'other DHCP servers answer nodes');
  return wrong;
}

/** A proxy needs one that does: it gives none itself. Of IPv4, which is what a proxy answers. */
export const anyGivesAddresses = (servers: readonly DhcpServer[]): boolean =>
  servers.some(({ protocol, offered }) => protocol === 'DHCP' && offered !== null);

/** Where the addresses are ours, everybody is; where they are not, whoever says what to boot. */
export const isInTheWay = (server: DhcpServer, dhcp: 'own' | 'proxy'): boolean =>
  dhcp === 'own' || server.bootFile !== null;

function othersFound(servers: readonly DhcpServer[], dhcp: 'own' | 'proxy'): BullionError {
  const proxy =
    dhcp === 'own'
      ? 'or let it give the addresses, and this service only say what to boot: --dhcp proxy; '
      : '';
  return new BullionError(
    'conflict',
    'other_dhcp_server',
    `Nodes would be answered by another DHCP server as well: ${servers.map(describeServer).join('; ')}.`,
    {
      hint: `Switch it off there; ${proxy}or serve all the same: --allow-other-dhcp.`,
      details: { servers },
    },
  );
}

/** For people: who, where, and what it says to a client. */
export function describeServer(server: DhcpServer): string {
  const { protocol, address, serverId, offered, bootFile } = server;
  const name = serverId === null || serverId === address ? '' : ` (it calls itself ${serverId})`;
  const offers = [
    offered !== null && `offers the address ${offered}`,
    bootFile !== null && `boots ${bootFile}`,
  ];
  return `${protocol} server ${address}${name} on ${server.interface}, which ${offers.filter(Boolean).join(' and ')}`;
}
