/** The whole service on a real Ceph cluster: images and volumes in RBD, served to nodes by a real tgtd. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Cluster, cephMissing, POOL } from '../../../libraries/volumes/ceph/testing/cluster.ts';
import { childNamed } from '../testing/children.ts';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { ip } from '../testing/simulated-node.ts';
import { NOTHING, Site } from '../testing/site.ts';

const missing = cephMissing();
if (missing) test('a service on Ceph', { skip: missing }, () => {});
else if (await insideOwnNetwork(import.meta.filename)) {
  describe('a service on Ceph', { timeout: 300_000 }, () => {
    let cluster: Cluster;
    let site: Site;
    let disk: Buffer;
    const storage = () => ({ kind: 'ceph' as const, pool: POOL, conf: cluster.conf });
    /** Besides the mark of whose the pool is. */
    const onlyTheImage = async () =>
      (await cluster.run('rbd', ['ls', '--pool', POOL])).trim().split('\n').length === 2;

    before(async () => {
      await ip('link', 'set', 'lo', 'up');
      cluster = await Cluster.start({ here: true });
      site = await Site.open({ nodes: 2, storage: storage() });
      disk = await site.image('debian', 'a', Buffer.alloc(1 << 20, 'golden '));
      await site.isolation.allocate('n1', 'a');
      await site.isolation.allocate('n2', 'a');
    });
    after(async () => {
      try {
        await site?.[Symbol.asyncDispose]();
      } finally {
        await cluster?.stop();
      }
    });

    // What a test that failed has left must not fail the next.
    afterEach(() => site.endAll());

    test('takes a node from an image to running; a snapshot keeps what it wrote; nothing leaks', async () => {
      const { boot, config } = await site.running('n1', { image: 'debian' });
      assert.equal(boot.state, 'running');
      const node = site.node(1);
      const wrote = await node.qemuIo(config, `read -P ${disk[0]} 0 1`, 'write -P 7 512k 64k', 'flush');
      assert.equal(wrote.code, 0, wrote.stdout + wrote.stderr);
      // Of another node: not its address, then not its secret.
      assert.notEqual((await site.node(2).capacity(config)).code, 0);
      assert.notEqual((await node.capacity({ ...config, CHAP_SECRET: 'ff'.repeat(16) })).code, 0);
      await site.ok(site.a('POST', `/volumes/${boot.volume}/snapshots`, { name: 'kept' }));
      await site.refused(site.a('DELETE', `/volumes/${boot.volume}`), 409, 'volume_in_use');
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      assert.notEqual((await node.capacity(config)).code, 0);

      const again = await site.running('n2', { image: 'kept' });
      const read = await site.node(2).qemuIo(again.config, 'read -P 7 512k 64k', `read -P ${disk[0]} 0 1`);
      assert.equal(read.code, 0, read.stdout + read.stderr);
      assert.doesNotMatch(read.stdout, /Pattern verification failed/);
      await site.done(site.a('DELETE', '/boots/n2?deleteVolume=true'));
      assert.deepEqual(await site.held(), NOTHING);
      // The volume under the snapshot stays as long as the snapshot does.
      await site.ok(site.a('DELETE', '/images/kept'));
      await site.until('only the image is left', onlyTheImage, 20_000);
    });

    test('serves running nodes on when its tgtd dies, and again after a restart', async () => {
      const { boot, config } = await site.running('n1', { image: 'debian' });
      const node = site.node(1);
      assert.equal((await node.qemuIo(config, 'write -P 9 0 64k', 'flush')).code, 0);
      process.kill(childNamed('tgtd')!, 'SIGKILL');
      await site.until('there is a disk again', async () => (await node.capacity(config)).code === 0, 60_000);
      await site.restart();
      assert.equal((await site.boot(boot.id)).state, 'running');
      const read = await node.qemuIo(config, 'read -P 9 0 64k');
      assert.doesNotMatch(read.stdout, /Pattern verification failed/);
      assert.equal(read.code, 0, read.stdout + read.stderr);
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      // To Ceph, a client that was killed has the volume open for another half minute.
      await site.until('only the image is left', onlyTheImage, 60_000);
    });

    test('refuses what it cannot do, and to be started on another storage', async () => {
      const { message } = await site.refused(
        site.a('POST', '/images', {
          name: 'own',
          project: 'a',
          sizeBytes: 4096,
          cmdline: null,
          public: false,
        }),
        409,
        'storage_incapable',
      );
      assert.match(message, /Ceph pool volumes/);
      await site.stop();
      (site.options as { storage?: unknown }).storage = undefined;
      await assert.rejects(site.start(), { code: 'storage_changed' });
      site.options.storage = storage();
      await site.start();
    });
  });
}
