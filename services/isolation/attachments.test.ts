import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import { CLOSED } from './drivers/switch/port.ts';
import { type Json, World } from './testing/world.ts';

const on = (network: string, nic = 'eth0', node = 'n1') => `/nodes/${node}/nics/${nic}/networks/${network}`;

describe('allocation', () => {
  it('of two who ask at once, one gets the node', async () => {
    await using world = await World.open();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        (['a', 'b', 'a', 'b'] as const).map((project) =>
          world[project]('POST', '/nodes/n1/allocate', { project }),
        ),
      );
      const winners = answers.filter(({ status }) => status === 200);
      assert.equal(winners.length, 1);
      const { project } = winners[0]!.body;
      assert.equal((await world.ok(world.operator('GET', '/nodes/n1'))).project, project);
      await world.done(world.operator('POST', '/nodes/n1/release'));
    }
  });

  it('a node that is allocated already, or unknown, is refused and stays as it is', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.refused(world.a('POST', '/nodes/n1/allocate', { project: 'a' }), 409, 'node_allocated');
    const told = await world.refused(
      world.operator('POST', '/nodes/n1/allocate', { project: 'b' }),
      409,
      'node_allocated',
    );
    assert.match(told.message, /allocated to project "a"/);
    await world.refused(world.b('POST', '/nodes/n1/allocate', { project: 'b' }), 404, 'node_not_found');
    await world.refused(
      world.operator('POST', '/nodes/n1/allocate', { project: 'x' }),
      404,
      'project_not_found',
    );
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).project, 'a');
  });

  it('a node whose ports were not read to be closed is given to nobody', { timeout: 20_000 }, async () => {
    await using world = await World.open();
    world.switch.down = true;
    await world.addNode(3);
    const told = await world.refused(
      world.a('POST', '/nodes/n3/allocate', { project: 'a' }),
      503,
      'node_ports_unverified',
    );
    assert.match(told.message, /eth0/);
    // Asked again, it waits for the switch to come back.
    const allocated = world.a('POST', '/nodes/n3/allocate', { project: 'a' });
    setTimeout(() => (world.switch.down = false), 50);
    await world.ok(allocated);
  });
});

describe('attaching and detaching', () => {
  it('an attachment is done when the switch was read to carry it, and gone when it was read not to', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const vlan = await world.network('net', 'a');
    const operation = await world.done(world.a('PUT', on('net'), {}));
    assert.deepEqual([operation.kind, operation.subject, operation.project], ['nic.attach', 'node/n1', 'a']);
    assert.deepEqual(world.switch.state('p1'), { native: vlan, tagged: [], isolated: false });
    const attached = [{ network: 'a/net', mode: 'native', state: 'attached' }];
    assert.deepEqual((await world.ok(world.a('GET', '/nodes/n1'))).nics[0].networks, attached);
    assert.equal((await world.port('p1')).observed, `native ${vlan}`);

    await world.done(world.a('DELETE', on('net')));
    assert.equal(world.switch.state('p1'), CLOSED);
    assert.deepEqual((await world.ok(world.a('GET', '/nodes/n1'))).nics[0].networks, []);
    await world.ok(world.a('DELETE', '/networks/net'));
    const kinds = (await world.ok(world.a('GET', '/events'))).map(({ kind }: Json) => kind);
    assert.deepEqual(kinds.slice(-3), ['nic.attaching', 'nic.detaching', 'network.deleted']);
  });

  it('a switch that lies is found out: it is attached only when it was read back', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    world.switch.lieApplies = 3;
    await world.done(world.a('PUT', on('net'), {}));
    assert.equal(world.switch.lieApplies, 0);
    assert.equal((await world.port('p1')).state, 'verified');
  });

  it('native and tagged networks share a port', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const [native, one, two] = [
      await world.network('x', 'a'),
      await world.network('y', 'a'),
      await world.network('z', 'a'),
    ];
    await world.done(world.a('PUT', on('y'), { mode: 'tagged' }));
    await world.done(world.a('PUT', on('x'), { mode: 'native' }));
    await world.done(world.a('PUT', on('z'), { mode: 'tagged' }));
    assert.deepEqual(world.switch.state('p1'), { native, tagged: [one, two], isolated: false });
    await world.done(world.a('DELETE', on('x')));
    assert.deepEqual(world.switch.state('p1'), { native: null, tagged: [one, two], isolated: false });
  });

  it('a NIC has one native network, and the next one may come while the last one goes', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('x', 'a');
    const vlan = await world.network('y', 'a');
    await world.done(world.a('PUT', on('x'), {}));
    await world.refused(world.a('PUT', on('y'), {}), 409, 'nic_native_taken');
    world.switch.down = true;
    const off = await world.ok(world.a('DELETE', on('x')));
    const told = await world.refused(world.a('PUT', on('x'), {}), 409, 'nic_attached');
    assert.match(told.message, /detaching/);
    const next = world.a('PUT', on('y'), {});
    await next;
    world.switch.down = false;
    await world.done(next);
    assert.equal((await world.service.context.operations.wait(off.operation, 5000)).state, 'succeeded');
    assert.deepEqual(world.switch.state('p1'), { native: vlan, tagged: [], isolated: false });
  });

  it('asked twice, it is done once', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    await world.done(world.a('PUT', on('net'), {}));
    const writes = world.switch.applied.length;
    await world.done(world.a('PUT', on('net'), {}));
    assert.equal(world.switch.applied.length, writes);
    assert.equal((await world.events('nic.attaching')).length, 1);
    await world.refused(world.a('PUT', on('net'), { mode: 'tagged' }), 409, 'nic_attached');
  });

  it('an isolated network is alone on its port, and native', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const vlan = await world.network('alone', 'a', { isolated: true });
    await world.network('other', 'a');
    await world.refused(world.a('PUT', on('alone'), { mode: 'tagged' }), 409, 'network_isolated');
    await world.done(world.a('PUT', on('alone'), {}));
    assert.deepEqual(world.switch.state('p1'), { native: vlan, tagged: [], isolated: true });
    await world.refused(world.a('PUT', on('other'), { mode: 'tagged' }), 409, 'network_isolated');
    await world.done(world.a('DELETE', on('alone')));
    await world.done(world.a('PUT', on('other'), { mode: 'tagged' }));
    await world.refused(world.a('PUT', on('alone'), {}), 409, 'network_isolated');
  });

  it('a network in use is not deleted, not even while its last NIC is coming off', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    await world.done(world.a('PUT', on('net'), {}));
    const told = await world.refused(world.a('DELETE', '/networks/net'), 409, 'network_in_use');
    assert.match(told.message, /n1\/eth0/);
    world.switch.down = true;
    const off = world.a('DELETE', on('net'));
    await off;
    await world.refused(world.a('DELETE', '/networks/net'), 409, 'network_in_use');
    world.switch.down = false;
    await world.done(off);
    await world.ok(world.a('DELETE', '/networks/net'));
  });

  it('what is unknown is named: node, NIC, network, attachment, cable', async () => {
    await using world = await World.open();
    await world.ok(world.operator('POST', '/nodes/n1/nics', { name: 'loose', mac: '52:54:00:11:11:11' }));
    await world.network('net', 'a');
    await world.refused(world.a('PUT', on('net'), {}), 409, 'node_free');
    await world.allocate('n1', 'a');
    for (const method of ['PUT', 'DELETE'] as const) {
      await world.refused(world.a(method, on('net', 'eth0', 'n9'), {}), 404, 'node_not_found');
      await world.refused(world.a(method, on('net', 'eth9'), {}), 404, 'nic_not_found');
      await world.refused(world.a(method, on('none'), {}), 404, 'network_not_found');
      await world.refused(world.a(method, on('net', 'loose'), {}), 409, 'nic_not_cabled');
    }
    await world.refused(world.a('DELETE', on('net')), 404, 'attachment_not_found');
    await world.refused(world.a('PUT', on('net'), { mode: 'sideways' }), 400, 'request_invalid');
    assert.equal(world.switch.state('p1'), CLOSED);
  });

  it('what the switch cannot do is refused before anything is written', async () => {
    const poor = (driver: SwitchDriver): SwitchDriver => ({
      ...driver,
      capabilities: { ...driver.capabilities, nativelessTrunk: false, isolatedPorts: false },
    });
    await using world = await World.open({ switchDriver: poor });
    await world.allocate('n1', 'a');
    await world.network('x', 'a');
    await world.network('y', 'a');
    await world.network('alone', 'a', { isolated: true });
    await world.refused(world.a('PUT', on('alone'), {}), 409, 'switch_capability_missing');
    await world.refused(world.a('PUT', on('x'), { mode: 'tagged' }), 409, 'switch_capability_missing');
    await world.done(world.a('PUT', on('y'), {}));
    await world.done(world.a('PUT', on('x'), { mode: 'tagged' }));
    await world.refused(world.a('DELETE', on('y')), 409, 'switch_capability_missing');
    await world.done(world.a('DELETE', on('x')));
    await world.done(world.a('DELETE', on('y')));
  });

  it('an attachment that was taken off again before it was there has failed, and says so', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    world.switch.down = true;
    const attached = world.a('PUT', on('net'), {});
    await attached;
    const detached = world.a('DELETE', on('net'));
    await detached;
    world.switch.down = false;
    await world.done(detached);
    assert.equal((await world.ended(attached)).error?.code, 'attachment_superseded');
  });
});
