/** Reads dnsmasq's DHCP log (`log-dhcp`): who asked, who was answered. */

export type DhcpEvent = {
  kind: 'discover' | 'ack';
  mac: string;
};

/**
 * E.g. `dnsmasq-dhcp[812]: 3462 DHCPACK(eth0) 10.10.0.21 52:54:00:12:34:56 node1`. From the line's beginning: further on it
 * may hold what a client says of itself.
 */
const MESSAGE =
  /^dnsmasq-dhcp\[\d+\]: \d+ DHCP(DISCOVER|ACK)\([^)]*\) (?:[0-9.]+ )?([0-9a-f]{2}(?::[0-9a-f]{2}){5})(?= |$)/;

export function parseLogLine(line: string): DhcpEvent | undefined {
  const found = MESSAGE.exec(line);
  if (!found) return undefined;
  return { kind: found[1] === 'ACK' ? 'ack' : 'discover', mac: found[2]! };
}

/** A line without the tokens in it: the addresses of boot scripts are secrets of their nodes. */
export function withoutTokens(line: string): string {
  return line.replaceAll(/\/boot\/[^/\s]+/g, '/boot/[secret]');
}
