import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedReads } from '@bullion/service';
import { memoryBmcDriver } from '../drivers/bmc/memory.ts';
import { type Json, World } from '../testing/world.ts';

/** How often the BMCs of a world are asked for their power. */
function countCalls(world: World): { calls: number } {
  const count = { calls: 0 };
  const driver = memoryBmcDriver(...world.bmcs);
  (world.service.context.bmcDrivers as Map<string, typeof driver>).set('memory', {
    ...driver,
    powerState: (...asked) => {
      count.calls++;
      return driver.powerState(...asked);
    },
  });
  return count;
}

describe('reading the power', () => {
  it('is one call to the BMC for all who ask at a time, and again only when it is old or fresh is asked for', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const count = countCalls(world);
    world.bmc(1).latencyMs = 20;
    const read = (query = '') => world.ok(world.a('GET', `/nodes/n1/power${query}`));
    const all = await Promise.all(Array.from({ length: 20 }, () => read()));
    assert.equal(new Set(all.map(({ readAt }) => readAt)).size, 1);
    await read();
    assert.equal(count.calls, 1);
    await read('?fresh=true');
    assert.equal(count.calls, 2);
  });

  it('never tells what was before a change of ours', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const read = async () => (await world.ok(world.a('GET', '/nodes/n1/power'))).power;
    assert.equal(await read(), 'off');
    await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'on' }));
    assert.equal(await read(), 'on');
    await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'off' }));
    assert.equal(await read(), 'off');
  });

  it('a reading that began before it was forgotten is not kept', async () => {
    const reads = new SharedReads<string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const early = reads.get('n1', 1000, () => promise);
    reads.forget('n1');
    resolve('before');
    assert.equal((await early).value, 'before');
    assert.equal((await reads.get('n1', 1000, async () => 'after')).value, 'after');
  });
});

describe('what a node measures', () => {
  it('is told to who uses it, or that its BMC tells no such thing', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const { sensors } = await world.ok(world.a('GET', '/nodes/n1/sensors'));
    assert.deepEqual(sensors, [{ name: 'CPU', reading: 40, unit: 'celsius', status: 'ok' }]);
    assert.equal((await world.ok(world.a('GET', '/nodes/n1/power-draw'))).watts, 42);
    await world.refused(world.b('GET', '/nodes/n1/sensors'), 404, 'node_not_found');
    await world.refused(world.b('GET', '/nodes/n2/power-draw'), 409, 'node_free');
    const driver = memoryBmcDriver(...world.bmcs);
    const { sensors: _, ...lacking } = driver;
    (world.service.context.bmcDrivers as Map<string, typeof driver>).set('memory', {
      ...lacking,
      capabilities: { ...driver.capabilities, sensors: false },
    });
    await world.refused(world.a('GET', '/nodes/n1/sensors'), 409, 'bmc_capability_missing');
  });
});

describe('health', () => {
  it('is ok, degraded or failed, with the last error of each part', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const health = (caller = world.a) => world.ok(caller('GET', '/nodes/n1/health'));
    const well = await health();
    assert.deepEqual(
      [well.status, well.bmc.power, well.ports],
      ['ok', 'off', [{ nic: 'eth0', state: 'verified', error: null }]],
    );
    await world.ok(world.operator('PATCH', '/nodes/n1', { maintenance: { on: true, reason: 'a fan' } }));
    assert.equal((await health()).status, 'degraded');
    world.bmc(1).down = true;
    await world.refused(world.a('GET', '/nodes/n1/power?fresh=true'), 503, 'bmc_unreachable');
    const ill = await health();
    assert.deepEqual(
      [ill.status, ill.bmc.reachable, ill.bmc.error.code],
      ['failed', false, 'bmc_unreachable'],
    );
    assert.equal(ill.bmc.power, 'off'); // As it was last read.
    assert.doesNotMatch(JSON.stringify(ill), /bmc-1/);
    world.bmc(1).down = false;
    await world.ok(world.a('GET', '/nodes/n1/power?fresh=true'));
    world.switch.down = true;
    await world.network('net', 'a');
    await world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {});
    const cut = await world.until(async () => {
      const now = await health();
      return now.status === 'failed' && now;
    });
    assert.deepEqual(cut.ports, [{ nic: 'eth0', state: 'failed', error: null }]);
    assert.match((await health(world.operator)).ports[0].error, /s1/);
    world.switch.down = false;
  });
});

describe('an inspection', () => {
  const neighbour = { chassisId: '0c:01:ab:00:00:10', portId: 'swp3', systemName: 'tor1' };
  const facts = {
    system: { vendor: 'QEMU', firmware: 'uefi' },
    cpu: { model: 'Xeon', sockets: 2, threads: 8 },
    memoryBytes: 2 ** 34,
    disks: [{ name: 'sda', bytes: 2 ** 40, rotational: false }],
    nics: [{ name: 'eth0', mac: '52:54:00:00:00:01', link: true, megabits: 10_000, neighbour }],
  };

  it('is reported once with its token, and seen by who sees the node; cables by operators', async () => {
    await using world = await World.open();
    await world.refused(world.a('POST', '/nodes/n1/inspect'), 403, 'operator_only');
    await world.refused(world.a('GET', '/nodes/n1/inspection'), 404, 'inspection_not_found');
    const old = await world.ok(world.operator('POST', '/nodes/n1/inspect'));
    const { token } = await world.ok(world.operator('POST', '/nodes/n1/inspect'));
    const report = (by: string, node = 'n1', more: object = {}) =>
      world.b('POST', `/nodes/${node}/inspection`, { token: by, facts: { ...facts, ...more } });
    for (const answer of [report('guess'), report(old.token), report(token, 'n2'), report('guess', 'n9')]) {
      await world.refused(answer, 403, 'inspection_token_invalid');
    }
    await world.refused(report(token, 'n1', { memoryBytes: -1 }), 400, 'request_invalid');
    await world.refused(
      report(token, 'n1', { disks: Array(300).fill(facts.disks[0]) }),
      400,
      'request_invalid',
    );
    await world.ok(report(token));
    await world.refused(report(token), 403, 'inspection_token_invalid');
    const seen = (await world.ok(world.operator('GET', '/nodes/n1/inspection'))).facts;
    assert.deepEqual(seen, facts);
    const told = (await world.ok(world.a('GET', '/nodes/n1/inspection'))).facts;
    assert.deepEqual(told, { ...facts, nics: facts.nics.map(({ neighbour: _, ...nic }) => nic) });
    await world.allocate('n1', 'a');
    await world.refused(world.b('GET', '/nodes/n1/inspection'), 404, 'node_not_found');
    const audit = JSON.stringify(await world.ok(world.operator('GET', '/audit')));
    assert.ok(!audit.includes(token));
  });

  it('lapses after an hour', async () => {
    await using world = await World.open();
    const { token } = await world.ok(world.operator('POST', '/nodes/n1/inspect'));
    await world.service.context.db.updateTable('inspections').set({ token_expires_at: '2001' }).execute();
    await world.refused(
      world.operator('POST', '/nodes/n1/inspection', { token, facts }),
      403,
      'inspection_token_invalid',
    );
  });
});

describe('changing a node', () => {
  it('a node in maintenance is given to no tenant and says so; an operator may take it, and its holder keeps it', async () => {
    await using world = await World.open();
    await world.allocate('n2', 'b');
    for (const node of ['n1', 'n2']) {
      await world.ok(
        world.operator('PATCH', `/nodes/${node}`, { maintenance: { on: true, reason: 'a fan' } }),
      );
    }
    const refused = await world.refused(
      world.a('POST', '/nodes/n1/allocate', { project: 'a' }),
      409,
      'node_in_maintenance',
    );
    assert.match(refused.message, /a fan/);
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).maintenance, 'a fan');
    await world.ok(world.b('PUT', '/nodes/n2/power', { action: 'on' }));
    await world.done(world.b('POST', '/nodes/n2/release'));
    await world.ok(world.operator('POST', '/nodes/n1/allocate', { project: 'a' }));
    await world.done(world.a('POST', '/nodes/n1/release'));
    await world.ok(world.operator('PATCH', '/nodes/n1', { maintenance: { on: false } }));
    await world.allocate('n1', 'a');
  });

  it('a BMC is changed once the new one answers, and the console goes on there', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const change = (settings: object, caller = world.operator) =>
      caller('PATCH', '/nodes/n1', { bmc: { driver: 'memory', settings } });
    await world.refused(change(world.bmcSettings(2), world.a), 403, 'operator_only');
    await world.refused(change({ ...world.bmcSettings(2), password: 'no' }), 502, 'bmc_wrong_password');
    await world.refused(change({ ...world.bmcSettings(2), address: 'none' }), 503, 'bmc_unreachable');
    await world.refused(change({}), 400, 'settings_invalid');
    await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'on' }));
    assert.deepEqual([world.bmc(1).power, world.bmc(2).power], ['on', 'off']);
    await world.ok(change(world.bmcSettings(2)));
    await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'on' }));
    assert.equal(world.bmc(2).power, 'on');
    await world.until(async () => {
      world.bmc(2).print('here ');
      return String((await world.a('GET', '/nodes/n1/console')).body).includes('here');
    });
    assert.equal(
      (await world.ok(world.operator('PATCH', '/nodes/n1', { firmware: 'bios' }))).firmware,
      'bios',
    );
  });

  it('the owner alone takes its free node, and for others it is not there', async () => {
    await using world = await World.open();
    await world.refused(world.operator('PATCH', '/nodes/n1', { owner: 'none' }), 404, 'project_not_found');
    await world.ok(world.operator('PATCH', '/nodes/n1', { owner: 'a' }));
    const names = async (caller = world.b, query = '') =>
      (await world.ok(caller('GET', `/nodes${query}`))).map(({ name }: Json) => name);
    assert.deepEqual(await names(world.b), ['n2']);
    assert.deepEqual(await names(world.b, '?free=true'), ['n2']);
    assert.deepEqual(await names(world.a, '?free=true'), ['n1', 'n2']);
    assert.deepEqual(
      await world.b('POST', '/nodes/n1/allocate', { project: 'b' }).then(({ status }) => status),
      404,
    );
    await world.refused(world.operator('DELETE', '/projects/a'), 409, 'project_in_use');
    await world.allocate('n1', 'a');
    await world.done(world.a('POST', '/nodes/n1/release'));
    // An operator gives it to whom it likes; the owner sees that it is held, and not by whom.
    await world.ok(world.operator('POST', '/nodes/n1/allocate', { project: 'b' }));
    const seen = await world.ok(world.a('GET', '/nodes/n1'));
    assert.deepEqual([seen.state, seen.project, seen.lease], ['allocated', null, null]);
  });
});
