/** The service is killed at moments of all that it does, boot after boot: every one ends as it was asked for, or with nothing left. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisioningType } from '@bullion/sdk';
import { insideOwnNetwork } from './testing/own-network.ts';
import { NOTHING, Site } from './testing/site.ts';

type Boot = ProvisioningType['Boot'];

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a kill of the service', () => {
    test('while a node runs costs it nothing that was flushed', async () => {
      await using site = await Site.open({ nodes: 1, apart: true });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      const { config } = await site.running('n1', { image: 'debian' });
      await site.node(1).disk(config, [{ write: 0, blocks: 8, byte: 0x77 }]);
      await site.kill();
      assert.equal(await site.node(1).dhcp('ipxe', 1), undefined, 'dnsmasq has outlived the service');
      await site.node(1).use('10.66.0.2');
      await site.start();
      const [kept] = await site.node(1).disk(config, [{ read: 0, blocks: 8 }]);
      assert.equal(kept, '77'.repeat(4096));
      await site.done(site.a('DELETE', '/boots/n1?deleteVolume=true'));
    });

    test('at any moment of a boot lets it go on, or ends it with nothing left', async () => {
      await using site = await Site.open({ nodes: 1, apart: true });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      for (const milliseconds of [0, 30, 80, 200]) {
        const asked = await site.request('n1', { image: 'debian' });
        await sleep(milliseconds);
        const { timeline } = await site.boot(asked.id);
        await site.kill();
        await site.start();
        const before = timeline.find(({ stage }) => stage === 'power-on')?.at;
        await site.until('the node is switched on anew', async () => {
          const now = (await site.boot(asked.id)).timeline.find(({ stage }) => stage === 'power-on')?.at;
          return now !== undefined && now !== before && site.isolation.bmc(1).power === 'on';
        });
        await site.node(1).boot();
        assert.equal((await site.ended(asked.operation)).state, 'succeeded');
        await site.done(site.a('DELETE', '/boots/n1'));
        await site.ok(site.a('DELETE', `/volumes/${asked.volume}`));
        assert.deepEqual(await site.held(), NOTHING);
      }
    });

    test('at any moment of the end of a boot leaves nothing', async () => {
      await using site = await Site.open({ nodes: 1, apart: true });
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      for (const milliseconds of [0, 20, 60]) {
        const asked = await site.request('n1', { image: 'debian' });
        await site.poweredOn(asked);
        const { operation } = await site.ok(site.a('DELETE', '/boots/n1'));
        await sleep(milliseconds);
        await site.kill();
        await site.start();
        assert.equal((await site.ended(operation)).state, 'succeeded');
        assert.equal((await site.ended(asked.operation)).error?.code, 'boot_ended');
        assert.deepEqual(await site.held(), NOTHING);
      }
    });

    test('during an import leaves the image to be sealed, and nothing half', async () => {
      await using site = await Site.open({ nodes: 1, apart: true });
      const sizeBytes = 64 * 1024 * 1024;
      await site.ok(site.a('POST', '/images', { name: 'big', project: 'a', sizeBytes }));
      await site.ok(site.a('PUT', '/images/big/disk', Buffer.alloc(sizeBytes, 7)));
      const { operation } = await site.ok(site.a('POST', '/images/big/seal'));
      await sleep(50);
      await site.kill();
      await site.start();
      assert.equal((await site.ended(operation)).state, 'succeeded');
      assert.equal((await site.ok(site.a('GET', '/images/big'))).state, 'sealed');
      await site.done(site.a('POST', '/images/big/verify'));
    });
  });

  test('a move goes on after a kill at any of its moments, with one writer', async () => {
    await using site = await Site.open({ nodes: 2, apart: true });
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
    await site.isolation.allocate('n2', 'a');
    const { boot } = await site.running('n1', { image: 'debian' });
    const nodes = [1, 2] as const;
    let from = boot;
    for (const [round, milliseconds] of [50, 1000, 1900].entries()) {
      const [old, next] = round % 2 === 0 ? nodes : nodes.toReversed();
      await site.node(old!).must('ip', ['link', 'set', 'eth0', 'down']);
      const { operation } = await site.ok(site.a('POST', `/boots/${from.id}/move`, { to: `n${next}` }));
      await sleep(milliseconds);
      await site.kill();
      await site.start();
      const booting = await site.until(`n${next} is booted`, async () => {
        const boots: Boot[] = await site.ok(site.operator('GET', '/boots'));
        assert.ok(boots.filter(({ volume }) => volume === from.volume).length <= 1);
        return boots.find(({ node, state, timeline }) => {
          const isOn = timeline.some(({ stage }) => stage === 'power-on');
          return node === `n${next}` && state === 'booting' && isOn;
        });
      });
      await site.poweredOn(booting);
      await site.node(next!).boot();
      assert.equal((await site.ended(operation)).state, 'succeeded');
      await site.node(old!).must('ip', ['link', 'set', 'eth0', 'up']);
      from = await site.boot(booting.id);
      assert.equal(from.state, 'running');
    }
  });
}
