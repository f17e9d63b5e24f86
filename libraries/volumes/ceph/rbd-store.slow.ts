/** The contract of volume drivers on a real Ceph cluster, which one `before` starts and one `after` stops. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testDriver } from '../testing/driver-contract.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { RbdStore } from './rbd-store.ts';
import { Cluster, cephMissing, POOL } from './testing/cluster.ts';

const skip = cephMissing();
let cluster: Cluster;
before(async () => {
  if (!skip) cluster = await Cluster.start();
});
after(() => cluster?.stop());

async function emptyStore(): Promise<RbdStore> {
  const store = await RbdStore.open(cluster.options);
  for (let left = await store.list(); left.length > 0; left = await store.list()) {
    for (const { name, children } of left) if (children.length === 0) await store.delete(name);
  }
  return store;
}

/** `rbd bench` writes no given bytes, and nothing of `rbd` keeps an image open: Python's binding does both. */
async function withImage(volume: string, does: string, args: string[]): Promise<void> {
  const script = `import os, rados, rbd, sys, time
with rados.Rados(conffile=sys.argv[1]) as c, c.open_ioctx(sys.argv[2]) as io, rbd.Image(io, sys.argv[3]) as i:
  ${does}`;
  await cluster.run('/usr/bin/python3', ['-c', script, cluster.conf, POOL, volume, ...args]);
}

testDriver('Ceph', skip, async (t) => {
  const driver = await emptyStore();
  t.after(() => driver.close());
  return {
    driver,
    async write(volume, offsetBytes, data) {
      const piece = join(await temporaryFolder(t), 'piece');
      await writeFile(piece, data);
      const write = 'i.write(open(sys.argv[4], "rb").read(), int(sys.argv[5])); i.flush()';
      await withImage(volume, write, [piece, String(offsetBytes)]);
    },
    async hold(volume) {
      const held = join(await temporaryFolder(t), 'held');
      const hold = 'open(sys.argv[4], "w").close()\n  while os.path.exists(sys.argv[4]): time.sleep(0.05)';
      const work = withImage(volume, hold, [held]);
      while (!existsSync(held)) await Promise.race([sleep(50), work]);
      return async () => {
        await rm(held);
        await work;
      };
    },
  };
});

test('Ceph: a pool or a cluster that is not there is said', { skip, timeout: 60_000 }, async () => {
  await assert.rejects(
    RbdStore.open({ ...cluster.options, pool: 'none' }),
    withCode('folder-unusable', /none/),
  );
  const nowhere = { ...cluster.options, conf: '/nonexistent.conf', timeoutMs: 5000 };
  await assert.rejects(RbdStore.open(nowhere), withCode('folder-unusable'));
});

test('Ceph: what a crash left half made is hidden, and removed at the next opening', {
  skip,
  timeout: 60_000,
}, async () => {
  const store = await emptyStore();
  await cluster.run('rbd', ['create', '--size', '8M', `${POOL}/.delete-0123456789abcdef`]);
  assert.deepEqual(await store.list(), []);
  await RbdStore.open(cluster.options);
  assert.doesNotMatch(await cluster.run('rbd', ['ls', POOL]), /delete/);
});

test("Ceph: a pool is one owner's, and one with other content is nobody's to take", {
  skip,
  timeout: 60_000,
}, async () => {
  await emptyStore();
  const open = (owner: string) => RbdStore.open({ ...cluster.options, owner });
  await cluster.run('rbd', ['create', '--size', '8M', `${POOL}/precious`]);
  await assert.rejects(open('us'), withCode('folder-in-use', /precious/));
  await cluster.run('rbd', ['rm', '--no-progress', `${POOL}/precious`]);
  const store = await open('us');
  assert.deepEqual(await store.list(), []);
  await store.createVolume('v', 8 << 20);
  await open('us');
  await assert.rejects(open('them'), withCode('folder-in-use', /another service/));
  await store.delete('v');
  await cluster.run('rbd', ['rm', '--no-progress', `${POOL}/.owner`]);
});
