/** One server, three ways to its root: what each leaves on the disk and on the network, and what it is refused for. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab } from './stage.ts';

const skip = await noRack();
const timeout = 300_000;
let rig: Rig;
let lab: string;
let ssh: Ssh;

before(
  async () => {
    if (skip) return;
    ({ rig, lab } = await openLab('one-disk', { image: 'golden', serve: ['--wipe', 'none'] }));
    ssh = await Ssh.create(rig.rack.name);
    for (const node of ['node1', 'node2'])
      await rig.bullion(['node', 'allocate', node, '--project', 'lab'], lab);
  },
  { timeout: 600_000 },
);

after(async () => {
  await ssh?.close();
  await rig?.close();
});

async function boot(node: string, mode: string): Promise<Boot> {
  const args = ['boot', node, '--image', 'golden', '--mode', mode, '--ssh-key', ssh.publicKeyFile];
  const booted = await rig.bullion<Boot>(args, lab);
  assert.deepEqual([booted.state, booted.mode], ['running', mode]);
  return booted;
}

const stages = (booted: Boot) => booted.timeline.map(({ stage }) => stage);
/** Where its root is, and whether anything of iSCSI runs. */
const root = (booted: Boot) =>
  ssh.on(booted, 'findmnt -no SOURCE /; ls /sys/class/iscsi_session 2>/dev/null | wc -l');

test('a node whose memory holds the image keeps all of it there', { skip, timeout }, async () => {
  const booted = await boot('node1', 'ram');
  assert.deepEqual(stages(booted).slice(-4), ['loaded', 'kernel', 'copied', 'running']);
  assert.match(await root(booted), /^\/dev\/ram0p2\s+0$/);
  assert.equal(await ssh.on(booted, 'touch /root/written && sync && hostname'), 'node1');
  await rig.bullion(['boot', 'end', 'node1'], lab);
  assert.deepEqual((await leftovers(rig)).volumes, [], 'a clone that was only read is not kept');
});

test('a copy is the image, runs from the local disk, and survives a reboot by itself', {
  skip,
  timeout,
}, async () => {
  const booted = await boot('node1', 'copy');
  assert.deepEqual(stages(booted).slice(-6), [
    'kernel',
    'copied',
    'restarted',
    'disk-loaded',
    'disk-kernel',
    'running',
  ]);
  assert.deepEqual(
    booted.phases.map(({ phase }) => phase),
    [
      'control',
      'firmware',
      'dhcp',
      'ipxe',
      'kernel',
      'copy',
      'reboot',
      'disk-firmware',
      'disk-kernel',
      'userland',
    ],
  );
  assert.match(await root(booted), /^\/dev\/vda2\s+0$/);
  await ssh.on(booted, 'echo kept > /root/kept && sync');
  await rig.bullion(['node', 'power', 'node1', 'reset'], lab);
  assert.equal(await keptAfterReset(booted), 'kept');
  await rig.bullion(['boot', 'end', 'node1'], lab);
});

/** By the same host key, which the node keeps. */
async function keptAfterReset(booted: Boot): Promise<string> {
  for (let tries = 0; ; tries++) {
    const { code, stdout } = await ssh.try(booted, 'cat /root/kept');
    if (code === 0) return stdout.trim();
    assert(tries < 60, 'the node did not come back from its own disk');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

test('too little memory, and no disk, are refused by the node in words', { skip, timeout }, async () => {
  for (const [mode, words] of [
    ['ram', /holding the image in memory {2}it takes \d+ MiB {2}and \d+ MiB are free/],
    ['copy', /choosing a local disk {2}none has 1024 MiB/],
  ] as const) {
    const error = await rig.bullion(['boot', 'node2', '--image', 'golden', '--mode', mode], lab).then(
      () => assert.fail('it was not refused'),
      (thrown: Error) => thrown,
    );
    assert.match(error.message, words);
  }
  for (const node of ['node1', 'node2']) await rig.bullion(['release', node], lab);
  assert.deepEqual(await leftovers(rig), nothingLeft);
});
