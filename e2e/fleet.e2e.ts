/** What concerns more than one server: a group that boots at once, a disk that moves, and one that outlives its server. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enter } from '@bullion/rack';
import { all, ok, type ProvisioningType } from '@bullion/sdk';
import { run } from '@bullion/service';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab, reached } from './stage.ts';

const skip = await noRack();
const timeout = 300_000;
/** Two sweeps of 15 s must see a server dead; then its spare boots. */
const FAIL_OVER_MS = 180_000;
/** Of a frozen server the target hears nothing for 30 s, asks, and waits for 60 s; then two sweeps must see it. */
const FROZEN_MS = 400_000;
let rig: Rig;
let lab: string;
let ssh: Ssh;

before(
  async () => {
    if (skip) return;
    ({ rig, lab } = await openLab('three', { image: 'golden' }));
    ssh = await Ssh.create(rig.rack.name);
  },
  { timeout: 600_000 },
);

after(async () => {
  await ssh?.close();
  await rig?.close();
});

const bootOf = (node: string) => rig.bullion<Boot>(['boot', 'show', node]);

test('two of three free servers boot as one group, which takes all with it when it ends', {
  skip,
  timeout,
}, async () => {
  const group = await rig.bullion<ProvisioningType['BootGroup']>(
    ['boot', '--count', '2', '--image', 'golden', '--project', 'lab', '--ssh-key', ssh.publicKeyFile],
    lab,
  );
  assert.deepEqual([group.state, group.tally.running, group.members.length], ['running', 2, 2]);
  const names = await Promise.all(
    group.members.map(async ({ node }) => await ssh.on(await bootOf(node), 'hostname')),
  );
  assert.deepEqual(
    names,
    group.members.map(({ node }) => node),
  );
  await rig.bullion(['boot', 'group', 'end', group.id, '--delete-volumes', '--release'], lab);
  await allFree();
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

test('a disk moves with all that was written, and its server’s death moves it once more', {
  skip,
  timeout,
}, async () => {
  for (const node of ['node1', 'node2', 'node3'])
    await rig.bullion(['node', 'allocate', node, '--project', 'lab'], lab);
  const args = ['boot', 'node1', '--image', 'golden', '--spare', 'node3', '--ssh-key', ssh.publicKeyFile];
  const first = await rig.bullion<Boot>(args, lab);
  // Nothing is flushed: the shutdown before the move sees to that.
  await ssh.on(first, 'echo one > /root/kept');

  await rig.bullion(['move', 'node1', '--to', 'node2'], lab);
  const second = await bootOf('node2');
  assert.deepEqual([second.state, second.volume], ['running', first.volume]);
  assert.equal(await ssh.on(second, 'cat /root/kept && hostname'), 'one\nnode2');
  assert.deepEqual(
    [(await bootOf('node1')).state, await powerOf('node1')],
    ['ended', 'off'],
    'the former server is off, its boot over',
  );
  await ssh.on(second, 'echo two >> /root/kept && sync');

  await pullPlug('node2');
  const third = await failedOver('node3');
  assert.equal(third.volume, first.volume);
  assert.equal(await ssh.on(third, 'cat /root/kept && hostname'), 'one\ntwo\nnode3');
  assert.deepEqual([(await bootOf('node2')).state, await powerOf('node2')], ['ended', 'off']);

  await rig.bullion(['boot', 'end', 'node3', '--delete-volume'], lab);
  for (const node of ['node1', 'node2', 'node3']) await rig.bullion(['release', node], lab);
  await allFree();
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

test('a server that freezes is taken for dead when it is silent, and left alone while its BMC is silent too', {
  skip,
  timeout: 900_000,
}, async () => {
  for (const node of ['node1', 'node2'])
    await rig.bullion(['node', 'allocate', node, '--project', 'lab'], lab);
  const args = ['boot', 'node1', '--image', 'golden', '--spare', 'node2', '--ssh-key', ssh.publicKeyFile];
  const first = await rig.bullion<Boot>(args, lab);
  await ssh.on(first, 'echo kept > /root/kept && sync');
  const bmc = processOf('ipmi_sim', 'node1');
  process.kill(bmc, 'SIGSTOP');
  try {
    process.kill(processOf('qemu-system', 'node1'), 'SIGSTOP');
    const failed = await failedReplacement(first.id);
    assert.match(failed.error!.message, /BMC of node "node1"/);
    const boots = await rig.bullion<Boot[]>(['boot', 'list']);
    assert.deepEqual(
      boots.map(({ node, state }) => [node, state]),
      [['node1', 'running']],
      'nothing was booted in its place',
    );
  } finally {
    process.kill(bmc, 'SIGCONT');
  }
  const second = await failedOver('node2');
  assert.equal(second.volume, first.volume);
  assert.equal(await ssh.on(second, 'cat /root/kept && hostname'), 'kept\nnode2');
  assert.deepEqual([(await bootOf('node1')).state, await powerOf('node1')], ['ended', 'off']);
  await rig.bullion(['boot', 'end', 'node2', '--delete-volume'], lab);
  for (const node of ['node1', 'node2']) await rig.bullion(['release', node], lab);
  await allFree();
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

/** The process of a node's server, or of its BMC. */
function processOf(program: string, node: string): number {
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.startsWith(program) && words.includes(`${rig.rack.stateDirectory}/nodes/${node}/`);
    } catch {
      return false; // It ended just now.
    }
  });
  assert.equal(found.length, 1, `${program} of ${node}: ${found}`);
  return Number(found[0]);
}

/** A fail-over that was begun and could not be. */
async function failedReplacement(boot: string): Promise<ProvisioningType['Operation']> {
  const token = readFileSync(join(rig.home, 'operator-token'), 'utf8').trim();
  const { provisioning } = rig.services(token);
  for (const deadline = Date.now() + FROZEN_MS; ; await sleep(1000)) {
    const events = await all((page) =>
      provisioning.GET('/provisioning/v1/events', { params: { query: page } }),
    );
    const begun = events.findLast(({ kind, data }) => kind === 'boot.replace' && data.boot === boot);
    if (begun) {
      const params = { path: { id: String(begun.data.operation) } };
      const operation = await ok(provisioning.GET('/provisioning/v1/operations/{id}', { params }));
      assert.notEqual(operation.state, 'succeeded');
      if (operation.state === 'failed') return operation;
    }
    assert(Date.now() < deadline, `no fail-over was begun: ${JSON.stringify(events.slice(-5))}`);
  }
}

/** A release goes on behind its answer. */
async function allFree(): Promise<void> {
  for (const deadline = Date.now() + timeout; ; await sleep(200)) {
    const nodes = await rig.bullion<{ name: string; state: string }[]>(['node', 'list']);
    if (nodes.every(({ state }) => state === 'free')) return;
    assert(Date.now() < deadline, `not all nodes are free: ${JSON.stringify(nodes)}`);
  }
}

/** What the BMC itself says. */
async function powerOf(node: string): Promise<string> {
  return (await rig.rackNow()).nodes.find(({ name }) => name === node)!.power;
}

/** Without a word to any service. */
async function pullPlug(node: string): Promise<void> {
  const { address, user, password } = rig.rack.nodes.find(({ name }) => name === node)!.bmc;
  const words = ['ipmitool', '-I', 'lanplus', '-C', '3', '-H', address, '-U', user, '-E', 'power', 'off'];
  const [program, ...args] = [...enter(rig.rack.name), ...words];
  const env = { ...process.env, IPMI_PASSWORD: password };
  const { code, stderr } = await run(program!, args, { timeoutMs: 20_000, env });
  assert.equal(code, 0, stderr);
}

async function failedOver(to: string): Promise<Boot> {
  for (const deadline = Date.now() + FAIL_OVER_MS; ; await sleep(500)) {
    const boots = await rig.bullion<Boot[]>(['boot', 'list']);
    if (boots.some(({ node }) => node === to)) return await reached(rig, to, 'running', FAIL_OVER_MS);
    assert(Date.now() < deadline, `nothing failed over to ${to}: ${JSON.stringify(boots)}`);
  }
}
