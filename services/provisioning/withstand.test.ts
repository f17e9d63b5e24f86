/**
 * What a boot must withstand, case by case: each ends in a clear state and with words that say why, what the node printed
 * is at hand, and nothing is leaked. Kills of the service at every moment are in kills.slow.ts.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ProvisioningType } from '@bullion/sdk';
import { childNamed } from './testing/children.ts';
import { insideOwnNetwork } from './testing/own-network.ts';
import { NOTHING, Site } from './testing/site.ts';

type Boot = ProvisioningType['Boot'];
type Case = {
  what: string;
  /** What goes wrong with the boot of n1, which is switched on. */
  happens(site: Site, boot: Boot): Promise<void>;
  ends: 'running' | 'failed' | 'ended';
  because?: RegExp;
};

const comesUp = async (site: Site) => void (await site.node(1).boot());

const CASES: Case[] = [
  {
    what: 'a node that never comes up',
    happens: async (site) => void (await site.node(1).netboot()),
    ends: 'failed',
    because: /did not report back within 6 s; the last stage it reached is "ipxe"/,
  },
  {
    what: 'a node that boots the wrong device',
    happens: async () => {},
    ends: 'failed',
    because: /"power-on"; it never asked for an address by its boot NIC: has it booted from another device\?/,
  },
  {
    what: 'a node that reports twice',
    async happens(site) {
      const { config } = await site.node(1).boot();
      const again = await site.node(1).report(config);
      assert.equal(again.status, 410, again.body);
    },
    ends: 'running',
  },
  {
    what: 'a node that reports for another',
    async happens(site) {
      const { script } = await site
        .node(1)
        .netboot()
        .then((script) => ({ script }));
      const config = await site.node(1).config(script.config);
      await site.node(2).use('10.66.0.99');
      const forged = await site.node(2).report(config);
      assert.equal(forged.status, 403, forged.body);
      assert.equal((await site.boot('n1')).state, 'booting');
      assert.equal((await site.node(1).report(config)).status, 200);
    },
    ends: 'running',
  },
  {
    what: 'power that is lost on the way',
    async happens(site) {
      await site.node(1).netboot();
      site.isolation.bmc(1).power = 'off';
    },
    ends: 'failed',
    because: /its power went off/,
  },
  {
    what: 'a target that is restarted while a node boots',
    async happens(site, boot) {
      await site.node(1).netboot();
      await site.restart();
      const on = boot.timeline.find(({ stage }) => stage === 'power-on')?.at;
      await site.until('it is switched on anew', async () => {
        const now = (await site.boot(boot.id)).timeline.find(({ stage }) => stage === 'power-on')?.at;
        return now !== undefined && now !== on && site.isolation.bmc(1).power === 'on';
      });
      await comesUp(site);
    },
    ends: 'running',
  },
  {
    what: 'a target that is restarted while a node writes',
    async happens(site, boot) {
      const { config } = await site.node(1).boot();
      await site.ended(boot.operation);
      await site.node(1).disk(config, [{ write: 0, blocks: 8, byte: 0x11 }]); // Flushed.
      const writes = Array.from({ length: 200 }, (_, at) => ({ write: 16 + at, blocks: 1, byte: 0x22 }));
      const heavy = site
        .node(1)
        .disk(config, writes)
        .catch(() => []);
      await site.restart();
      await heavy;
      const [kept] = await site.node(1).disk(config, [{ read: 0, blocks: 8 }]);
      assert.equal(kept, '11'.repeat(4096));
    },
    ends: 'running',
  },
  {
    what: 'dnsmasq that dies',
    async happens(site) {
      const pid = childNamed('dnsmasq')!;
      process.kill(pid, 'SIGKILL');
      await site.until('dnsmasq is back', async () => ![undefined, pid].includes(childNamed('dnsmasq')));
      await comesUp(site);
    },
    ends: 'running',
  },
  {
    what: 'an image that is deleted while a node boots from it',
    async happens(site) {
      await site.refused(site.a('DELETE', '/images/debian'), 409, 'image_in_use');
      await comesUp(site);
    },
    ends: 'running',
  },
  {
    what: 'a second boot of the same node',
    async happens(site) {
      await site.refused(site.a('POST', '/boots', { node: 'n1', image: 'debian' }), 409, 'node_booted');
      await comesUp(site);
    },
    ends: 'running',
  },
  {
    what: 'a release while a node boots',
    happens: async (site) => void (await site.isolation.done(site.isolation.a('POST', '/nodes/n1/release'))),
    ends: 'failed',
    because: /it was released meanwhile/,
  },
  {
    what: 'an end that is asked for while a node boots',
    happens: async (site) => void (await site.done(site.a('DELETE', '/boots/n1'))),
    ends: 'ended',
  },
];

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a boot withstands', () => {
    let site: Site;
    before(async () => {
      site = await Site.open({ nodes: 2, bootTimeoutMs: 6000 });
      await site.image('debian');
    });
    after(() => site[Symbol.asyncDispose]());

    for (const { what, happens, ends, because } of CASES) {
      test(what, async () => {
        await site.isolation.allocate('n1', 'a');
        const boot = await site.request('n1', { image: 'debian' });
        await site.poweredOn(boot);
        site.isolation.bmc(1).print(`self-test of ${boot.id}\r\n`);
        await happens(site, await site.boot(boot.id));
        await site.ended(boot.operation);
        const over = await site.until('it is over', async () => {
          const now = await site.boot(boot.id);
          return !['booting', 'ending'].includes(now.state) && now;
        });
        assert.equal(over.state, ends, over.error?.message);
        if (because) {
          assert.match(over.error!.message, because);
          assert.match(over.error!.hint!, /bullion console n1 --log/);
        }
        assert.deepEqual(await site.leaks(), []);
        const node = await site.isolation.ok(site.isolation.operator('GET', '/nodes/n1'));
        if (node.state === 'allocated') {
          const printed = await site.isolation.ok(site.isolation.a('GET', '/nodes/n1/console'));
          assert.ok(printed.includes(`self-test of ${boot.id}`), printed);
        }
        await site.endAll();
        assert.deepEqual(await site.held(), NOTHING);
        assert.deepEqual(await site.leaks(), []);
        if (node.state === 'allocated')
          await site.isolation.done(site.isolation.operator('POST', '/nodes/n1/release'));
      });
    }
  });

  test('a full disk refuses a boot, and a boot that is there goes on when there is room', async () => {
    await using site = await Site.open({ nodes: 2, diskMiB: 16 });
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
    await site.isolation.allocate('n2', 'a');
    const { boot, config } = await site.running('n1', { image: 'debian' });
    const filler = join(site.folder, 'service', 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(32 * 2 ** 20)), { code: 'ENOSPC' });
    const { status, body } = await site.a('POST', '/boots', { node: 'n2', image: 'debian' });
    if (status === 202) {
      // There was room for the record, and none for the clone.
      await site.ended(body.operation);
      assert.equal((await site.boot(body.id)).error?.code, 'storage_no_space');
    } else {
      assert.equal(status, 503, JSON.stringify(body));
      assert.match(body.error.message, /full|space/);
    }
    rmSync(filler);
    assert.equal((await site.boot(boot.id)).state, 'running');
    await site.node(1).disk(config, [{ write: 0, blocks: 8, byte: 0x33 }]);
    await site.running('n2', { image: 'debian' });
    assert.deepEqual(await site.leaks(), []);
  });
}
