/** A rack's life: up, a server powered by IPMI with its console, down; and that the host does not notice. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { consoleLog, down, enter, list, type RackStatus, status, up } from './index.ts';
import { everyPid, namespaceOf } from './life.ts';
import { PATH } from './processes.ts';
import {
  anyoneIn,
  command,
  eventually,
  hostNetwork,
  ipmi,
  lacking,
  processesNaming,
  smallRack,
  temporaryHome,
} from './testing.ts';

const skip = await lacking();
const spec = smallRack('life');
const name = spec.name;
const host = hostNetwork();
const home = temporaryHome();
let rack: RackStatus;
const node = (index: number) => rack.nodes[index]!;
const power = (index: number) => ipmi(enter(name), node(index), ['power', 'status']).output.trim();
const consoleOf = (index: number) => readFileSync(node(index).consoleLog, 'utf8');

before(async () => {
  if (skip) return;
  const steps: string[] = [];
  rack = await up(spec, { onStep: (step) => step.state === 'done' && steps.push(step.title) });
  assert.deepEqual(steps, [
    'accelerator: tcg (the rack file says so)',
    'network',
    'switches',
    'servers',
    'BMCs',
  ]);
});
after(async () => {
  await down(name);
  home[Symbol.dispose]();
});

test('a rack that is up says so, to every process of its user', { skip }, async () => {
  assert.equal(rack.state, 'up');
  assert.deepEqual(await status(name), rack);
  assert.deepEqual(await list(), [rack]);
  assert.deepEqual(
    node(1).nics.map((nic) => nic.port),
    ['node2-nic0', 'node2-nic1'],
  );
  assert.equal(statSync(`${rack.stateDirectory}/rack.json`).mode & 0o077, 0);
  assert.equal(statSync(rack.stateDirectory).mode & 0o077, 0);
});

test('a rack that is up is not brought up again', { skip }, async () => {
  await assert.rejects(up(spec), { code: 'rack_already_up' });
  assert.equal((await status(name))?.state, 'up');
});

test('a rack or a server that is not there is told by name', { skip }, () => {
  assert.throws(() => enter('nowhere'), { code: 'rack_not_found' });
  assert.throws(() => consoleLog(name, 'node9'), { code: 'node_not_found' });
});

test('a wrong password, an unknown user and the usual user without a password are refused', { skip }, () => {
  const wrong = ipmi(enter(name), node(0), ['power', 'on'], 'wrong');
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.output, /Unable to establish/);
  const stranger = { ...node(0), bmc: { ...node(0).bmc, user: 'stranger' } };
  assert.notEqual(ipmi(enter(name), stranger, ['power', 'on']).code, 0);
  const open = command([
    ...enter(name),
    'ipmitool',
    '-I',
    'lanplus',
    '-C',
    '0',
    '-H',
    node(0).bmc.address,
    '-U',
    'admin',
    '-P',
    '',
    'power',
    'on',
  ]);
  assert.notEqual(open.code, 0);
  assert.equal(power(0), 'Chassis Power is off');
});

test('the BMCs’ passwords are in no argument list', { skip }, () => {
  for (const { bmc } of rack.nodes) assert.deepEqual(processesNaming(bmc.password), []);
});

test('power on boots the firmware; its console is carried by SOL and kept in the log', { skip }, async () => {
  // A terminal that is attached before the power is on sees the first byte.
  const { address, user, password } = node(0).bmc;
  const [program, ...args] = [
    ...enter(name),
    'ipmitool',
    '-I',
    'lanplus',
    '-C',
    '3',
    '-H',
    address,
    '-U',
    user,
    '-E',
    'sol',
    'activate',
  ];
  // ipmitool wants a terminal; `script` lends it one.
  const quoted = [program, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = spawn('script', ['-qec', quoted, '/dev/null'], {
    env: { ...process.env, PATH, IPMI_PASSWORD: password },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  terminal.stdout.on('data', (chunk) => (seen += chunk));
  try {
    await eventually('SOL session', () => seen.includes('SOL Session operational'));
    assert.equal(ipmi(enter(name), node(0), ['power', 'on']).code, 0);
    assert.equal(power(0), 'Chassis Power is on');
    assert.equal((await status(name))?.nodes[0]?.power, 'on');
    await eventually('SeaBIOS by SOL', () => seen.includes('SeaBIOS'));
    await eventually('iPXE’s prompt by SOL', () => seen.includes('Press Ctrl-B for the iPXE command line'));
    terminal.stdin.write('\x02');
    await eventually('iPXE’s shell', () => seen.includes('iPXE>'));
    terminal.stdin.write('echo typed-by-$\x7bmanufacturer}-$\x7bserial}\r'); // iPXE's own ${...}, not ours.
    await eventually('an answer to what was typed', () => /typed-by-Bullion-BN[0-9A-F]{8}/.test(seen));
    assert.match(consoleOf(0), /SeaBIOS[\s\S]*typed-by-Bullion/);
    terminal.stdin.write('~.');
    await eventually('the end of the session', () => terminal.exitCode !== null);
  } finally {
    terminal.kill('SIGKILL');
  }
});

test('reset starts the firmware again in the same power-on', { skip }, async () => {
  const banners = () => consoleOf(0).split('SeaBIOS (version').length - 1;
  assert.equal(banners(), 1);
  assert.equal(ipmi(enter(name), node(0), ['power', 'reset']).code, 0);
  await eventually('a second banner', () => banners() === 2);
  assert.equal(power(0), 'Chassis Power is on');
});

test('a chosen boot device is remembered, and holds from the next reset on', { skip }, async () => {
  // The disk is empty: tried first, it fails before the network is tried.
  assert.equal(ipmi(enter(name), node(0), ['chassis', 'bootdev', 'disk']).code, 0);
  assert.match(
    ipmi(enter(name), node(0), ['chassis', 'bootparam', 'get', '5']).output,
    /Force Boot from default Hard-Drive/,
  );
  assert.equal(ipmi(enter(name), node(0), ['power', 'reset']).code, 0);
  await eventually('the disk is tried', () => consoleOf(0).includes('Booting from Hard Disk'));
  assert.equal(ipmi(enter(name), node(0), ['chassis', 'bootdev', 'pxe']).code, 0);
  const before = consoleOf(0).length;
  assert.equal(ipmi(enter(name), node(0), ['power', 'cycle']).code, 0);
  // A new power-on has a new log; the former stays beside it.
  await eventually(
    'a new log',
    () => consoleOf(0).length < before && consoleOf(0).includes('iPXE initialising'),
  );
  assert.ok(!consoleOf(0).includes('Booting from Hard Disk'));
  assert.match(readFileSync(node(0).consoleLog.replace('.log', '.1.log'), 'utf8'), /Booting from Hard Disk/);
});

test('a boot device that there is not is refused', { skip }, () => {
  // ipmitool's exit code is 0 here whatever the BMC answers.
  assert.match(ipmi(enter(name), node(0), ['chassis', 'bootdev', 'floppy']).output, /failed/);
});

test('a server whose process ends is off', { skip }, async () => {
  const mine = processesAt(rack, 'qemu-system-x86_64');
  assert.equal(mine.length, 1);
  process.kill(mine[0]!, 'SIGKILL');
  await eventually('off', () => power(0) === 'Chassis Power is off');
  assert.equal((await status(name))?.nodes[0]?.power, 'off');
});

test('a server that is off cannot be reset; turned off again it stays off', { skip }, () => {
  assert.notEqual(ipmi(enter(name), node(0), ['power', 'reset']).code, 0);
  assert.equal(ipmi(enter(name), node(0), ['power', 'off']).code, 0);
  assert.equal(power(0), 'Chassis Power is off');
});

test('a UEFI server finds its TPM, and both lose their power together', { skip }, async () => {
  assert.equal(ipmi(enter(name), node(1), ['power', 'on']).code, 0);
  await eventually('iPXE under UEFI', () => consoleOf(1).includes('iPXE'));
  assert.equal(processesAt(rack, 'swtpm').length, 1);
  assert.equal(ipmi(enter(name), node(1), ['power', 'off']).code, 0);
  await eventually('no TPM', () => processesAt(rack, 'swtpm').length === 0);
  assert.equal(power(1), 'Chassis Power is off');
});

test('a BMC that dies comes back, and the server did not notice', { skip }, async () => {
  assert.equal(ipmi(enter(name), node(0), ['power', 'on']).code, 0);
  for (const pid of processesAt(rack, 'ipmi_sim')) process.kill(pid, 'SIGKILL');
  await eventually('the BMC answers', () => power(0) === 'Chassis Power is on');
});

test('two racks of one plan stand side by side', { skip }, async () => {
  const other = smallRack('twin');
  try {
    const twin = await up(other);
    assert.equal(ipmi(enter(other.name), twin.nodes[0]!, ['power', 'on']).code, 0);
    assert.equal(ipmi(enter(name), node(0), ['power', 'off']).code, 0);
    assert.equal((await status(other.name))?.nodes[0]?.power, 'on');
    assert.equal((await status(name))?.nodes[0]?.power, 'off');
    assert.notEqual(twin.nodes[0]?.nics[0]?.mac, node(0).nics[0]?.mac);
    assert.equal((await list()).length, 2);
  } finally {
    await down(other.name);
  }
  assert.equal((await status(name))?.state, 'up');
});

test('down leaves no process, namespace or file, and the host’s network as it was', { skip }, async () => {
  assert.equal(ipmi(enter(name), node(0), ['power', 'on']).code, 0);
  const namespace = namespaceOf(rack.supervisorPid!, 'net')!;
  const [program, ...args] = [...enter(name), 'sleep', '1000'];
  const service = spawn(program!, args, { stdio: 'ignore' });
  await sleep(200);
  assert.deepEqual(hostNetwork(), host);
  const sockets = rack.switches[0]!.address.replace('unix:', '').replace('/ovsdb.sock', '');
  assert.ok(existsSync(sockets));

  await down(name);

  await eventually('the service has ended', () => service.signalCode !== null);
  assert.ok(!anyoneIn(namespace));
  assert.deepEqual(processesNaming(name), []);
  assert.ok(!existsSync(sockets));
  assert.deepEqual(readdirSync(home.path), []);
  assert.deepEqual(hostNetwork(), host);
  assert.equal(await status(name), undefined);
  await down(name); // Again is no error.
});

/** Processes of this program in the rack. */
function processesAt(rack: RackStatus, program: string): number[] {
  const rackNamespace = namespaceOf(rack.supervisorPid!, 'pid');
  return everyPid()
    .filter((pid) => namespaceOf(pid, 'pid') === rackNamespace)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] === program);
}
