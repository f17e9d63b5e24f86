import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { STAGES } from './stages.ts';
import { childNamed } from './testing/children.ts';
import { insideOwnNetwork } from './testing/own-network.ts';
import { NOTHING, Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a boot', () => {
    let site: Site;
    let disk: Buffer;
    before(async () => {
      site = await Site.open({ nodes: 3 });
      disk = await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      await site.isolation.allocate('n2', 'a');
    });
    after(() => site[Symbol.asyncDispose]());
    // What a test that failed has left must not fail the next.
    afterEach(() => site.endAll());

    test('takes a node from an image to running, through every stage in order, and leaves nothing', async () => {
      const { boot, config } = await site.running('n1', { image: 'debian' });
      assert.equal(boot.state, 'running');
      assert.deepEqual(
        boot.timeline.map(({ stage }) => stage),
        STAGES.filter((stage) => !/^(admitted|copied|restarted|disk-.*)$/.test(stage)),
      );
      const times = boot.timeline.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted());
      assert.equal(boot.phases.length, 6);
      assert.deepEqual(boot.sshHostKeys, ['ssh-ed25519 AAAAn1']);
      assert.equal(Buffer.from(config.SSH_AUTHORIZED_KEYS, 'base64').toString(), 'ssh-ed25519 AAAA me\n');
      assert.equal(config.HOSTNAME, 'n1');
      const [first] = await site.node(1).disk(config, [{ read: 0, blocks: 8 }]);
      assert.equal(first, disk.subarray(0, 4096).toString('hex'));
      assert.deepEqual(await site.held(), {
        boots: ['n1'],
        volumes: [boot.volume],
        targets: 1,
        dhcp: 1,
        attached: ['n1'],
      });
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      assert.equal((await site.boot(boot.id)).state, 'ended');
      assert.equal(site.isolation.bmc(1).power, 'off');
      assert.notEqual((await site.node(1).capacity(config)).code, 0);
      assert.equal(await site.node(1).dhcp('ipxe', 1), undefined);
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('that the initramfs gives up on fails with its words', async () => {
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      const node = site.node(1);
      const script = await node.netboot();
      await node.config(script.config);
      const url = script.config.replace(/config$/, 'event');
      assert.equal((await node.post(url, 'stage=failed&reason=no+root+%0a+file+system')).status, 200);
      const operation = await site.ended(asked.operation);
      assert.equal(operation.state, 'failed');
      assert.equal(operation.error?.code, 'boot_failed');
      const boot = await site.boot(asked.id);
      assert.equal(boot.state, 'failed');
      assert.match(boot.error!.message, /reported a failure: no root {3}file system/);
      assert.match(boot.error!.hint!, /console n1/);
      assert.equal(site.isolation.bmc(1).power, 'off');
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('whose node loses its power fails', async () => {
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      site.isolation.bmc(1).power = 'off';
      assert.match((await site.ended(asked.operation)).error!.message, /its power went off/);
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('goes on when the BMC does not answer for a while', async () => {
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      site.isolation.bmc(1).down = true;
      await sleep(300); // Some looks at the node.
      await site.node(1).boot();
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      site.isolation.bmc(1).down = false;
      await site.done(site.a('DELETE', `/boots/${asked.id}?deleteVolume=true`));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('can be ended at any moment, and leaves nothing', async () => {
      for (const milliseconds of [0, 5, 20, 60, 120, 250]) {
        const asked = await site.request('n1', { image: 'debian' });
        await sleep(milliseconds);
        await site.done(site.a('DELETE', '/boots/n1'));
        const operation = await site.ended(asked.operation);
        assert.equal(operation.error?.code, 'boot_ended');
        const { state, error } = await site.boot(asked.id);
        assert.deepEqual({ state, error }, { state: 'ended', error: null });
        assert.equal(site.isolation.bmc(1).power, 'off');
        assert.deepEqual(await site.held(), NOTHING, `after ${milliseconds} ms`);
      }
    });

    test('that is ended twice at once is ended once', async () => {
      const { boot } = await site.running('n1', { image: 'debian' });
      const both = [site.a('DELETE', '/boots/n1'), site.operator('DELETE', `/boots/${boot.id}`)];
      const [one, other] = await Promise.all(both.map((answer) => site.ok(answer)));
      assert.equal(one.operation, other.operation);
      await site.ended(one.operation);
      await site.refused(site.a('DELETE', '/boots/n1'), 409, 'boot_over');
      await site.ok(site.a('DELETE', `/volumes/${boot.volume}`));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('of a node that is released meanwhile fails', async () => {
      await site.isolation.allocate('n3', 'a');
      const asked = await site.request('n3', { image: 'debian' });
      await site.poweredOn(asked);
      await site.isolation.done(site.isolation.a('POST', '/nodes/n3/release'));
      assert.match((await site.ended(asked.operation)).error!.message, /it was released meanwhile/);
      assert.equal((await site.boot(asked.id)).state, 'failed');
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('of a node that is released while it runs is ended; the volume stays', async () => {
      await site.isolation.allocate('n3', 'a');
      const { boot, config } = await site.running('n3', { image: 'debian' });
      await site.isolation.done(site.isolation.a('POST', '/nodes/n3/release'));
      await site.until('the boot is over', async () => (await site.boot(boot.id)).state === 'ended');
      assert.notEqual((await site.node(3).capacity(config)).code, 0);
      assert.deepEqual(await site.held(), { ...NOTHING, volumes: [boot.volume] });
      await site.ok(site.a('DELETE', `/volumes/${boot.volume}`));
    });

    test("of a former holder of the node stands in nobody's way, and touches the node no more", async () => {
      await site.image('of-b', 'b');
      await site.isolation.allocate('n3', 'a');
      const former = await site.running('n3', { image: 'debian' });
      await site.isolation.done(site.isolation.a('POST', '/nodes/n3/release'));
      await site.isolation.allocate('n3', 'b');
      const { boot } = await site.running('n3', { image: 'of-b' }, 'b');
      assert.equal((await site.boot(former.boot.id)).state, 'ended');
      await sleep(500); // Some sweeps.
      assert.equal((await site.boot(boot.id)).state, 'running');
      assert.equal(site.isolation.bmc(3).power, 'on');
      await site.refused(site.a('GET', `/boots/${boot.id}`), 404, 'boot_not_found');
      await site.refused(site.a('DELETE', '/boots/n3'), 404, 'boot_not_found');
      await site.done(site.b('DELETE', '/boots/n3?deleteVolume=true'));
      await site.ok(site.a('DELETE', `/volumes/${former.boot.volume}`));
      await site.isolation.done(site.isolation.b('POST', '/nodes/n3/release'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('of one node, and of one volume, there is one at a time', async () => {
      const ask = (node: string, source: object) => site.a('POST', '/boots', { node, ...source });
      const twice = await Promise.all([ask('n1', { image: 'debian' }), ask('n1', { image: 'debian' })]);
      assert.deepEqual(twice.map(({ status }) => status).sort(), [202, 409]);
      const { id, volume } = twice.find(({ status }) => status === 202)!.body;
      assert.equal(twice.find(({ status }) => status === 409)!.body.error.code, 'node_booted');
      await site.refused(ask('n2', { volume }), 409, 'volume_in_use');
      await site.refused(site.a('DELETE', `/volumes/${volume}`), 409, 'volume_in_use');
      await site.refused(site.a('DELETE', '/images/debian'), 409, 'image_in_use');
      await site.done(site.a('DELETE', `/boots/${id}`));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('runs from a volume that is there, and leaves it', async () => {
      await site.ok(site.a('POST', '/volumes', { name: 'home', project: 'a', image: 'debian' }));
      const one = await site.running('n1', { volume: 'home' });
      await site.node(1).disk(one.config, [{ write: 8, blocks: 8, byte: 0xaa }]);
      await site.done(site.a('DELETE', '/boots/n1'));
      const two = await site.running('n2', { volume: 'home' });
      const [kept] = await site.node(2).disk(two.config, [{ read: 8, blocks: 8 }]);
      assert.equal(kept, 'aa'.repeat(4096));
      await site.done(site.a('DELETE', '/boots/n2?deleteVolume=true'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test("runs from a snapshot of a running volume, elsewhere; neither sees the other's writes", async () => {
      const one = await site.running('n1', { image: 'debian' });
      await site.node(1).disk(one.config, [{ write: 0, blocks: 8, byte: 0x11 }]);
      await site.ok(site.a('POST', `/volumes/${one.boot.volume}/snapshots`, { name: 'moment' }));
      await site.node(1).disk(one.config, [{ write: 0, blocks: 8, byte: 0x22 }]);
      const two = await site.running('n2', { image: 'moment' });
      const [then] = await site.node(2).disk(two.config, [
        { read: 0, blocks: 8 },
        { write: 0, blocks: 8, byte: 0x33 },
      ]);
      assert.equal(then, '11'.repeat(4096));
      assert.equal(await site.node(2).mustGet(two.script.kernel), 'kernel of debian');
      const [now] = await site.node(1).disk(one.config, [{ read: 0, blocks: 8 }]);
      assert.equal(now, '22'.repeat(4096));
      await site.refused(site.a('DELETE', '/images/debian'), 409, 'image_in_use');
      await site.refused(site.a('DELETE', '/images/moment'), 409, 'image_in_use');
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      await site.done(site.a('DELETE', '/boots/n2?deleteVolume=true'));
      await site.ok(site.a('DELETE', '/images/moment'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('of an image with its own boot loader runs when its operating system has taken the disk', async () => {
      await site.ok(
        site.a('POST', '/images', {
          name: 'own-loader',
          project: 'a',
          sizeBytes: disk.length,
          cmdline: null,
        }),
      );
      await site.ok(site.a('PUT', '/images/own-loader/disk', disk));
      await site.done(site.a('POST', '/images/own-loader/seal'));
      const asked = await site.request('n1', { image: 'own-loader' });
      await site.poweredOn(asked);
      const node = site.node(1);
      const { text, url } = await node.netboot();
      const [, portal, port, target] = /sanboot .* iscsi:([^:]+)::(\d+):0:(\S+)/.exec(text)!;
      const value = (name: string) => new RegExp(`^set ${name} (\\S+)$`, 'm').exec(text)![1]!;
      const access = `${value('username')}%${value('password')}`;
      const disks = ['-i', value('initiator-iqn'), `iscsi://${access}@${portal}:${port}/${target}/0`];
      // Each run of libiscsi's tool is a session of its own.
      const login = () => node.must('iscsi-inq', disks);
      const reached = (stage: string) =>
        site.until(stage, async () => (await site.boot(asked.id)).timeline.at(-1)?.stage === stage);
      await login();
      await reached('loaded');
      assert.equal((await node.get(url.replace('script.ipxe', 'kernel'))).status, 404);
      // The boot loader found nothing, and the firmware begins anew: that login is iPXE's again.
      await node.script(url);
      await reached('ipxe');
      await login();
      await reached('loaded');
      await login();
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      await site.ok(site.a('DELETE', '/images/own-loader'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('whose BMC is dead when it is ended is not over before that was put right', async () => {
      const { boot, config } = await site.running('n1', { image: 'debian' });
      site.isolation.bmc(1).down = true;
      const failed = await site.ended(
        (await site.ok(site.a('DELETE', '/boots/n1?deleteVolume=true'))).operation,
      );
      assert.equal(failed.error?.code, 'boot_not_undone');
      assert.match(failed.error!.message, /power off/);
      assert.equal((await site.boot(boot.id)).state, 'ending');
      // What could be done is done: the disk is closed and the port is off the network.
      assert.notEqual((await site.node(1).capacity(config)).code, 0);
      assert.deepEqual(await site.held(), { ...NOTHING, boots: ['n1'] });
      site.isolation.bmc(1).down = false;
      await site.done(site.a('DELETE', '/boots/n1'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('that fails while the isolation service is away is undone when it is back', async () => {
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      const node = site.node(1);
      const { config } = await node.netboot();
      await site.isolation.service.close();
      assert.equal((await node.post(config.replace(/config$/, 'event'), 'stage=failed')).status, 200);
      await sleep(600); // Some attempts to undo it.
      await site.isolation.start();
      await site.listenIsolation();
      assert.equal((await site.boot(asked.id)).state, 'ending');
      assert.equal((await site.ended(asked.operation)).error?.code, 'boot_failed');
      assert.equal((await site.boot(asked.id)).state, 'failed');
      assert.equal(site.isolation.bmc(1).power, 'off');
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('is served although dnsmasq dies', async () => {
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      const pid = childNamed('dnsmasq')!;
      process.kill(pid, 'SIGKILL');
      await site.until('dnsmasq is back', async () => ![undefined, pid].includes(childNamed('dnsmasq')));
      await site.node(1).boot();
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('takes a long name of a node', async () => {
      const name = `n${'o'.repeat(61)}1`;
      await site.isolation.ok(
        site.isolation.operator('POST', '/nodes', {
          name,
          firmware: 'bios',
          bmc: { driver: 'memory', settings: site.isolation.bmcSettings(1) },
          nics: [{ name: 'eth0', mac: '52:54:00:00:09:09' }],
        }),
      );
      await site.isolation.allocate(name, 'a');
      const asked = await site.request(name, { image: 'debian' });
      const operation = await site.ended(asked.operation);
      assert.equal(operation.error?.code, 'nic_not_cabled');
      await site.refused(site.a('GET', `/volumes/${asked.volume}`), 404, 'volume_not_found');
      await site.isolation.done(site.isolation.a('POST', `/nodes/${name}/release`));
      assert.deepEqual(await site.held(), NOTHING);
    });
  });

  test('a boot of a node that never comes up fails with the stage it reached, and leaves nothing', async () => {
    await using site = await Site.open({ nodes: 1, bootTimeoutMs: 600 });
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
    const asked = await site.request('n1', { image: 'debian' });
    const operation = await site.ended(asked.operation);
    assert.equal(operation.state, 'failed');
    assert.match(operation.error!.message, /did not report back within 0\.6 s; the last stage .* "power-on"/);
    const { state, error } = await site.boot(asked.id);
    assert.equal(state, 'failed');
    assert.equal(error!.message, operation.error!.message);
    assert.equal(site.isolation.bmc(1).power, 'off');
    assert.deepEqual(await site.held(), NOTHING);
  });
}
