/** The rack's switches: Open vSwitch in user space, one bridge per switch. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fabric } from './fabric.ts';
import { portName } from './identity.ts';
import { CONTROLLER } from './network.ts';
import { OTHER_DHCP } from './other-dhcp.ts';
import { Daemon, run } from './processes.ts';
import type { RackSpec } from './spec.ts';

/** IANA's port for OVSDB; it listens on the namespace's own loopback only. */
const OVSDB_PORT = 6640;
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/**
 * Columns of a port that carries nothing. A port without a tag is a trunk for every VLAN, so closed has to be
 * said: a trunk of VLAN 4095 alone, which IEEE 802.1Q reserves, and kept apart from the other closed ports.
 */
export const CLOSED = ['vlan_mode=trunk', 'trunks=4095', 'protected=true'];

/** The database's address, for whoever configures the switches from anywhere on the host. */
export const switchAddress = (sockets: string): string => `unix:${join(sockets, 'ovsdb.sock')}`;

/** Starts the database in this namespace and the switches in the fabric, with every server's port closed. */
export async function startSwitches(
  spec: RackSpec,
  fabric: Fabric,
  state: string,
  sockets: string,
): Promise<void> {
  const directory = join(state, 'switch');
  await mkdir(directory);
  const database = join(directory, 'conf.db');
  const env = {
    OVS_RUNDIR: sockets,
    OVS_LOGDIR: directory,
    OVS_DBDIR: directory,
    OVS_SYSCONFDIR: directory,
  };
  await run('ovsdb-tool', ['create', database, SCHEMA]);
  const quiet = ['-vsyslog:off', '-vconsole:info', '--no-chdir'];
  const ovsdb = new Daemon({
    name: 'switch database',
    program: 'ovsdb-server',
    args: [
      database,
      `--remote=p${switchAddress(sockets)}`,
      `--remote=ptcp:${OVSDB_PORT}:127.0.0.1`,
      `--unixctl=${join(sockets, 'ovsdb.ctl')}`,
      ...quiet,
    ],
    logFile: join(directory, 'ovsdb-server.log'),
    env,
    restart: true,
  });
  ovsdb.start();
  await ovsdb.ready(async () => existsSync(join(sockets, 'ovsdb.sock')));
  const vsctl = (args: string[]) =>
    run('ovs-vsctl', [`--db=${switchAddress(sockets)}`, '--timeout=10', ...args], { timeoutMs: 12_000 });
  await vsctl(['--no-wait', 'init']);
  const vswitchd = new Daemon({
    name: 'switch',
    within: fabric,
    program: 'ovs-vswitchd',
    args: [switchAddress(sockets), `--unixctl=${join(sockets, 'vswitchd.ctl')}`, ...quiet],
    logFile: join(directory, 'ovs-vswitchd.log'),
    env,
    restart: true,
  });
  vswitchd.start();
  await vswitchd.ready(async () => existsSync(join(sockets, 'vswitchd.ctl')));
  // One transaction: no port is there for an instant before it is closed.
  await vsctl(spec.switches.flatMap(({ name }) => bridge(spec, name)).slice(1));
}

/** Arguments of ovs-vsctl, each command led by `--`. */
function bridge(spec: RackSpec, name: string): string[] {
  const ports = spec.nodes.flatMap((node) =>
    node.nics.flatMap((nic, i) => (nic.switch === name ? [portName(node.name, i)] : [])),
  );
  return [
    ...['--', 'add-br', name],
    ...['--', 'set', 'bridge', name, 'datapath_type=netdev', 'fail-mode=standalone'],
    // Every bridge has an interface of its own in the namespace, by default a trunk for every VLAN.
    ...['--', 'set', 'port', name, ...CLOSED],
    ...ports.flatMap((port) => ['--', 'add-port', name, port, ...CLOSED]),
    // As a data centre's switch does: an inspected server hears which port its cable goes to.
    ...ports.flatMap((port) => ['--', 'set', 'interface', port, 'lldp:enable=true']),
    ...(spec.controller.switch === name ? [CONTROLLER, ...(spec.otherDhcp ? [OTHER_DHCP] : [])] : []).flatMap(
      (port) => ['--', 'add-port', name, port, 'vlan_mode=access', `tag=${spec.controller.vlan}`],
    ),
  ];
}
