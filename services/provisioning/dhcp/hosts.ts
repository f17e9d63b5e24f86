/** The nodes that dnsmasq answers: a line each in two of its folders. */
import { hostNumber } from './addresses.ts';

/** A node that may boot now. Its address is empty where another server gives the addresses. */
export type DhcpHost = { mac: string; address: string; hostname: string; tag: string; scriptUrl: string };

/** A line of `dhcp-hostsdir`: who is known, and by which tag its options are found. */
export function hostLine({ prefix }: { prefix: number }, { mac, address, hostname, tag }: DhcpHost): string {
  if (address === '') return `${mac},set:${tag}\n`;
  const name = isPlainHostname(hostname) ? `,${hostname}` : '';
  return `${mac},set:${tag},${address},${addresses6(address, prefix)}${name},1h\n`;
}

/**
 * Sixteen IPv6 addresses of its own, by the number that the node has in the IPv4 network: firmware and iPXE are two clients
 * to DHCPv6, and neither gives its address back in time for the other.
 */
function addresses6(address: string, prefix: number): string {
  const first = hostNumber(address, prefix) * 16;
  return `[::b:${Math.floor(first / 0x10000).toString(16)}:${(first % 0x10000).toString(16)}/124]`;
}

/**
 * Each field of such a line says by its look what it is: `10h` is a time, `10.0.0.7` an address, `ignore` an order. A
 * tenant's name that is not plainly one is left out; the node hears of it in its configuration.
 */
function isPlainHostname(name: string): boolean {
  const isLabel = /^[a-z][a-z0-9-]*$/i.test(name) && name.length <= 63;
  return isLabel && !['ignore', 'infinite'].includes(name.toLowerCase());
}

/** A line of `dhcp-optsdir`: the node's boot script, for iPXE only. */
export function optionLine({ tag, scriptUrl }: DhcpHost): string {
  return `tag:${tag},tag:ipxe,option:bootfile-name,${scriptUrl}\n`;
}
