import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisioningType } from '@bullion/sdk';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { NOTHING, Site } from '../testing/site.ts';

type Boot = ProvisioningType['Boot'];

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a running boot', () => {
    let site: Site;
    before(async () => {
      site = await Site.open({ nodes: 3 });
      await site.image('debian');
      await site.image('other');
    });
    after(() => site[Symbol.asyncDispose]());
    afterEach(async () => {
      for (const number of [1, 2, 3]) {
        site.isolation.bmc(number).down = false;
        site.isolation.bmc(number).stuck = false;
        await cable(number, 'up');
      }
      await site.endAll();
      for (const { name, project } of await site.isolation.ok(site.isolation.operator('GET', '/nodes')))
        if (project !== null)
          await site.isolation.done(site.isolation.operator('POST', `/nodes/${name}/release`));
    });

    /** A simulated node knows nothing of its BMC: its silence is made here. */
    const cable = (number: number, state: 'up' | 'down') =>
      site.node(number).must('ip', ['link', 'set', 'eth0', state]);
    const start = async (body: object = {}) => {
      await site.isolation.allocate('n1', 'a');
      const asked: Boot = await site.ok(
        site.a('POST', '/boots', { node: 'n1', image: 'debian', sshAuthorizedKeys: ['k'], ...body }),
      );
      await site.poweredOn(asked);
      const { config } = await site.node(1).boot();
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      await site.node(1).disk(config, [{ write: 8, blocks: 8, byte: 0xaa }]);
      return { boot: await site.boot(asked.id), config };
    };
    const livingOn = (node: string) =>
      site.until(`${node} is booted`, async () => {
        const boots: Boot[] = await site.ok(site.operator('GET', '/boots'));
        return boots.find((boot) => boot.node === node && boot.state === 'booting');
      });
    /** The node's part of coming up in the place of another. */
    const comesUp = async (number: number) => {
      const boot = await livingOn(`n${number}`);
      await site.poweredOn(boot);
      return { boot, ...(await site.node(number).boot()) };
    };

    test('moves to another node with its disk; the old node cannot reach it any more', async () => {
      const { boot, config } = await start();
      await site.isolation.allocate('n2', 'a');
      const before = site.isolation.bmc(1).actions.length;
      await cable(1, 'down'); // It shuts down when it is asked to.
      const { operation } = await site.ok(site.a('POST', '/boots/n1/move', { to: 'n2' }));
      const moved = await comesUp(2);
      assert.equal((await site.ended(operation)).state, 'succeeded');
      assert.equal(moved.boot.volume, boot.volume);
      const [kept] = await site.node(2).disk(moved.config, [{ read: 8, blocks: 8 }]);
      assert.equal(kept, 'aa'.repeat(4096));
      // A shutdown was asked for before the power was cut.
      assert.equal(site.isolation.bmc(1).actions[before], 'soft');
      assert.equal((await site.boot(boot.id)).state, 'ended');
      await cable(1, 'up');
      await site.node(1).use(boot.address);
      assert.notEqual((await site.node(1).capacity(config)).code, 0);
      assert.equal((await site.held()).targets, 1);
    });

    test('does not move while its BMC lies: what lives is not off', async () => {
      const { boot, config } = await start();
      await site.isolation.allocate('n2', 'a');
      // The BMC says off; the node, which is a namespace here, goes on answering.
      const { operation } = await site.ok(site.a('POST', '/boots/n1/move', { to: 'n2' }));
      const { state, error } = await site.ended(operation);
      assert.deepEqual([state, error?.code], ['failed', 'node_not_silent']);
      assert.match(error!.message, /still answers at/);
      assert.equal((await site.boot(boot.id)).state, 'running');
      await site.refused(site.a('POST', '/boots', { node: 'n2', volume: boot.volume }), 409, 'volume_in_use');
      assert.equal(site.isolation.bmc(2).power, 'off');
      assert.equal((await site.node(1).capacity(config)).code, 0);
    });

    test('does not move while its BMC does not answer, or its power hangs', async () => {
      const { boot } = await start();
      await site.isolation.allocate('n2', 'a');
      const attempt = async () =>
        (await site.ended((await site.ok(site.a('POST', '/boots/n1/move', { to: 'n2' }))).operation)).error
          ?.code;
      site.isolation.bmc(1).down = true;
      assert.equal(await attempt(), 'bmc_unreachable');
      site.isolation.bmc(1).down = false;
      site.isolation.bmc(1).stuck = true;
      assert.equal(await attempt(), 'power_not_as_wanted');
      assert.deepEqual((await site.held()).boots, ['n1']);
      assert.equal((await site.boot(boot.id)).state, 'running');
      assert.equal(site.isolation.bmc(2).power, 'off');
    });

    test('to a node that is not there, or is not held, or to itself, is refused and stays as it is', async () => {
      await start();
      const move = (to: string) => site.a('POST', '/boots/n1/move', { to });
      await site.refused(move('n9'), 404, 'node_not_found');
      await site.refused(move('n2'), 409, 'node_free');
      await site.refused(move('n1'), 409, 'move_target_unfit');
      await site.isolation.allocate('n3', 'b');
      await site.refused(move('n3'), 404, 'node_not_found');
      await site.refused(site.b('POST', '/boots/n1/move', { to: 'n3' }), 404, 'boot_not_found');
      await site.refused(
        site.a('POST', '/boots/n1/reprovision', { image: 'nothing' }),
        404,
        'image_not_found',
      );
      assert.equal(site.isolation.bmc(1).power, 'on');
    });

    test('is given another image, and then the snapshot of before', async () => {
      const { boot } = await start();
      await site.ok(site.a('POST', `/volumes/${boot.volume}/snapshots`, { name: 'before' }));
      const swap = async (image: string) => {
        await cable(1, 'down');
        const { operation } = await site.ok(site.a('POST', '/boots/n1/reprovision', { image }));
        await livingOn('n1');
        await cable(1, 'up');
        const next = await comesUp(1);
        assert.equal((await site.ended(operation)).state, 'succeeded');
        return next;
      };
      const other = await swap('other');
      assert.equal(await site.node(1).mustGet(other.script.kernel), 'kernel of other');
      const back = await swap('before');
      const [kept] = await site.node(1).disk(back.config, [{ read: 8, blocks: 8 }]);
      assert.equal(kept, 'aa'.repeat(4096));
      await site.endAll();
      await site.ok(site.a('DELETE', '/images/before'));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('goes to a spare when its node dies', async () => {
      await site.isolation.ok(site.isolation.operator('PUT', '/nodes/n3/metadata/class', { value: 'spare' }));
      const { boot } = await start({ spare: { class: 'spare' } });
      const before = site.isolation.bmc(1).actions.length;
      await cable(1, 'down');
      site.isolation.bmc(1).power = 'off';
      const spare = await comesUp(3);
      await site.until('the spare runs', async () => (await site.boot(spare.boot.id)).state === 'running');
      assert.equal(spare.boot.volume, boot.volume);
      const [kept] = await site.node(3).disk(spare.config, [{ read: 8, blocks: 8 }]);
      assert.equal(kept, 'aa'.repeat(4096));
      // It was not asked to shut down: it was dead.
      assert.equal(site.isolation.bmc(1).actions.includes('soft', before), false);
    });

    test('whose spare cannot have it stays closed while its node may live', async () => {
      await site.isolation.allocate('n2', 'a');
      const { boot } = await start({ spare: { node: 'n2' } });
      // Its BMC says off, and it answers all the same.
      site.isolation.bmc(1).power = 'off';
      const failed = await site.until('a fail-over was tried', async () => {
        const events = await site.ok(site.a('GET', '/events?limit=1000'));
        const told = events.findLast(({ kind }: { kind: string }) => kind === 'boot.replace');
        if (told?.data.boot !== boot.id) return undefined;
        const operation = await site.ended(told.data.operation);
        return operation.state === 'failed' && operation;
      });
      assert.equal(failed.error?.code, 'node_not_silent');
      await sleep(600); // Some sweeps.
      assert.equal(site.isolation.bmc(2).power, 'off');
      assert.equal((await site.boot(boot.id)).state, 'running');
      site.isolation.bmc(1).power = 'on';
    });
  });
}
