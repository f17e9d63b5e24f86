/** Two gateways before one RBD volume: two tgtd processes, one disk. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RbdStore } from './rbd-store.ts';
import { Cluster, cephMissing } from './testing/cluster.ts';
import { iscsiToolsMissing, readIdentity, runQemuIo } from './testing/initiators.ts';
import { TgtGateway } from './tgt-gateway.ts';

const skip = cephMissing() || iscsiToolsMissing();
const SIZE = 16 << 20;
const PORTS = [3261, 3262] as const;
const disk = {
  target: 'iqn.2026-11.org.bullion:shared',
  initiator: 'iqn.2026-11.org.bullion:node-1',
  user: 'node-1',
  secret: '00112233445566778899aabbccddeeff',
};

let cluster: Cluster;
let store: RbdStore;
let gateways: TgtGateway[] = [];
before(async () => {
  if (skip) return;
  cluster = await Cluster.start();
  store = await RbdStore.open(cluster.options);
  // So that the two have handed out different numbers when the disk comes.
  await store.createVolume('other', SIZE);
  await store.createVolume('shared', SIZE);
  gateways = await Promise.all(
    PORTS.map(async (port) => {
      const gateway = await TgtGateway.start({
        store,
        shared: true,
        ceph: { conf: cluster.conf },
        folder: join(cluster.folder, `gateway-${port}`),
        inside: (program, args) => cluster.inside(program, args),
      });
      if (port === PORTS[1]) await gateway.add(exported('other', 'iqn.2026-11.org.bullion:other', 'other'));
      await gateway.add(exported('shared', disk.target, disk.user));
      await gateway.listen({ host: '127.0.0.1', port });
      return gateway;
    }),
  );
});
after(async () => {
  for (const gateway of gateways) await gateway.close();
  await cluster?.stop();
});

const exported = (volume: string, name: string, user: string) => ({
  name,
  volume,
  initiators: [disk.initiator],
  addresses: ['127.0.0.1'],
  chap: { user, secret: disk.secret },
});

const io = (path: 0 | 1, ...commands: string[]) =>
  runQemuIo(cluster, { ...disk, port: PORTS[path] }, commands);

test('both paths name one disk, by the same identifiers', { skip, timeout: 60_000 }, async () => {
  const [one, other] = await Promise.all(PORTS.map((port) => readIdentity(cluster, { ...disk, port })));
  assert.equal(one!.serial.length, 16);
  assert.deepEqual(one, other);
});

test('what is written by one path is read by the other, at once', { skip, timeout: 240_000 }, async () => {
  const cache = await cluster.run('rbd', ['config', 'image', 'get', 'volumes/shared', 'rbd_cache']);
  assert.equal(cache.trim(), 'false');
  for (let round = 1; round <= 4; round++) {
    const [writer, reader] = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    // The other path's session is open, and has read these blocks before.
    const session = io(reader, `read -P ${round - 1} 0 64k`, 'sleep 6000', `read -P ${round} 0 64k`);
    await sleep(1500);
    await io(writer, `write -P ${round} 0 64k`);
    await session;
  }
});

test('where one gateway is killed the other serves on, and the first comes back with the disk as it is now', {
  skip,
  timeout: 240_000,
}, async () => {
  await io(0, 'write -P 21 1M 64k', 'flush');
  process.kill(gateways[0]!.pid, 'SIGKILL');
  await io(1, 'read -P 21 1M 64k', 'write -P 22 1M 64k', 'flush', 'read -P 22 1M 64k');
  for (let tries = 0; ; tries++) {
    const back = await io(0, 'read -P 22 1M 64k').then(
      () => true,
      (error: Error) => (tries > 60 ? Promise.reject(error) : false),
    );
    if (back) break;
    await sleep(500);
  }
});
