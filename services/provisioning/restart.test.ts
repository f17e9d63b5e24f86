import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { insideOwnNetwork } from './testing/own-network.ts';
import { NOTHING, Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a restart of the service', () => {
    test('opens the disks of running nodes again, and they keep what was flushed', async () => {
      await using site = await Site.open({ nodes: 1 });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      const { boot, config } = await site.running('n1', { image: 'debian' });
      await site.node(1).disk(config, [{ write: 0, blocks: 8, byte: 0x5a }]);
      await site.restart();
      assert.equal((await site.boot(boot.id)).state, 'running');
      assert.equal(site.isolation.bmc(1).power, 'on');
      const [kept] = await site.node(1).disk(config, [{ read: 0, blocks: 8 }]);
      assert.equal(kept, '5a'.repeat(4096));
      // A node that reboots by itself is served as well.
      await site.node(1).boot();
      assert.equal((await site.boot(boot.id)).state, 'running');
    });

    test('leaves persistent reservations as they were, until the boot ends', async () => {
      await using site = await Site.open({ nodes: 1 });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      const { boot, config } = await site.running('n1', { image: 'debian' });
      const [holder, other] = ['00023d000001', '00023d000002'];
      await site.node(1).disk(config, [{ reserve: 'exclusive writes' }], holder);
      await site.restart();
      const write = [{ write: 0, blocks: 8, byte: 1 }];
      await assert.rejects(site.node(1).disk(config, write, other), /SCSI status 24/);
      await site.node(1).disk(config, write, holder);
      await site.done(site.a('DELETE', `/boots/${boot.id}`));
      assert.deepEqual(await readdir(join(site.folder, 'service', 'reservations')), []);
    });

    test('goes on with a boot', async () => {
      await using site = await Site.open({ nodes: 1 });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      const former = await site.node(1).netboot();
      const told = await site.node(1).config(former.config);
      await site.restart();
      await site.until('the node is switched on anew', async () => {
        const { timeline } = await site.boot(asked.id);
        return timeline.at(-1)?.stage === 'power-on' && site.isolation.bmc(1).power === 'on';
      });
      assert.equal((await site.node(1).report(told)).status, 410, 'a report of the interrupted run');
      await site.node(1).boot();
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      assert.deepEqual(site.isolation.bmc(1).actions.slice(-2), ['off', 'on']);
    });

    test('leaves those coming up that were, and lets those that wait in by their order', async () => {
      await using site = await Site.open({ nodes: 4, plugged: 1, bootsAtOnce: 1 });
      await site.image('debian');
      for (const node of ['n1', 'n2', 'n3', 'n4']) await site.isolation.allocate(node, 'a');
      const first = await site.request('n1', { image: 'debian' });
      await site.poweredOn(first);
      const waiting: { id: string }[] = [];
      for (const [node, priority] of [
        ['n2', 'low'],
        ['n3', 'normal'],
        ['n4', 'high'],
      ]) {
        const body = { node, priority, image: 'debian', sshAuthorizedKeys: [] };
        waiting.push(await site.ok(site.operator('POST', '/boots', body)));
      }
      const begun = async () => {
        const boots = await Promise.all(waiting.map(({ id }) => site.boot(id)));
        return boots.filter(({ timeline }) => timeline.length > 1).map(({ node }) => node);
      };
      for (let turn = 0; turn < 3; turn++) {
        await site.restart();
        await site.poweredOn(first);
        assert.deepEqual(await begun(), []);
      }
      await site.done(site.a('DELETE', `/boots/${first.id}?deleteVolume=true`));
      await site.until('the next one is let in', async () => (await begun()).length > 0);
      assert.deepEqual(await begun(), ['n4']);
      await site.restart();
      await site.done(site.operator('DELETE', '/boots/n4?deleteVolume=true'));
      await site.until('the next one is let in', async () => (await begun()).length > 1);
      assert.deepEqual(await begun(), ['n3', 'n4']);
    });

    test('does not switch off a node that has reported', async () => {
      await using site = await Site.open({ nodes: 1 });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      const asked = await site.request('n1', { image: 'debian' });
      await site.poweredOn(asked);
      // The report and the end of the service at once: the boot's operation may not have seen it.
      await site.node(1).boot();
      await site.restart();
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      assert.equal(site.isolation.bmc(1).actions.filter((action) => action === 'on').length, 1);
    });

    test('goes on with the end of a boot', async () => {
      await using site = await Site.open({ nodes: 1 });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      await site.running('n1', { image: 'debian' });
      site.isolation.bmc(1).latencyMs = 200;
      const { operation } = await site.ok(site.a('DELETE', '/boots/n1?deleteVolume=true'));
      await site.restart();
      assert.equal((await site.ended(operation)).state, 'succeeded');
      assert.deepEqual(await site.held(), NOTHING);
    });
  });
}
