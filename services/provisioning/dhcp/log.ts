/** Reads dnsmasq's DHCP log (`log-dhcp`): who asked, as what, and who was answered. */

export type DhcpEvent = {
  kind: 'discover' | 'ack';
  mac: string;
  /** Of a firmware that asks what to boot: its architecture (DHCP option 93). Not of iPXE, which needs no boot file. */
  architecture?: number;
};

/**
 * E.g. `dnsmasq-dhcp[812]: 3462 DHCPACK(eth0) 10.10.0.21 52:54:00:12:34:56 node1`. From the line's beginning: further on it
 * may hold what a client says of itself. Where another server gives the addresses the line says `PXE`. A DHCPv6 client is
 * named by its own identifier; its MAC stands in a line before.
 */
const LINE = /^dnsmasq-dhcp\[\d+\]: (\d+) (.*)$/;
const MAC = /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.source;
const MESSAGE = new RegExp(`^(DHCPDISCOVER|DHCPACK|PXE)\\([^)]*\\) (?:[0-9.]+ )?(${MAC})(?= |$)`);
const MAC_OF_CLIENT = new RegExp(`^client MAC address: (${MAC})$`);
const ARCHITECTURE = /^vendor class: (?:PXE|HTTP)Client:Arch:(\d{5})/;

/** What one message says comes in several lines, all with the message's number. */
type Heard = { id: string; architecture?: number | undefined; mac?: string | undefined };

export class LogReader {
  #heard: Heard = { id: '' };

  read(line: string): DhcpEvent | undefined {
    const [, id, text] = LINE.exec(line) ?? [];
    if (id === undefined || text === undefined) return undefined;
    if (id !== this.#heard.id || text.startsWith('available DHCP')) this.#heard = { id };
    const architecture = ARCHITECTURE.exec(text)?.[1];
    if (architecture !== undefined) this.#heard.architecture = Number(architecture);
    if (text === 'user class: iPXE') this.#heard.architecture = undefined;
    this.#heard.mac ??= MAC_OF_CLIENT.exec(text)?.[1];
    const [, message, mac] = MESSAGE.exec(text) ?? [];
    if (message === 'DHCPACK') return { kind: 'ack', mac: mac! };
    if (message !== undefined) return this.#asked(mac!);
    return text.startsWith('DHCPSOLICIT(') && this.#heard.mac ? this.#asked(this.#heard.mac) : undefined;
  }

  #asked(mac: string): DhcpEvent {
    const { architecture } = this.#heard;
    return { kind: 'discover', mac, ...(architecture !== undefined && { architecture }) };
  }
}

/** A line without the tokens in it: the addresses of boot scripts are secrets of their nodes. */
export function withoutTokens(line: string): string {
  return line.replaceAll(/\/boot\/[^/\s]+/g, '/boot/[secret]');
}
