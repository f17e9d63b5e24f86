/** What dnsmasq is told: pure text, so that it can be read and tested without a network. */
import type { BootNetwork } from '../context.ts';
import { networkOf } from './addresses.ts';
import { bootables } from './architectures.ts';
import type { DhcpHost } from './hosts.ts';

export type DhcpPaths = { hosts: string; options: string; leases: string; tftpRoot: string };

/** `address6`: this machine's own IPv6 address on the network, where it is to give some. */
export type DhcpNetwork = BootNetwork & { address6?: string | undefined };

/** dnsmasq answers nobody but the nodes in the folder `paths.hosts`. */
export function dnsmasqConfig(
  network: DhcpNetwork,
  paths: DhcpPaths,
  hosts: readonly DhcpHost[] = [],
): string {
  return [
    '# Made by the provisioning service. Hosts and options are files of two folders, read as soon as they appear.',
    ...common(network, paths),
    ...(network.dhcp === 'proxy' ? proxy(network, hosts) : [...own(network, paths), ...own6(network)]),
    '',
  ].join('\n');
}

const common = (network: DhcpNetwork, paths: DhcpPaths): string[] => [
  'port=0',
  `interface=${network.interface}`,
  'bind-interfaces',
  'except-interface=lo',
  'dhcp-ignore=tag:!known',
  `dhcp-hostsdir=${paths.hosts}`,
  `dhcp-leasefile=${paths.leases}`,
  'log-dhcp',
  'log-facility=-',
  `enable-tftp=${network.interface}`,
  `tftp-root=${paths.tftpRoot}`,
  "# A network card's own boot ROM is handed iPXE; iPXE (option 175) is handed the node's script.",
  'dhcp-match=set:ipxe,175',
];

/** Addresses are ours to give. */
const own = (network: DhcpNetwork, paths: DhcpPaths): string[] => [
  `dhcp-range=${networkOf(network.address, network.prefix)},static,1h`,
  "# A lease that it knows nothing of is a running node's from before a restart: it is renewed, not refused.",
  'dhcp-authoritative',
  '# This network leads nowhere: what nodes have to say to the world is not to be sent here.',
  'dhcp-option=option:router',
  'dhcp-option=option:dns-server',
  `dhcp-optsdir=${paths.options}`,
  '# Addresses are ours alone: looking whether one is taken would cost three seconds a boot.',
  'no-ping',
  ...bootables('tftp').flatMap(({ code, file }) => [
    `dhcp-match=set:arch${code},option:client-arch,${code}`,
    `dhcp-boot=tag:arch${code},tag:!ipxe,${file}`,
  ]),
  "# UEFI's HTTP boot takes an answer for its own only where that says HTTPClient, too.",
  'dhcp-vendorclass=set:http,HTTPClient',
  'dhcp-option-force=tag:http,tag:!ipxe,option:vendor-class,HTTPClient',
  ...bootables('http').flatMap(({ code, file }) => [
    `dhcp-match=set:arch${code},option:client-arch,${code}`,
    `dhcp-boot=tag:arch${code},tag:!ipxe,${firmwareUrl(network, network.address, file)}`,
  ]),
  "# iPXE (its option 176, no-pxedhcp) need not wait for a second server's offer of a boot file: that is ours to give. It",
  '# would wait two seconds at every boot.',
  'dhcp-option=tag:ipxe,encap:175,176,1b',
];

/**
 * IPv6, where the interface has an address: router advertisements, without which iPXE waits 16 s before it boots by IPv4.
 * Where they promise addresses by DHCPv6 it asks for one, and boots 0.15 s later; where none came it would wait as long.
 */
const own6 = (network: DhcpNetwork): string[] => [
  'enable-ra',
  `dhcp-range=::,constructor:${network.interface},${network.address6 === undefined ? 'ra-only,64' : 'static,64,1h'}`,
  ...(network.address6 === undefined ? [] : httpBoot6(network, `[${network.address6}]`)),
];

/**
 * RFC 5970's boot file URL. UEFI's client asks of the vendor class that HTTPClient stands in it from the seventh byte on,
 * behind the enterprise's number and a length. dnsmasq writes texts with their lengths, and no numbers: four characters
 * that nobody reads stand for that.
 */
const httpBoot6 = (network: DhcpNetwork, host: string): string[] => [
  'dhcp-userclass=set:ipxe,iPXE',
  'dhcp-vendorclass=set:http6,enterprise:343,HTTPClient',
  'dhcp-option=tag:http6,tag:!ipxe,option6:16,----HTTPClient',
  ...bootables('http').flatMap(({ code, file }) => [
    `dhcp-match=set:http6-${code},option6:61,00:${code.toString(16).padStart(2, '0')}`,
    `dhcp-option=tag:http6-${code},tag:!ipxe,option6:bootfile-url,${firmwareUrl(network, host, file)}`,
  ]),
];

/**
 * Another server gives the addresses; we add what to boot. Everybody asks both, BIOS and iPXE take our offer as it is,
 * UEFI asks us once more at port 4011 (`pxe-service`). Nothing else is said to a network that is not ours: no router
 * advertisements, no DHCPv6.
 *
 * Options by host (`dhcp-optsdir`) are not part of such an offer, so that each node's script stands here, and dnsmasq starts
 * anew for each.
 */
const proxy = (network: DhcpNetwork, hosts: readonly DhcpHost[]): string[] => [
  `dhcp-range=${networkOf(network.address, network.prefix)},proxy`,
  ...bootables('tftp').flatMap(({ code, file }) =>
    code === 0
      ? [
          'dhcp-match=set:bios,option:client-arch,0',
          `dhcp-boot=tag:bios,tag:!ipxe,${file},,${network.address}`,
        ]
      : [`pxe-service=tag:!ipxe,${code},Bullion,${file}`],
  ),
  // With our address as the next server's: without one iPXE asks again at port 4011, in vain.
  ...hosts.map(({ tag, scriptUrl }) => `dhcp-boot=tag:${tag},tag:ipxe,${scriptUrl},,${network.address}`),
];

const firmwareUrl = ({ httpPort }: DhcpNetwork, host: string, file: string) =>
  `http://${host}:${httpPort}/firmware/${file}`;
