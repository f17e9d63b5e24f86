/**
 * Finds the DHCP servers of a network, as a client would: it asks for an address, for a network boot, and for an IPv6
 * address, and takes none of what it is offered. A service of ours that runs there says nothing: it does not know the
 * MAC that asks.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket, type SocketType } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, messageOf } from '@bullion/service';
import { decodeOffer, encodeDiscover, pxeClient } from './packet.ts';
import { decodeAdvertise, encodeSolicit } from './packet6.ts';
import { toMac } from './text.ts';

export type DhcpServer = {
  protocol: 'DHCP' | 'DHCPv6';
  interface: string;
  /** Where its answer came from. */
  address: string;
  /** What it calls itself: an address, or in DHCPv6 its DUID. */
  serverId: string | null;
  /** The address that it would have given; null where it only says what to boot (proxy DHCP). */
  offered: string | null;
  /** What it would have had us boot. */
  bootFile: string | null;
};

/** A server may first look whether the address that it is about to offer is free: dnsmasq does for three seconds. */
const LISTEN_MS = 4500;
/** A datagram may be lost: all is asked for twice. */
const AGAIN_MS = 700;

const CLIENT = 68;
const SERVER = 67;
const CLIENT6 = 546;
const SERVER6 = 547;
const ALL_SERVERS6 = 'ff02::1:2';

/** Throws `dhcp_check_failed` where it cannot be asked or heard: no such interface, no right to open the port. */
export async function findDhcpServers(
  name: string,
  options: { listenMs?: number; signal?: AbortSignal } = {},
): Promise<DhcpServer[]> {
  const addresses = networkInterfaces()[name] ?? [];
  const own = addresses.find(({ family }) => family === 'IPv4')?.address;
  if (own === undefined) throw failed(name, 'it is not there, not up, or has no IPv4 address');
  const found = new Map<string, DhcpServer>();
  const keep = (server: DhcpServer) => {
    const key = `${server.protocol} ${server.serverId ?? server.address}`;
    const before = found.get(key);
    // A server may answer both questions: an address to the one, a boot file to the other.
    found.set(key, {
      ...server,
      offered: server.offered ?? before?.offered ?? null,
      bootFile: server.bootFile ?? before?.bootFile ?? null,
    });
  };
  const hasLinkLocal = addresses.some(
    ({ family, address }) => family === 'IPv6' && /^fe[89ab]/.test(address),
  );
  const sockets: Socket[] = [];
  try {
    const ask4 = await opened4(name, own, keep, sockets);
    const ask6 = hasLinkLocal ? await opened6(name, keep, sockets) : () => {};
    for (let round = 0; round < 2; round++) {
      ask4();
      ask6();
      if (round === 0) await sleep(AGAIN_MS, undefined, { signal: options.signal });
    }
    await sleep((options.listenMs ?? LISTEN_MS) - AGAIN_MS, undefined, { signal: options.signal });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw failed(name, messageOf(error), error);
  } finally {
    for (const socket of sockets) socket.close();
  }
  return [...found.values()].sort((a, b) => a.address.localeCompare(b.address));
}

type Keep = (server: DhcpServer) => void;

/** A MAC that no card has: local and for one station (IEEE 802, section 8.4). */
function newMac(): Buffer {
  const mac = randomBytes(6);
  mac[0] = (mac[0]! & 0xfc) | 2;
  return mac;
}

async function opened4(name: string, own: string, keep: Keep, sockets: Socket[]): Promise<() => void> {
  const asked = [[], pxeClient(0)].map((says) => ({ id: randomInt(2 ** 32), mac: newMac(), says }));
  const hear = (bytes: Buffer, { address }: RemoteInfo) => {
    const offer = decoded(decodeOffer, bytes);
    if (!asked.some(({ id, mac }) => offer?.id === id && offer.mac === toMac(mac))) return;
    const { serverId = null, offered = null, bootFile = null, pxe } = offer!;
    const boots = bootFile ?? (pxe && offered === null ? 'a boot menu' : null);
    keep({ protocol: 'DHCP', interface: name, address, serverId, offered, bootFile: boots });
  };
  // What is sent from an interface's own address leaves by that interface, a limited broadcast too; but broadcasts are
  // heard only by a socket that is bound to none.
  const sender = await bound('udp4', CLIENT, own, hear, sockets);
  await bound('udp4', CLIENT, '0.0.0.0', hear, sockets);
  sender.setBroadcast(true);
  return () => {
    for (const each of asked) send(sender, encodeDiscover(each), SERVER, '255.255.255.255');
  };
}

async function opened6(name: string, keep: Keep, sockets: Socket[]): Promise<() => void> {
  const asked = { id: randomInt(2 ** 24), mac: newMac() };
  const socket = await bound('udp6', CLIENT6, '::', hear, sockets);
  function hear(bytes: Buffer, { address }: RemoteInfo) {
    const advertise = decoded(decodeAdvertise, bytes);
    if (advertise?.id !== asked.id) return;
    const { serverId = null, offered = null, bootFile = null } = advertise;
    keep({ protocol: 'DHCPv6', interface: name, address, serverId, offered, bootFile });
  }
  return () => send(socket, encodeSolicit(asked), SERVER6, `${ALL_SERVERS6}%${name}`);
}

async function bound(
  type: SocketType,
  port: number,
  address: string,
  hear: (bytes: Buffer, from: RemoteInfo) => void,
  sockets: Socket[],
): Promise<Socket> {
  const socket = createSocket({ type, reuseAddr: true, ...(type === 'udp6' && { ipv6Only: true }) });
  sockets.push(socket);
  const listening = once(socket, 'listening');
  socket.bind(port, address);
  await listening;
  return socket.on('message', hear).on('error', () => {});
}

/** That nothing could be sent shows by no answer; the interface may be going down just now. */
const send = (socket: Socket, bytes: Buffer, port: number, to: string) =>
  socket.send(bytes, port, to, () => {});

function decoded<Message>(decode: (bytes: Buffer) => Message, bytes: Buffer): Message | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined; // Anybody may send anything to these ports.
  }
}

function failed(name: string, why: string, cause?: unknown): BullionError {
  return new BullionError(
    'unavailable',
    'dhcp_check_failed',
    `The network at "${name}" cannot be searched for DHCP servers: ${why}.`,
    { hint: 'Port 68 must be free to open: run it as root, and end a DHCP client that holds it.', cause },
  );
}

/** Whether this machine drops answers of servers whose address is not of the interface's own network (rp_filter). */
export function hidesForeigners(name: string): boolean {
  const value = (of: string) => {
    try {
      return Number(readFileSync(`/proc/sys/net/ipv4/conf/${of}/rp_filter`, 'utf8'));
    } catch {
      return 0;
    }
  };
  return Math.max(value('all'), value(name)) > 0;
}
