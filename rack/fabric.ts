/**
 * The rack's second network namespace: the switches and the servers' cables, and no address at all.
 * A switch in user space reads its ports' frames beside the kernel, which gets every one of them too. Were the
 * cables in the operator's namespace, its kernel would answer on each of them for its own addresses, and a server
 * on a closed port could reach the operator's services and the BMCs past the switch.
 */
import { existsSync } from 'node:fs';
import { portName } from './identity.ts';
import { namespaceOf } from './life.ts';
import { CONTROLLER } from './network.ts';
import { Daemon, run } from './processes.ts';
import type { RackSpec } from './spec.ts';

/** The words to put before a command so that it runs in the fabric. */
export type Fabric = readonly string[];

/** Makes the fabric with its cables; the other end of the controller's lies in this process's namespace. */
export async function layCables(spec: RackSpec, logFile: string): Promise<Fabric> {
  // A namespace lasts as long as a process is in it, and switches and servers come and go.
  const holder = new Daemon({
    name: 'fabric',
    program: 'unshare',
    args: ['--net', 'sleep', 'infinity'],
    logFile,
  });
  const pid = holder.start();
  await holder.ready(async () => namespaceOf(pid, 'net') !== namespaceOf(process.pid, 'net'));
  const fabric = ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
  const noIpv6 = '/proc/sys/net/ipv6/conf/default/disable_ipv6';
  // This kernel's router solicitations would be stray frames on the servers' cables.
  if (existsSync(noIpv6)) await run('sh', ['-c', `echo 1 >${noIpv6}`], { within: fabric });
  const { mtu } = spec.controller;
  await run('ip', [
    'link',
    'add',
    CONTROLLER,
    'mtu',
    `${mtu}`,
    'type',
    'veth',
    'peer',
    'name',
    CONTROLLER,
    'mtu',
    `${mtu}`,
    'netns',
    `${pid}`,
  ]);
  // A veth leaves checksums to hardware that is not there, and a switch in user space does not fill them in.
  await run('ethtool', ['-K', CONTROLLER, 'tx', 'off']);
  await run('ethtool', ['-K', CONTROLLER, 'tx', 'off'], { within: fabric });
  const taps = spec.nodes.flatMap((node) => node.nics.map((_, nic) => portName(node.name, nic)));
  const lines = [
    `link set ${CONTROLLER} up`,
    // A cable lies there whether its server is on or not; persistent, it outlives QEMU.
    ...taps.flatMap((tap) => [`tuntap add dev ${tap} mode tap`, `link set ${tap} up`]),
  ];
  await run('ip', ['-batch', '-'], { within: fabric, input: `${lines.join('\n')}\n` });
  return fabric;
}
