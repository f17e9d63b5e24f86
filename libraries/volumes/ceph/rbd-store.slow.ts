/** The contract of volume drivers on a real Ceph cluster, which one `before` starts and one `after` stops. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
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

testDriver('Ceph', skip, async (t) => {
  const driver = await emptyStore();
  t.after(() => driver.close());
  return {
    driver,
    async write(volume, offsetBytes, data) {
      const folder = await temporaryFolder(t);
      await writeFile(join(folder, 'piece'), data);
      // `rbd bench` writes no given bytes; qemu-io speaks to RBD only with a package more. Python's binding does.
      const script =
        'import rados, rbd, sys\n' +
        'with rados.Rados(conffile=sys.argv[1]) as c, c.open_ioctx(sys.argv[2]) as io, rbd.Image(io, sys.argv[3]) as i:\n' +
        '  i.write(open(sys.argv[5], "rb").read(), int(sys.argv[4])); i.flush()\n';
      const args = ['-c', script, cluster.conf, POOL, volume, String(offsetBytes), join(folder, 'piece')];
      await cluster.run('/usr/bin/python3', args);
    },
  };
});

test('Ceph: a flattened clone lets its image go, and holds the same', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const store = await emptyStore();
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'image.raw'), Buffer.alloc(8 << 20, 'content '));
  await store.createImageFromFile('image', join(folder, 'image.raw'));
  await store.clone('image', 'v');
  const parts: number[] = [];
  const flat = await store.flatten('v', {
    onProgress: ({ doneBytes, totalBytes }) => parts.push(doneBytes / totalBytes),
  });
  assert.equal(flat.parent, null);
  assert.equal(parts.at(-1), 1);
  const { sha256 } = await store.get('image');
  await store.delete('image');
  await store.seal('v');
  assert.equal((await store.verify('v')).sha256, sha256);
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
