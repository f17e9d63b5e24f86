/** What concerns more than one server: a group that boots at once, a disk that moves, and one that outlives its server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enter } from '@bullion/rack';
import type { ProvisioningType } from '@bullion/sdk';
import { run } from '@bullion/service';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab, reached } from './stage.ts';

const skip = await noRack();
const timeout = 300_000;
/** Two sweeps of 15 s must see a server dead; then its spare boots. */
const FAIL_OVER_MS = 180_000;
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
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

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
