/** A real initiator (libiscsi) through a real tgtd to a real Ceph cluster. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CommandError } from '../system/command.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { RbdStore } from './rbd-store.ts';
import { Cluster, cephMissing } from './testing/cluster.ts';
import { formatRequest } from './tgt-control.ts';
import { TgtGateway } from './tgt-gateway.ts';

const skip =
  cephMissing() ||
  (spawnSync('sh', ['-c', 'command -v iscsi-readcapacity16 && ls /usr/lib/*/qemu/block-iscsi.so']).status !==
    0 &&
    'iscsi-readcapacity16 or QEMU over iSCSI missing: run scripts/setup ceph test');

const SIZE = 16 << 20;
const NODE = 'iqn.2026-11.org.bullion:node-1';
const SECRET = '00112233445566778899aabbccddeeff';
const PORT = 3261;

let cluster: Cluster;
let store: RbdStore;
let gateway: TgtGateway;
before(async () => {
  if (skip) return;
  cluster = await Cluster.start();
  store = await RbdStore.open(cluster.options);
  gateway = await TgtGateway.start({
    store,
    ceph: { conf: cluster.conf },
    folder: join(cluster.folder, 'gateway'),
    inside: (program, args) => cluster.inside(program, args),
  });
  await gateway.listen({ host: '127.0.0.1', port: PORT });
});
after(async () => {
  await gateway?.close();
  await cluster?.stop();
});

const iqn = (volume: string) => `iqn.2026-11.org.bullion:boot-${volume}`;

const add = (volume: string, chap = { user: `user-${volume}`, secret: SECRET }, address = '127.0.0.1') =>
  gateway.add({ name: iqn(volume), volume, initiators: [NODE], addresses: [address], chap });

interface Login {
  initiator?: string;
  secret?: string;
}

/** The size that an initiator is told. Rejects where it may not log in. */
async function capacity(volume: string, { initiator = NODE, secret = SECRET }: Login = {}): Promise<number> {
  const url = `iscsi://user-${volume}%${secret}@127.0.0.1:${PORT}/${iqn(volume)}/1`;
  const printed = await cluster.run('iscsi-readcapacity16', ['-i', initiator, url], { timeoutMs: 20_000 });
  return Number(/Total size:(\d+)/.exec(printed)?.[1]);
}

const qemuIo = (volume: string, ...commands: string[]) => qemuIoUntil(undefined, volume, ...commands);

const qemuIoUntil = (signal: AbortSignal | undefined, volume: string, ...commands: string[]) =>
  cluster.run(
    'qemu-io',
    [
      '--object',
      `secret,id=chap,data=${SECRET}`,
      '--image-opts',
      `driver=iscsi,transport=tcp,portal=127.0.0.1:${PORT},target=${iqn(volume)},lun=1,user=user-${volume},password-secret=chap,initiator-name=${NODE}`,
      ...commands.flatMap((each) => ['-c', each]),
    ],
    { timeoutMs: 60_000, signal },
  );

const refused = (work: Promise<unknown>) => assert.rejects(work, (error) => error instanceof CommandError);

test('an initiator writes to a clone of an image, and a snapshot holds it', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const folder = await temporaryFolder(t);
  const content = Buffer.alloc(SIZE, 'golden ');
  await writeFile(join(folder, 'image.raw'), content);
  await store.createImageFromFile('golden', join(folder, 'image.raw'));
  await store.clone('golden', 'one');
  await add('one');
  await add('one');
  assert.deepEqual(gateway.targets(), [iqn('one')]);
  assert.equal(await capacity('one'), SIZE);
  await qemuIo('one', `read -P ${content[0]} 0 1`, 'write -P 7 1M 64k', 'write -P 9 8M 4k', 'flush');
  await assert.rejects(store.rollback('one', 'golden'), withCode('not-below'));
  await assert.rejects(store.seal('one'), withCode('in-use', /open at/));
  await assert.rejects(store.delete('one'), withCode('in-use'));
  await store.snapshot('one', 'kept');
  await qemuIo('one', 'write -P 1 1M 64k', 'flush');
  await store.exportRaw('kept', join(folder, 'out'));
  content.fill(7, 1 << 20, (1 << 20) + 65_536).fill(9, 8 << 20, (8 << 20) + 4096);
  assert.equal(Buffer.compare(await readFile(join(folder, 'out')), content), 0);
});

test('only the node with the address and the secret gets in', {
  skip,
  timeout: 120_000,
}, async () => {
  await store.createVolume('masked', SIZE);
  await store.createVolume('elsewhere', SIZE);
  await add('masked');
  await add('elsewhere', undefined, '192.0.2.1');
  assert.equal(await capacity('masked'), SIZE);
  await refused(capacity('masked', { secret: 'ffffffffffffffffffffffffffffffff' }));
  await refused(capacity('elsewhere'));
  // Without an address the name is asked for.
  await store.createVolume('named', SIZE);
  const chap = { user: 'user-named', secret: SECRET };
  await gateway.add({ name: iqn('named'), volume: 'named', initiators: [NODE], addresses: [], chap });
  assert.equal(await capacity('named'), SIZE);
  await refused(capacity('named', { initiator: 'iqn.2026-11.org.bullion:node-2' }));
});

test('targets come and go while another is in use, and a removed one can be deleted', {
  skip,
  timeout: 120_000,
}, async () => {
  await store.createVolume('busy', SIZE);
  await store.createVolume('brief', SIZE);
  await add('busy');
  let over = false;
  const work = qemuIo(
    'busy',
    ...Array.from({ length: 200 }, (_, i) => `write -P ${i} ${i * 64}k 64k`),
    'flush',
  ).finally(() => (over = true));
  let rounds = 0;
  do {
    await add('brief');
    assert.equal(await capacity('brief'), SIZE);
    await gateway.remove(iqn('brief'));
    await refused(capacity('brief'));
    rounds += 1;
  } while (!over && rounds < 50);
  await work;
  await qemuIo('busy', ...Array.from({ length: 200 }, (_, i) => `read -P ${i} ${i * 64}k 64k`));
  await store.delete('brief');
  await gateway.remove(iqn('none'));
});

test('a target with an open session is removed, and the image is let go', {
  skip,
  timeout: 120_000,
}, async () => {
  await store.createVolume('open', SIZE);
  await add('open');
  const stop = new AbortController();
  const session = qemuIoUntil(stop.signal, 'open', 'write -P 1 0 4k', 'sleep 20000', 'read 0 4k').catch(
    () => 'ended',
  );
  for (let tries = 0; tries < 100; tries += 1) {
    const { watchers } = JSON.parse(await cluster.run('rbd', ['status', 'volumes/open', '--format', 'json']));
    if (watchers.length > 0) break;
  }
  await gateway.remove(iqn('open'));
  await store.delete('open');
  stop.abort();
  await session;
});

test('a sealed image is served read-only, and a volume or a user that cannot be is refused', {
  skip,
  timeout: 120_000,
}, async () => {
  await store.createVolume('frozen', SIZE);
  await store.seal('frozen');
  await add('frozen');
  assert.equal(await capacity('frozen'), SIZE);
  await refused(qemuIo('frozen', 'write -P 7 0 4k'));
  await assert.rejects(add('nothing'), withCode('not-found'));
  await assert.rejects(add('frozen2', { user: 'user-frozen', secret: SECRET }), withCode('not-found'));
  await store.createVolume('twin', SIZE);
  await assert.rejects(add('twin', { user: 'user-frozen', secret: SECRET }), withCode('io-error'));
  assert.ok(!gateway.targets().includes(iqn('twin')));
});

test('a secret is told to tgtd alone: it is no argument of any program, and no value can smuggle another', () => {
  const message = formatRequest({ mode: 'account', op: 'new', values: { user: 'u', password: 'p' } });
  assert.equal(message.length, 138);
  assert.deepEqual([message.readUInt32LE(0), message.readUInt32LE(4), message.readUInt32LE(72)], [7, 0, 138]);
  assert.equal(message.toString('latin1', 120), 'user=u,password=p\0');
  assert.throws(
    () => formatRequest({ mode: 'account', op: 'new', values: { user: 'u,password=x' } }),
    withCode('io-error'),
  );
});
