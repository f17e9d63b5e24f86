/** What dnsmasq is told: pure text, so that it can be read and tested without a network. */
import type { BootNetwork } from '../context.ts';
import { networkOf } from './addresses.ts';

/** A node that may boot now. */
export type DhcpHost = { mac: string; address: string; hostname: string; tag: string; scriptUrl: string };

export type DhcpPaths = { hosts: string; options: string; leases: string; tftpRoot: string };

/** The fixed part. dnsmasq answers nobody but the nodes in the folder `paths.hosts`. */
export function dnsmasqConfig(network: BootNetwork, paths: DhcpPaths): string {
  return `# Made by the provisioning service. Hosts and options are files of two folders, read as soon as they appear.
port=0
interface=${network.interface}
bind-interfaces
except-interface=lo
dhcp-range=${networkOf(network.address, network.prefix)},static,1h
# A lease that it knows nothing of is a running node's from before a restart: it is renewed, not refused.
dhcp-authoritative
# This network leads nowhere: what nodes have to say to the world is not to be sent here.
dhcp-option=option:router
dhcp-option=option:dns-server
dhcp-ignore=tag:!known
dhcp-hostsdir=${paths.hosts}
dhcp-optsdir=${paths.options}
dhcp-leasefile=${paths.leases}
# Addresses are ours alone: looking whether one is taken would cost three seconds a boot.
no-ping
log-dhcp
log-facility=-
enable-tftp=${network.interface}
tftp-root=${paths.tftpRoot}
# A network card's own boot ROM is handed iPXE; iPXE (option 175) is handed the node's script, by dhcp-optsdir.
dhcp-match=set:ipxe,175
dhcp-match=set:bios,option:client-arch,0
dhcp-match=set:efi64,option:client-arch,7
dhcp-match=set:efi64,option:client-arch,9
dhcp-match=set:efiarm64,option:client-arch,11
dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe
dhcp-boot=tag:efi64,tag:!ipxe,ipxe.efi
# Not in Debian 12's package: an operator who has such servers puts it there.
dhcp-boot=tag:efiarm64,tag:!ipxe,ipxe-arm64.efi
# iPXE (its option 176, no-pxedhcp) need not wait for a second server's offer of a boot file: that is ours to give. It would
# wait two seconds at every boot.
dhcp-option=tag:ipxe,encap:175,176,1b
# Without router advertisements iPXE waits 16 s for one before it boots by IPv4; with one that points to DHCPv6
# (ra-stateless) it waits as long for that, since DHCPv6 knows no node here.
enable-ra
dhcp-range=::,constructor:${network.interface},ra-only,64
`;
}

/** A line of `dhcp-hostsdir`: who is known, and by which tag its options are found. */
export function hostLine({ mac, address, hostname, tag }: DhcpHost): string {
  const name = isPlainHostname(hostname) ? `,${hostname}` : '';
  return `${mac},set:${tag},${address}${name},1h\n`;
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
