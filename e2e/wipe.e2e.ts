/** What one tenant left on a server's own disk, and the next one finds: nothing; or that nobody is given the server. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enter } from '@bullion/rack';
import { run } from '@bullion/service';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab, reached, refused } from './stage.ts';

const skip = await noRack();
const timeout = 480_000;
const SECRET = 'the first tenant was here';
let rig: Rig;
let lab: string;
let next: string;
let ssh: Ssh;

type Node = { state: string; maintenance: string | null };
const nodeNow = () => rig.bullion<Node>(['node', 'show', 'node1']);

before(
  async () => {
    if (skip) return;
    ({ rig, lab } = await openLab('one-disk', { image: 'golden' }));
    const recipe = join(import.meta.dirname, 'recipes/wiper.yaml');
    await rig.bullion(['image', 'build', 'wiper', '--recipe', recipe]);
    await rig.bullion(['project', 'create', 'next']);
    next = (await rig.bullion<{ token: string }>(['project', 'token', 'next'])).token;
    ssh = await Ssh.create(rig.rack.name);
  },
  { timeout: 900_000 },
);

after(async () => {
  await ssh?.close();
  await rig?.close();
});

async function boot(project: string, token: string): Promise<Boot> {
  await rig.bullion(['node', 'allocate', 'node1', '--project', project], token);
  return await rig.bullion<Boot>(
    ['boot', 'node1', '--image', 'golden', '--ssh-key', ssh.publicKeyFile],
    token,
  );
}

/** Without its disk's driver the system does not see it: the initramfs loads none for a diskless boot. */
const onDisk = (booted: Boot, command: string) =>
  ssh.on(
    booted,
    `modprobe virtio_blk; for i in $(seq 50); do [ -b /dev/vda ] && break; sleep 0.1; done; ${command}`,
  );

test('the next tenant finds zeros where the last one left a secret', { skip, timeout }, async () => {
  const first = await boot('lab', lab);
  const write = (mebibyte: number) =>
    `printf '${SECRET}' | dd of=/dev/vda bs=1M seek=${mebibyte} conv=fsync status=none`;
  await onDisk(first, [0, 777, 2047].map(write).join(' && '));
  assert.ok(await diskHoldsSecret());
  await rig.bullion(['boot', 'end', 'node1', '--delete-volume'], lab);
  await rig.bullion(['release', 'node1'], lab);
  const { state, maintenance } = await nodeNow();
  assert.deepEqual([state, maintenance], ['free', null]);
  assert.ok(!(await diskHoldsSecret()));
  assert.ok(await diskIsZero());
  assert.deepEqual(await leftovers(rig), nothingLeft);

  const second = await boot('next', next);
  const read = 'for at in 0 777 2047; do dd if=/dev/vda bs=1M skip=$at count=1 status=none; done';
  assert.equal(await onDisk(second, `${read} | wc -c; ${read} | tr -d '\\0' | wc -c`), '3145728\n0');
  await onDisk(second, write(5));
  await rig.bullion(['boot', 'end', 'node1', '--delete-volume'], next);
});

test('a server that loses power while it is wiped is given to nobody, until a later wipe is whole', {
  skip,
  timeout,
}, async () => {
  const release = rig.bullion(['release', 'node1'], next).then(
    () => assert.fail('it was released'),
    (error: Error) => error,
  );
  const wipe = await wiping();
  await pullPlug();
  assert.match((await release).message, /"node1" was not wiped: its power went off/);
  const { state, maintenance } = await nodeNow();
  assert.equal(state, 'releasing');
  assert.match(maintenance!, /^not wiped: .*bullion console node1 --log/);
  await refused(rig, ['node', 'allocate', 'node1', '--project', 'lab'], 'node_not_found', lab);
  // Who held it can still read what it printed.
  assert.match(await consoleLog(next), /bullion: wiping vda/);
  assert.deepEqual((await leftovers(rig)).openPorts, []);
  assert.equal((await rig.bullion<Boot>(['boot', 'show', wipe.id])).state, 'failed');

  await rig.bullion(['release', 'node1'], next);
  assert.deepEqual([(await nodeNow()).state, (await nodeNow()).maintenance], ['free', null]);
  assert.ok(!(await diskHoldsSecret()));
  assert.ok(await diskIsZero());
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

/** The server's disk, as it is on this machine. */
const disk = () => join(dirname(rig.rack.nodes.find(({ name }) => name === 'node1')!.consoleLog), 'disk.img');
const diskHoldsSecret = async () =>
  (await run('grep', ['-qaF', SECRET, disk()], { timeoutMs: 120_000 })).code === 0;
const diskIsZero = async () =>
  (await run('cmp', ['-n', String(2 ** 31), disk(), '/dev/zero'], { timeoutMs: 120_000 })).code === 0;

/** Waits until the server is being wiped. */
async function wiping(): Promise<Boot> {
  for (const deadline = Date.now() + timeout; ; await sleep(200)) {
    const booted = await rig.bullion<Boot>(['boot', 'show', 'node1']);
    if (booted.project === '/wipe' && booted.state === 'booting') {
      const wipe = await reached(rig, 'node1', 'kernel', timeout);
      while (!(await consoleLog(next)).includes('wiping vda')) await sleep(100);
      return wipe;
    }
    assert(Date.now() < deadline, `no wipe was begun: ${JSON.stringify(booted)}`);
  }
}

async function consoleLog(token: string): Promise<string> {
  const { log } = await rig.bullion<{ log: string }>(['console', 'node1', '--log'], token);
  return log;
}

async function pullPlug(): Promise<void> {
  const { address, user, password } = rig.rack.nodes.find(({ name }) => name === 'node1')!.bmc;
  const words = ['ipmitool', '-I', 'lanplus', '-C', '3', '-H', address, '-U', user, '-E', 'power', 'off'];
  const [program, ...args] = [...enter(rig.rack.name), ...words];
  const env = { ...process.env, IPMI_PASSWORD: password };
  const { code, stderr } = await run(program!, args, { timeoutMs: 20_000, env });
  assert.equal(code, 0, stderr);
}
