/** Reads dnsmasq's DHCP log (`log-dhcp`): who asked, who was answered. */

export type DhcpEvent = {
  kind: 'discover' | 'ack';
  mac: string;
};

/** E.g. `dnsmasq-dhcp: 3462 DHCPACK(eth0) 10.10.0.21 52:54:00:12:34:56 node1`. */
const MESSAGE = /\bDHCP(DISCOVER|ACK)\([^)]*\).*?\b([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b/;

export function parseLogLine(line: string): DhcpEvent | undefined {
  const found = MESSAGE.exec(line);
  if (!found) return undefined;
  return { kind: found[1] === 'ACK' ? 'ack' : 'discover', mac: found[2]! };
}
