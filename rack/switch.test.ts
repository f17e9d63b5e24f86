/**
 * What the rack's switch lets through, with real frames: a cable from a second bridge, on which test hosts send
 * tagged and untagged, is plugged into a port that is configured as the rack configures its own.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { down, enter, type RackStatus, up } from './index.ts';
import { isAlive, lifeOf, namespaceOf } from './life.ts';
import { CLOSED } from './switch.ts';
import {
  command,
  eventually,
  lacking,
  processesNaming,
  type Ran,
  smallRack,
  temporaryHome,
  vsctl,
} from './testing.ts';

const skip = await lacking();
const home = temporaryHome();
const plan = smallRack('switch');
// Without IPv6 no frame is on the switch that the test did not send.
const spec = { ...plan, controller: { ...plan.controller, address6: undefined } };
const name = spec.name;
let rack: RackStatus;
const held: ChildProcess[] = [];

const inRack = (words: string[]): Ran => command([...enter(name), ...words]);
/** Beside the switch, where its cables are. */
const switchPid = () => processesNaming(`ovs-vswitchd ${rack.switches[0]!.address}`)[0]!;
let fabric: string[];
const inFabric = (words: string[]): Ran => command([...fabric, ...words]);
const must = (ran: Ran): string => {
  assert.equal(ran.code, 0, ran.output);
  return ran.output.trim();
};

/** A cable (veth) within the fabric. It leaves checksums for a hardware that is not there. */
function cable(end: string, other: string): void {
  must(inFabric(['ip', 'link', 'add', end, 'type', 'veth', 'peer', 'name', other]));
  for (const one of [end, other]) {
    must(inFabric(['ip', 'link', 'set', one, 'up']));
    must(inFabric(['ethtool', '-K', one, 'tx', 'off']));
  }
}

/** A host in a namespace of its own, cabled to a port of the test's bridge or of tor1. */
type Host = { run: (words: string[]) => Ran };

async function host(bridge: string, port: string, columns: string[], address: string): Promise<Host> {
  const nic = `${port}-nic`;
  cable(port, nic);
  must(vsctl(rack, ['add-port', bridge, port, ...columns]));
  const [program, ...args] = [...fabric, 'unshare', '--net', 'sleep', '1000'];
  const holder = spawn(program!, args, { stdio: 'ignore' });
  held.push(holder);
  await eventually('a namespace', () => {
    const mine = namespaceOf(holder.pid!, 'net');
    const others = [switchPid(), process.pid].map((pid) => namespaceOf(pid, 'net'));
    return mine !== undefined && !others.includes(mine);
  });
  must(inFabric(['ip', 'link', 'set', nic, 'netns', String(holder.pid)]));
  const run = (words: string[]) => command(fabric.with(2, String(holder.pid)).concat(words));
  run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6']);
  must(run(['ip', 'address', 'add', address, 'dev', nic]));
  must(run(['ip', 'link', 'set', nic, 'up']));
  must(run(['ip', 'route', 'add', 'default', 'via', '10.10.0.1']));
  return { run };
}

/**
 * Those of the addresses whose machine refuses a TCP connection, which only one that got the frame can do.
 * A whole switch carries that within milliseconds; silence costs this long.
 */
const SILENCE_S = 0.8;
function answers(from: Host, ...addresses: string[]): string[] {
  const script = `for a in ${addresses.join(' ')}; do
    { timeout ${SILENCE_S} bash -c "exec 3<>/dev/tcp/$a/9" 2>&1 | grep -q refused && echo $a; } &
  done; wait`;
  return from.run(['bash', '-c', script]).output.split('\n').filter(Boolean).sort();
}

/** Waits until exactly these answer: a loaded machine may need more than one try. */
const reaches = (from: Host, reached: string[], silent: string[] = []) =>
  eventually(`${reached} answer, and not ${silent}`, () => {
    const found = answers(from, ...reached, ...silent);
    for (const address of silent) assert.ok(!found.includes(address), `${address} answered`);
    return found.length === reached.length;
  });

const sockets = () => rack.switches[0]!.address.replace('unix:', '').replace('/ovsdb.sock', '');

/** Frames that the switch has sent out of a port, at this moment (the database's counters are seconds old). */
function framesOut(bridge: string, port: string): number {
  const said = must(command(['ovs-ofctl', 'dump-ports', `unix:${sockets()}/${bridge}.mgmt`, port]));
  const counted = Number(/tx pkts=(\d+)/.exec(said)?.[1]);
  assert.ok(Number.isInteger(counted), said);
  return counted;
}

/** Frames that the controller has got; the switch does not count them. */
const framesToController = (): number =>
  JSON.parse(must(inRack(['ip', '-j', '-s', 'link', 'show', 'controller'])))[0].stats64.rx.packets;

const CONTROLLER = '10.10.0.1';
const TEN = '10.10.0.60';
const TWENTY = '10.10.0.61';
const NOBODY = '10.10.0.99';

let untagged: Host;
let tagged: Host;
let onVlan10: Host;
let onVlan20: Host;

before(async () => {
  if (skip) return;
  rack = await up(spec);
  const user = process.getuid!() === 0 ? [] : ['--user', '--preserve-credentials'];
  fabric = ['nsenter', '--target', String(switchPid()), ...user, '--net', '--'];
  cable('cable', 'cable-lab');
  must(
    vsctl(rack, [
      'add-br',
      'lab',
      '--',
      'set',
      'bridge',
      'lab',
      'datapath_type=netdev',
      '--',
      'add-port',
      'lab',
      'cable-lab',
    ]),
  );
  must(vsctl(rack, ['add-port', 'tor1', 'cable', ...CLOSED]));
  untagged = await host('lab', 'h-untagged', ['vlan_mode=trunk', 'trunks=0'], '10.10.0.50/24');
  tagged = await host('lab', 'h-tagged', ['vlan_mode=access', 'tag=20'], '10.10.0.51/24');
  onVlan10 = await host('tor1', 'h-ten', ['vlan_mode=access', 'tag=10'], `${TEN}/24`);
  onVlan20 = await host('tor1', 'h-twenty', ['vlan_mode=access', 'tag=20'], `${TWENTY}/24`);
});
after(async () => {
  for (const holder of held) holder.kill('SIGKILL');
  await down(name);
  home[Symbol.dispose]();
});

test('every port of a server, and the switch’s own, starts closed', { skip }, () => {
  const ports = rack.nodes.flatMap((node) => node.nics.map((nic) => nic.port));
  for (const port of [...ports, 'tor1']) {
    const row = must(
      vsctl(rack, ['--columns=vlan_mode,tag,trunks,protected', '--format=json', 'list', 'port', port]),
    );
    assert.deepEqual(JSON.parse(row).data, [['trunk', ['set', []], 4095, true]], port);
  }
  assert.equal(ports.length, 4);
});

test('a closed port carries nothing, tagged or untagged', { skip }, () => {
  const out = () => [
    ...['h-ten', 'h-twenty', 'node1-nic0'].map((port) => framesOut('tor1', port)),
    framesToController(),
  ];
  const before = out();
  const sent = framesOut('lab', 'cable-lab');
  for (const from of [untagged, tagged]) assert.deepEqual(answers(from, CONTROLLER, TEN, TWENTY), []);
  assert.ok(framesOut('lab', 'cable-lab') >= sent + 6, 'the frames did come to the port');
  assert.deepEqual(out(), before);
});

test('nothing comes out of a closed port', { skip }, async () => {
  const before = framesOut('tor1', 'cable');
  await reaches(onVlan10, [CONTROLLER], [NOBODY]);
  await reaches(onVlan20, [], [NOBODY]);
  assert.equal(framesOut('tor1', 'cable'), before);
});

test('an access port carries its network without tags, and no other', { skip }, async () => {
  must(vsctl(rack, ['set', 'port', 'cable', 'vlan_mode=access', 'tag=10', 'trunks=[]', 'protected=false']));
  await reaches(untagged, [CONTROLLER, TEN], [TWENTY]);
  await reaches(tagged, [], [TWENTY, TEN]);
});

test('two protected ports of one network reach the controller, and not one another', { skip }, async () => {
  const protect = (value: boolean) =>
    must(
      vsctl(
        rack,
        ['cable', 'h-ten'].flatMap((port) => ['--', 'set', 'port', port, `protected=${value}`]).slice(1),
      ),
    );
  protect(true);
  await reaches(untagged, [CONTROLLER], [TEN]);
  await reaches(onVlan10, [CONTROLLER]);
  protect(false);
});

test('a trunk port carries its tagged networks beside the native one', { skip }, async () => {
  must(vsctl(rack, ['set', 'port', 'cable', 'vlan_mode=native-untagged', 'tag=10', 'trunks=20']));
  await reaches(tagged, [TWENTY], [TEN]);
  await reaches(untagged, [TEN], [TWENTY]);
});

test('the controller’s leg carries bulk TCP both ways', { skip }, async () => {
  const megabytes = 20;
  const [program, ...args] = [
    ...enter(name),
    process.execPath,
    '-e',
    `require('net').createServer((s) => { let n = 0; s.on('data', (d) => { n += d.length; if (n === ${megabytes} * 2 ** 20) s.end(Buffer.alloc(n, 1)); }); s.on('error', () => {}); }).listen(8123, '10.10.0.1')`,
  ];
  const server = spawn(program!, args, { stdio: 'ignore' });
  try {
    await eventually(
      'the server',
      () => inRack(['bash', '-c', 'exec 3<>/dev/tcp/10.10.0.1/8123']).code === 0,
    );
    const client = `const s = require('net').connect(8123, '10.10.0.1'); let n = 0; s.write(Buffer.alloc(${megabytes} * 2 ** 20)); s.on('data', (d) => { n += d.length; }); s.on('end', () => { console.log(n); s.end(); })`;
    const done = untagged.run([process.execPath, '-e', client]);
    assert.equal(done.output.trim(), String(megabytes * 2 ** 20));
  } finally {
    server.kill('SIGKILL');
  }
});

test('a server’s network does not lead to the BMCs', { skip }, () => {
  const { address } = rack.nodes[0]!.bmc;
  const ping = `const s = require('dgram').createSocket('udp4'); s.on('message', () => { console.log('answer'); s.close(); }); s.on('error', () => {}); s.send(Buffer.from('0600ff06000011be80000000', 'hex'), 623, '${address}'); setTimeout(() => process.exit(), 500)`;
  assert.match(inRack([process.execPath, '-e', ping]).output, /answer/);
  assert.equal(untagged.run([process.execPath, '-e', ping]).output, '');
  assert.deepEqual(answers(untagged, '172.31.0.1'), []);
});

test('a switch that dies comes back with its ports as they were', { skip }, async () => {
  const pid = switchPid();
  const life = lifeOf(pid);
  process.kill(pid, 'SIGKILL');
  await eventually('its end', () => !isAlive(life));
  assert.deepEqual(answers(untagged, CONTROLLER), []);
  await reaches(untagged, [CONTROLLER, TEN], [TWENTY]);
});
