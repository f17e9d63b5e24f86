/**
 * The configuration of a bridge's ports as a script for the switch's own start. A script rather than a snippet for
 * ifupdown or networkd: every Linux switch can run one, and it says exactly what the VLAN tables hold.
 */
import { type BridgePort, restoreLines } from './vlans.ts';

export function saveScript(bridge: string, ports: ReadonlyMap<string, BridgePort>): string {
  const lines = [...ports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([port, state]) => restoreLines(port, state));
  return [
    '#!/bin/sh',
    '# Written by Bullion, and written again at every save: do not edit.',
    `# To be run when bridge ${bridge} has its ports, e.g. by "post-up" in /etc/network/interfaces. Until then ports must`,
    '# carry nothing: give the bridge vlan_filtering 1 and vlan_default_pvid 0 when it is made.',
    'PATH="/usr/sbin:/sbin:$PATH"',
    `ip link set dev ${bridge} type bridge vlan_filtering 1 || exit 1`,
    `bridge -force -batch - <<'END-OF-BATCH'`,
    ...lines,
    'END-OF-BATCH',
  ].join('\n');
}
