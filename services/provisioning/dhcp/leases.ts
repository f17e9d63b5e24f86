/** dnsmasq's lease file: one lease a line, `EXPIRES MAC ADDRESS NAME CLIENT-ID`; lines of DHCPv6 follow. */
import type { DhcpHost } from './hosts.ts';

/**
 * The leases that these hosts hold. A lease that another node holds would keep dnsmasq from giving its address to the
 * host that it belongs to now.
 */
export function leasesOf(hosts: readonly DhcpHost[], text: string): string {
  const addresses = new Map(hosts.map(({ mac, address }) => [address, mac]));
  return text
    .split('\n')
    .filter((line) => {
      const [expires, mac, address] = line.split(' ');
      return /^\d+$/.test(expires ?? '') && mac !== undefined && addresses.get(address ?? '') === mac;
    })
    .map((line) => `${line}\n`)
    .join('');
}
