import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { insideOwnNetwork } from './testing/own-network.ts';
import type { NodeConfig, SimulatedNode } from './testing/simulated-node.ts';
import { NOTHING, Site } from './testing/site.ts';

type CopyConfig = NodeConfig & Record<'MODE' | 'DISK_BYTES' | 'DISK_DATA_BYTES', string>;

/** What the stream of a disk that is all data begins with. */
const HEAD = '0 64 4096\n';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a boot in mode', () => {
    let site: Site;
    let disk: Buffer;
    before(async () => {
      site = await Site.open({ nodes: 1 });
      disk = await site.image('debian');
      await site.isolation.allocate('n1', 'a');
    });
    after(() => site[Symbol.asyncDispose]());
    afterEach(() => site.endAll());

    const ask = (mode: string, more: object = { image: 'debian' }) =>
      site.ok(site.a('POST', '/boots', { node: 'n1', mode, ...more }));

    /** From power-on to where the initramfs has its configuration. */
    async function netboot(asked: { id: string; node: string }) {
      await site.poweredOn(asked as never);
      const node = site.node(1);
      const script = await node.netboot();
      await node.mustGet(script.initrd);
      const config = (await node.config(script.config)) as CopyConfig;
      const beside = (what: string) => script.config.replace(/config$/, what);
      return { node, script, config, diskUrl: beside('disk'), eventUrl: beside('event') };
    }

    async function fetched(node: SimulatedNode, url: string): Promise<Buffer> {
      const path = join(site.folder, 'fetched');
      await node.must('busybox', ['wget', '-q', '-O', path, url]);
      return readFileSync(path);
    }

    const report = (node: SimulatedNode, { REPORT_URL }: NodeConfig, more: object = {}) =>
      node.post(REPORT_URL, JSON.stringify({ hostname: 'n1', sshHostKeys: [], ...more }));

    const stagesOf = async (id: string) => (await site.boot(id)).timeline.map(({ stage }) => stage);

    test('ram takes the whole disk by HTTP and has no way to the target', async () => {
      const asked = await ask('ram');
      const { node, config, diskUrl, eventUrl } = await netboot(asked);
      assert.deepEqual(
        [config.MODE, config.DISK_BYTES, config.CHAP_SECRET, config.TARGET_NAME],
        ['ram', String(disk.length), undefined, undefined],
      );
      assert.ok(Number(config.DISK_DATA_BYTES) > 0);
      const stream = await fetched(node, diskUrl);
      assert.equal(stream.subarray(0, HEAD.length).toString(), HEAD);
      assert.ok(stream.subarray(HEAD.length, HEAD.length + disk.length).equals(disk));
      await node.post(eventUrl, 'stage=copied');
      await report(node, config);
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      assert.deepEqual((await stagesOf(asked.id)).slice(-3), ['kernel', 'copied', 'running']);
      // A node that reboots by itself takes it all again.
      const again = await node.netboot();
      assert.equal(((await node.config(again.config)) as CopyConfig).MODE, 'ram');
      await site.done(site.a('DELETE', '/boots/n1'));
      assert.deepEqual(await site.held(), NOTHING, 'nor is the clone kept: nothing was written to it');
    });

    test('copy ends on the local disk, and is never copied over again', async () => {
      const asked = await ask('copy');
      const { node, script, config, eventUrl } = await netboot(asked);
      await node.post(eventUrl, 'stage=copied');
      await site.until('it is switched on again', async () =>
        (await stagesOf(asked.id)).includes('restarted'),
      );
      await site.until('its power is on', async () => site.isolation.bmc(1).power === 'on');
      assert.equal(site.isolation.bmc(1).boot.device, 'disk');
      const local = await node.script(script.url);
      assert.match(local.text, /boots from its own disk\nexit 1/);
      await report(node, config, { uptimeSeconds: 0.02, initramfsSeconds: 0.01 });
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      const { timeline, phases } = await site.boot(asked.id);
      assert.deepEqual(
        timeline.slice(-5).map(({ stage }) => stage),
        ['copied', 'restarted', 'disk-loaded', 'disk-kernel', 'running'],
      );
      const times = timeline.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted());
      assert.equal(phases.length, 10);
    });

    test('copy goes on after a restart of the service, and copies what is copied no second time', async () => {
      const asked = await ask('copy');
      const interrupted = await netboot(asked);
      await site.restart();
      await site.until('the node is switched on anew', async () => {
        return (await stagesOf(asked.id)).at(-1) === 'power-on' && site.isolation.bmc(1).power === 'on';
      });
      assert.equal((await interrupted.node.get(interrupted.diskUrl)).status, 410, 'of the interrupted run');
      const { node, config, eventUrl } = await netboot(asked);
      await node.post(eventUrl, 'stage=copied');
      await site.until('it is restarted', async () => (await stagesOf(asked.id)).includes('restarted'));
      const offs = () => site.isolation.bmc(1).actions.filter((action) => action === 'off').length;
      const before = offs();
      await site.restart();
      await site.until('its power is on', async () => site.isolation.bmc(1).power === 'on');
      assert.equal((await report(node, config)).status, 200, 'what stands on its disk holds still');
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      assert.equal(offs(), before, 'it may have been reporting');
    });

    test('copy that is ended on its way leaves nothing', async () => {
      const asked = await ask('copy');
      const { node, diskUrl } = await netboot(asked);
      await site.done(site.a('DELETE', '/boots/n1'));
      assert.equal((await node.get(diskUrl)).status, 410);
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('diskless gets no stream of its disk', async () => {
      const asked = await ask('diskless');
      const { node, diskUrl } = await netboot(asked);
      assert.equal((await node.get(diskUrl)).status, 404);
    });

    test('none that the image cannot do is begun', async () => {
      const boot = (body: object) => site.a('POST', '/boots', { node: 'n1', image: 'debian', ...body });
      await site.refused(boot({ mode: 'ramdisk' }), 400, 'request_invalid');
      await site.refused(boot({ mode: 'ram', inspection: 'x' }), 400, 'mode_of_inspection');
      await site.ok(site.a('POST', '/images', { name: 'raw', project: 'a', sizeBytes: 4096 }));
      await site.ok(site.a('PUT', '/images/raw/disk', Buffer.alloc(4096, 1)));
      await site.done(site.a('POST', '/images/raw/seal'));
      for (const mode of ['ram', 'copy'])
        await site.refused(boot({ image: 'raw', mode }), 409, 'mode_needs_kernel');
      await site.ok(site.a('DELETE', '/images/raw'));
      assert.deepEqual(await site.held(), NOTHING);
    });
  });
}
