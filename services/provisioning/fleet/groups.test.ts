import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ProvisioningType } from '@bullion/sdk';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { NOTHING, Site } from '../testing/site.ts';

type Group = ProvisioningType['BootGroup'];

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a boot group', () => {
    let site: Site;
    before(async () => {
      site = await Site.open({ nodes: 5, plugged: 3, bootsAtOnce: 2, bootTimeoutMs: 20_000 });
      await site.image('debian');
      for (const [node, rack] of [
        ['n1', 'r1'],
        ['n2', 'r1'],
        ['n3', 'r1'],
        ['n4', 'r2'],
      ])
        await site.isolation.ok(
          site.isolation.operator('PUT', `/nodes/${node}/metadata/class`, { value: rack }),
        );
    });
    after(() => site[Symbol.asyncDispose]());
    afterEach(async () => {
      await site.endAll();
      for (const { name, project } of await site.isolation.ok(site.isolation.operator('GET', '/nodes')))
        if (project !== null)
          await site.isolation.done(site.isolation.operator('POST', `/nodes/${name}/release`));
    });

    const ask = (body: object) => site.a('POST', '/boot-groups', { project: 'a', image: 'debian', ...body });
    const show = async (id: string): Promise<Group> => site.ok(site.a('GET', `/boot-groups/${id}`));
    /** Boots the nodes that are switched on, until none is left. */
    const comeUp = async (group: Group) => {
      for (const done = new Set<string>(); ; ) {
        const { members, state } = await show(group.id);
        if (state !== 'booting') return;
        const on = members.filter(
          ({ node, stage, state }) => state === 'booting' && stage === 'power-on' && !done.has(node),
        );
        // Not by their stages: after a restart all ask for a turn anew, and another than before may be let in first.
        assert.ok((await site.ok(site.a('GET', '/admission'))).comingUp <= 2);
        await Promise.all(
          on.map(async ({ node, boot }) => {
            done.add(node);
            await site.poweredOn({ ...(await site.boot(boot!)) });
            await site.node(Number(node.slice(1))).boot();
          }),
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };

    test('takes free nodes of a class, and boots no more at once than come up at the same time', async () => {
      const group: Group = await site.ok(ask({ count: 3, where: { class: 'r1' } }));
      assert.deepEqual(
        group.members.map(({ node }) => node),
        ['n1', 'n2', 'n3'],
      );
      await site.until('one waits', async () => {
        const figures = await site.ok(site.a('GET', '/admission'));
        return figures.waiting === 1 && figures.comingUp === 2 && figures.bound === 2;
      });
      await comeUp(group);
      const operation = await site.ended(group.operation);
      assert.equal(operation.state, 'succeeded', JSON.stringify(operation));
      const over = await show(group.id);
      assert.equal(over.state, 'running');
      assert.deepEqual(over.tally, { waiting: 0, booting: 0, running: 3, failed: 0, ended: 0 });
      const boots = await Promise.all(over.members.map(({ boot }) => site.boot(boot!)));
      const queued = boots.filter(({ timeline }) => timeline.some(({ stage }) => stage === 'admitted'));
      assert.equal(queued.length, 1);
      assert.equal(queued[0]!.phases[0]!.phase, 'queue');
      // Waiting does not count as our work.
      const control = queued[0]!.phases.find(({ phase }) => phase === 'control')!;
      assert.ok(control.milliseconds < queued[0]!.phases[0]!.milliseconds + 2000);
      await site.done(site.a('DELETE', `/boot-groups/${group.id}?deleteVolumes=true&release=true`));
      assert.equal((await show(group.id)).state, 'ended');
      assert.deepEqual(await site.held(), NOTHING);
      await site.isolation.until(async () => {
        const nodes = await site.isolation.ok(site.isolation.operator('GET', '/nodes?free=true'));
        return nodes.length === 5;
      });
    });

    test('says which of its nodes failed and why; the others run on', async () => {
      const group: Group = await site.ok(ask({ count: 2, where: { class: 'r1' } }));
      await site.poweredOn(await site.boot(group.members[0]!.boot!));
      await site.poweredOn(await site.boot(group.members[1]!.boot!));
      site.isolation.bmc(1).power = 'off';
      await site.node(2).boot();
      const { state, error } = await site.ended(group.operation);
      assert.equal(state, 'failed');
      assert.equal(error?.code, 'boot_group_incomplete');
      assert.match(error!.message, /Of the 2 nodes of the group 1 run\. n1: .*its power went off/);
      const view = await show(group.id);
      assert.equal(view.state, 'incomplete');
      assert.deepEqual(
        view.members.map(({ node, state, error }) => [node, state, error?.code]),
        [
          ['n1', 'failed', 'boot_failed'],
          ['n2', 'running', undefined],
        ],
      );
    });

    test('passes over a node whose BMC is dead, gives it back, and takes another', async () => {
      site.isolation.bmc(1).down = true;
      const group: Group = await site.ok(ask({ count: 2, where: { class: 'r1' } }));
      assert.deepEqual(
        group.members.map(({ node, state, error }) => [node, state, error?.code]),
        [
          ['n1', 'passed-over', 'bmc_unreachable'],
          ['n2', 'booting', undefined],
          ['n3', 'booting', undefined],
        ],
      );
      site.isolation.bmc(1).down = false;
      await site.done(site.a('DELETE', `/boot-groups/${group.id}?release=true`));
    });

    test('of more nodes than can be had is refused, and nothing is held then', async () => {
      const error = await site.refused(ask({ count: 2, where: { class: 'r2' } }), 409, 'nodes_too_few');
      assert.match(error.message, /Of 2 free nodes with class=r2 only 1/);
      assert.deepEqual(await site.held(), NOTHING);
      await site.isolation.until(async () => {
        const nodes = await site.isolation.ok(site.isolation.operator('GET', '/nodes?free=true'));
        return nodes.length === 5;
      });
      const group: Group = await site.ok(ask({ count: 2, where: { class: 'r2' }, atLeast: 1 }));
      assert.equal(group.members.length, 1);
      await site.done(site.a('DELETE', `/boot-groups/${group.id}?release=true`));
    });

    test('that cannot be is refused before a node is touched', async () => {
      await site.refused(ask({}), 400, 'boot_group_unclear');
      await site.refused(ask({ count: 1, nodes: ['n1'] }), 400, 'boot_group_unclear');
      await site.refused(ask({ count: 1, image: 'nothing' }), 404, 'image_not_found');
      await site.refused(ask({ count: 1, priority: 'high' }), 403, 'operator_only');
      await site.refused(ask({ count: 1, project: 'b' }), 404, 'project_not_found');
      await site.refused(ask({ nodes: ['n1'] }), 409, 'nodes_too_few');
      await site.refused(site.a('GET', '/boot-groups/nothing'), 404, 'boot_group_not_found');
      const nodes = await site.isolation.ok(site.isolation.operator('GET', '/nodes?free=true'));
      assert.equal(nodes.length, 5);
    });

    test('goes on after a restart, those that wait too', async () => {
      const group: Group = await site.ok(ask({ count: 3, where: { class: 'r1' }, priority: 'low' }));
      await site.until('two come up', async () => {
        const { tally } = await show(group.id);
        return tally.waiting === 1 && tally.booting === 2;
      });
      await site.restart();
      await comeUp(group);
      assert.equal((await site.ended(group.operation)).state, 'succeeded');
    });

    test('is ended while it comes up, the waiting ones first of all', async () => {
      const group: Group = await site.ok(ask({ count: 5 }));
      await site.done(site.a('DELETE', `/boot-groups/${group.id}?running=false`));
      const view = await show(group.id);
      assert.deepEqual([view.state, view.tally.ended], ['ended', 5]);
      assert.equal((await site.ended(group.operation)).state, 'failed');
      assert.deepEqual(await site.held(), NOTHING);
      await site.refused(site.b('GET', `/boot-groups/${group.id}`), 404, 'boot_group_not_found');
      assert.deepEqual(await site.ok(site.b('GET', '/boot-groups')), []);
    });
  });
}
