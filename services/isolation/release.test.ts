import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLOSED, isClosed } from './drivers/switch/port.ts';
import { World } from './testing/world.ts';

async function heldNode(): Promise<World> {
  const world = await World.open();
  await world.allocate('n1', 'a');
  await world.network('net', 'a');
  await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
  await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'on' }));
  return world;
}

describe('release', () => {
  it('a node is free when its power was read to be off and its ports to be closed', async () => {
    await using world = await heldNode();
    const { steps } = await world.done(world.a('POST', '/nodes/n1/release'));
    assert.deepEqual(
      steps.map(({ name }) => name),
      ['power off', 'switch verified', 'free'],
    );
    assert.equal(world.bmc(1).power, 'off');
    assert.equal(world.switch.state('p1'), CLOSED);
    const node = await world.ok(world.b('GET', '/nodes/n1'));
    assert.deepEqual([node.state, node.project, node.nics[0].networks], ['free', null, []]);
    await world.refused(world.operator('POST', '/nodes/n1/release'), 409, 'node_free');
    await world.allocate('n1', 'b');
  });

  it('a BMC that fails keeps it releasing, with closed ports, and a second release finishes it', async () => {
    await using world = await heldNode();
    world.bmc(1).down = true;
    const failed = await world.ended(world.a('POST', '/nodes/n1/release'));
    assert.equal(failed.error?.code, 'bmc_unreachable');
    assert.match(failed.error!.message, /node "n1"/);
    assert.doesNotMatch(JSON.stringify(failed.error), /bmc-1/);
    assert.ok(failed.error?.hint);
    await world.until(async () => isClosed(world.switch.state('p1')));
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).state, 'releasing');
    for (const project of ['a', 'b'] as const) {
      const { status } = await world[project]('POST', '/nodes/n1/allocate', { project });
      assert.equal(status, project === 'a' ? 409 : 404);
    }
    await world.refused(world.operator('DELETE', '/nodes/n1'), 409, 'node_allocated');
    world.bmc(1).down = false;
    await world.done(world.a('POST', '/nodes/n1/release'));
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).state, 'free');
  });

  it('a server that does not go off keeps its node', async () => {
    await using world = await heldNode();
    world.bmc(1).stuck = true;
    const failed = await world.ended(world.a('POST', '/nodes/n1/release'));
    assert.equal(failed.error?.code, 'power_not_as_wanted');
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).state, 'releasing');
    world.bmc(1).stuck = false;
    await world.done(world.a('POST', '/nodes/n1/release'));
  });

  it('while it is being released nothing can be attached, powered or typed, and asking again joins in', async () => {
    await using world = await heldNode();
    world.switch.down = true;
    const first = await world.ok(world.a('POST', '/nodes/n1/release'));
    const second = await world.ok(world.a('POST', '/nodes/n1/release'));
    assert.equal(first.operation, second.operation);
    const requests = [
      ['PUT', '/nodes/n1/nics/eth0/networks/net', {}],
      ['DELETE', '/nodes/n1/nics/eth0/networks/net'],
      ['PUT', '/nodes/n1/power', { action: 'on' }],
      ['PUT', '/nodes/n1/boot-device', { device: 'network' }],
    ] as const;
    for (const caller of [world.a, world.operator]) {
      for (const [method, path, body] of requests) {
        await world.refused(caller(method, path, body), 409, 'node_releasing');
      }
    }
    await world.refused(world.a('POST', '/nodes/n1/console', { keys: 'x' }), 409, 'node_releasing');
    assert.equal((await world.ok(world.operator('GET', '/nodes/n1'))).state, 'releasing');
    world.switch.down = false;
    assert.equal((await world.service.context.operations.wait(first.operation, 5000)).state, 'succeeded');
    assert.equal(world.switch.state('p1'), CLOSED);
  });
});

describe('power through the API', () => {
  it('it is changed and read back, and the boot device is chosen', async () => {
    await using world = await heldNode();
    assert.equal((await world.ok(world.a('GET', '/nodes/n1/power'))).power, 'on');
    assert.deepEqual(await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'cycle' })), { power: 'on' });
    assert.deepEqual(await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'off' })), { power: 'off' });
    await world.refused(world.a('PUT', '/nodes/n1/power', { action: 'reset' }), 409, 'bmc_wrong_state');
    await world.ok(world.a('PUT', '/nodes/n1/boot-device', { device: 'network', persistent: true }));
    assert.deepEqual(world.bmc(1).boot, { device: 'network', persistent: true, firmware: 'uefi' });
  });

  it('a wrong password, a silent BMC and a missing privilege are told apart and change nothing', async () => {
    await using world = await heldNode();
    const bmc = world.bmc(1);
    const off = () => world.a('PUT', '/nodes/n1/power', { action: 'off' });
    bmc.password = 'changed';
    const wrong = await world.refused(off(), 502, 'bmc_wrong_password');
    assert.match(wrong.message, /node "n1"/);
    assert.doesNotMatch(JSON.stringify(wrong), /secret|changed|bmc-1/);
    bmc.password = 'secret';
    bmc.down = true;
    await world.refused(off(), 503, 'bmc_unreachable');
    await world.refused(world.a('GET', '/nodes/n1/power'), 503, 'bmc_unreachable');
    bmc.down = false;
    bmc.readOnly = true;
    await world.refused(off(), 502, 'bmc_refused');
    await world.refused(world.a('PUT', '/nodes/n1/boot-device', { device: 'disk' }), 502, 'bmc_refused');
    assert.equal((await world.ok(world.a('GET', '/nodes/n1/power'))).power, 'on');
    assert.equal(bmc.boot.device, 'none');
  });

  it('a BMC that hangs is given up', async () => {
    await using world = await heldNode();
    world.bmc(1).latencyMs = 60_000;
    await world.refused(world.a('GET', '/nodes/n1/power'), 504, 'bmc_unreachable');
    world.bmc(1).latencyMs = 0;
  });

  it('a free node is powered by nobody', async () => {
    await using world = await heldNode();
    for (const caller of [world.a, world.operator]) {
      await world.refused(caller('PUT', '/nodes/n2/power', { action: 'on' }), 409, 'node_free');
    }
    await world.refused(world.a('GET', '/nodes/n2/power'), 409, 'node_free');
    await world.ok(world.operator('GET', '/nodes/n2/power'));
  });
});
