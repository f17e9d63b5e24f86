/** The network of the operator's machine: its leg to the servers' switch, and the management network of the BMCs. */
import { existsSync, writeFileSync } from 'node:fs';
import { run } from './processes.ts';
import type { RackSpec } from './spec.ts';

/** The operator's interface to the switch, and the name of the switch's port. */
export const CONTROLLER = 'controller';
const MANAGEMENT = 'mgmt';
/** The first BMC's host number in the management network; below it is room for other equipment. */
const FIRST_BMC_HOST = 11;

const managementHost = (spec: RackSpec, host: number): string =>
  spec.management.network.replace(/0\/24$/, String(host));

/** The address of a node's BMC. */
export const bmcAddress = (spec: RackSpec, node: number): string =>
  managementHost(spec, FIRST_BMC_HOST + node);

/** Gives this namespace, which has the controller's cable already, its addresses and its rules. */
export async function addressOperator(spec: RackSpec): Promise<void> {
  const { address, address6 } = spec.controller;
  // Without duplicate address detection, which is a second in which an address cannot be used; and silent
  // where the rack file gives it no IPv6 address.
  ipv6Setting('accept_dad', '0');
  ipv6Setting('disable_ipv6', address6 === undefined ? '1' : '0');
  const lines = [
    'link set lo up',
    // Nobody reads from this device: what is sent to an address of the management network that has no BMC is
    // lost, as on a real wire. (The `dummy` driver would do; it is not in every kernel.)
    `tuntap add dev ${MANAGEMENT} mode tun`,
    `link set ${MANAGEMENT} up`,
    `address add ${managementHost(spec, 1)}/24 dev ${MANAGEMENT}`,
    ...spec.nodes.map((_, i) => `address add ${bmcAddress(spec, i)}/24 dev ${MANAGEMENT}`),
    `link set ${CONTROLLER} up`,
    `address add ${address} dev ${CONTROLLER}`,
    ...(address6 === undefined ? [] : [`address add ${address6} dev ${CONTROLLER} nodad`]),
    // Linux answers for all of its addresses on every interface, so a server could reach the BMCs by way of the
    // controller's leg. A rule before the table of local addresses forbids it; that table has to move for it.
    'rule add pref 2 table local',
    `rule add pref 1 iif ${CONTROLLER} to ${spec.management.network} blackhole`,
    'rule del pref 0 table local',
  ];
  await run('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** A kernel without IPv6 has no such settings, and needs none. */
function ipv6Setting(key: string, value: string): void {
  const directory = `/proc/sys/net/ipv6/conf/${CONTROLLER}`;
  if (existsSync(directory)) writeFileSync(`${directory}/${key}`, value);
}
