/** `kill -9` of the services: what was begun goes on, and a node that runs runs on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab, reached } from './stage.ts';

const skip = await noRack();
let rig: Rig;
let lab: string;
let ssh: Ssh;

before(
  async () => {
    if (skip) return;
    ({ rig, lab } = await openLab('one-bios', { image: 'golden' }));
    ssh = await Ssh.create(rig.rack.name);
    await rig.bullion(['node', 'allocate', 'node1', '--project', 'lab'], lab);
    await rig.bullion(['network', 'create', 'lab-net', '--project', 'lab'], lab);
  },
  { timeout: 600_000 },
);

after(async () => {
  await ssh?.close();
  await rig?.close();
});

const portOf = async (nic: string) => {
  const ports = await rig.bullion<{ nic: string; state: string; observed: string; wanted: string }[]>([
    'switch',
    'ports',
    'tor1',
  ]);
  return ports.find((port) => port.nic === `node1/${nic}`)!;
};

test('a boot that a kill -9 interrupted goes on after a restart', { skip, timeout: 300_000 }, async () => {
  await rig.bullion(['boot', 'node1', '--image', 'golden', '--ssh-key', ssh.publicKeyFile, '--no-wait'], lab);
  await reached(rig, 'node1', 'ipxe');
  await rig.killServe();
  await rig.serve();
  const boot = await reached(rig, 'node1', 'running', 240_000);
  assert.equal(await ssh.on(boot, 'hostname'), 'node1');
});

test('a running node outlives a kill -9: its disk comes back to it, with all that it had flushed', {
  skip,
  timeout: 300_000,
}, async () => {
  const boot = await rig.bullion<Boot>(['boot', 'show', 'node1']);
  await ssh.on(
    boot,
    'head -c 4M /dev/urandom > /root/before && sync && sha256sum /root/before > /root/before.sum && sync',
  );
  await rig.killServe();
  // While the target is away the node writes on: the write waits for the disk.
  const written = ssh.on(
    boot,
    'head -c 4M /dev/urandom > /root/during && sync && sha256sum /root/during > /root/during.sum && sync && echo done',
  );
  await rig.serve();
  assert.equal(await written, 'done');
  await ssh.on(boot, 'echo 3 > /proc/sys/vm/drop_caches; sha256sum -c /root/before.sum /root/during.sum');
});

test('a network change that a kill -9 interrupted is carried out after a restart', {
  skip,
  timeout: 120_000,
}, async () => {
  await rig.bullion(['network', 'attach', 'lab-net', 'node1', 'nic1', '--no-wait'], lab);
  await rig.killServe();
  await rig.serve();
  for (let tries = 0; (await portOf('nic1')).state !== 'verified'; tries++) {
    assert(tries < 600, `the port is still ${JSON.stringify(await portOf('nic1'))}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const port = await portOf('nic1');
  assert.match(port.observed, /^native \d+$/);
  assert.equal(port.observed, port.wanted);
});

test('a release that a kill -9 interrupted ends after a restart, with every port closed', {
  skip,
  timeout: 120_000,
}, async () => {
  await rig.bullion(['boot', 'end', 'node1', '--delete-volume'], lab);
  await rig.bullion(['release', 'node1', '--no-wait'], lab);
  await rig.killServe();
  await rig.serve();
  for (let tries = 0; ; tries++) {
    const node = await rig.bullion<{ state: string }>(['node', 'show', 'node1']);
    if (node.state === 'free') break;
    assert(tries < 300, `the node is still ${node.state}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.deepEqual(await leftovers(rig), nothingLeft);
});
