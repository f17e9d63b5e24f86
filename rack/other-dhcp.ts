/**
 * A DHCP server that is not the operator's, on the servers' network: a machine of its own (a network namespace) with dnsmasq,
 * as in a data centre whose networks have DHCP already. It gives addresses, sends router advertisements, and knows nothing
 * of booting.
 */
import { join } from 'node:path';
import type { Fabric } from './fabric.ts';
import { namespaceOf } from './life.ts';
import { Daemon, run } from './processes.ts';
import type { RackSpec } from './spec.ts';

/** The port of the switch that it is plugged into, an access port of the controller's VLAN. */
export const OTHER_DHCP = 'otherdhcp';

/** Its own end of the cable. */
const CARD = 'eth0';
/** Of the network that it advertises by IPv6. */
const ADDRESS6 = 'fd00:dc::1/64';

/** Builds the machine and its cable; the server starts with it. */
export async function startOtherDhcp(
  { address, from, to }: NonNullable<RackSpec['otherDhcp']>,
  fabric: Fabric,
  state: string,
): Promise<void> {
  const machine = new Daemon({
    name: 'other DHCP machine',
    program: 'unshare',
    args: ['--net', 'sleep', 'infinity'],
    logFile: join(state, 'other-dhcp-machine.log'),
  });
  const pid = machine.start();
  await machine.ready(async () => namespaceOf(pid, 'net') !== namespaceOf(process.pid, 'net'));
  const within = ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
  const cable = ['link', 'add', OTHER_DHCP, 'type', 'veth', 'peer', 'name', CARD, 'netns', `${pid}`];
  await run('ip', cable, { within: fabric });
  await run('ip', ['link', 'set', OTHER_DHCP, 'up'], { within: fabric });
  await run('ip', ['-batch', '-'], {
    within,
    input: `link set lo up
address add ${address} dev ${CARD}
address add ${ADDRESS6} dev ${CARD} nodad
link set ${CARD} up
`,
  });
  // As for the controller's cable: the switch fills in no checksums.
  await run('ethtool', ['-K', CARD, 'tx', 'off'], { within });
  await run('ethtool', ['-K', OTHER_DHCP, 'tx', 'off'], { within: fabric });
  new Daemon({
    name: 'other DHCP server',
    within,
    program: 'dnsmasq',
    args: [
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--user=', '--group=', '--pid-file='],
      ...['--port=0', `--interface=${CARD}`, '--bind-interfaces', '--log-dhcp', '--log-facility=-'],
      ...[`--dhcp-range=${from},${to},10m`, '--leasefile-ro'],
      ...['--enable-ra', `--dhcp-range=::,constructor:${CARD},ra-only,64`],
    ],
    logFile: join(state, 'other-dhcp.log'),
    restart: true,
  }).start();
}
