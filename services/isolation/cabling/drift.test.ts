/** What somebody else changes on a switch: repaired or reported by policy, never left open, and shown by a diff. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSED, type PortState } from '../drivers/switch/port.ts';
import { type Json, World } from '../testing/world.ts';

const on = (node: string, network: string) => `/nodes/${node}/nics/eth0/networks/${network}`;
const native = (vlan: number): PortState => ({ native: vlan, tagged: [], isolated: false });

/** Node n1 of `a` on `net`; drift is looked for all the time. */
async function driftWorld(drift: 'repair' | 'report'): Promise<World & { vlan: number }> {
  const world = await World.open({ reconciler: { driftIntervalMs: 10, retryMs: 5, retryMaxMs: 10 } });
  await world.ok(world.operator('PATCH', '/switches/s1', { drift }));
  await world.allocate('n1', 'a');
  const vlan = await world.network('net', 'a');
  await world.done(world.a('PUT', on('n1', 'net'), {}));
  return Object.assign(world, { vlan });
}

const drifted = (world: World) =>
  world.until(async () => {
    const port = await world.port('p1');
    return port.state === 'drifted' && port;
  });
const attachment = async (world: World) =>
  (await world.ok(world.a('GET', '/nodes/n1'))).nics[0].networks[0]?.state;
const kinds = async (world: World) =>
  (await world.ok(world.operator('GET', '/events')))
    .filter(({ subject }: Json) => subject === 'port/s1/p1')
    .map(({ kind }: Json) => kind);

describe('a switch whose drift is reported', () => {
  it('a port that was closed by hand stays closed, is told once, and is opened by a repair', async () => {
    await using world = await driftWorld('report');
    world.switch.drift('p1', CLOSED);
    const port = await drifted(world);
    assert.deepEqual([port.wanted, port.observed], [`native ${world.vlan}`, 'closed']);
    assert.match(port.error, /somebody else made it closed/);
    await sleep(100);
    assert.equal(world.switch.state('p1'), CLOSED);
    assert.equal(await attachment(world), 'attaching');
    await world.restart();
    await drifted(world);
    await sleep(50);
    assert.deepEqual(await kinds(world), ['port.added', 'port.drifted']);
    const operation = await world.done(world.operator('POST', '/switches/s1/repair', { port: 'p1' }));
    assert.deepEqual([operation.kind, operation.project], ['switch.repair', null]);
    assert.deepEqual(world.switch.state('p1'), native(world.vlan));
    assert.equal(await attachment(world), 'attached');
  });

  for (const [what, found] of [
    ['moved to another VLAN', native(7)],
    ['opened to every VLAN', { unknown: 'it carries every VLAN', code: 'port_carries_all_vlans' }],
  ] as [string, PortState][]) {
    it(`a port that was ${what} is closed at once, and stays so`, async () => {
      await using world = await driftWorld('report');
      world.switch.drift('p1', found);
      await drifted(world);
      assert.deepEqual(world.switch.state('p1'), CLOSED);
      await sleep(50);
      assert.deepEqual(world.switch.state('p1'), CLOSED);
    });
  }

  it('a VLAN too much is taken off, and the networks that are right stay', async () => {
    await using world = await driftWorld('report');
    const other = await world.network('net-b', 'b');
    world.switch.drift('p1', { native: world.vlan, tagged: [other], isolated: false });
    await world.until(async () => (await world.events('port.drift_repaired')).length === 1);
    assert.deepEqual(world.switch.state('p1'), native(world.vlan));
    assert.equal((await world.port('p1')).state, 'verified');
  });

  it('a request for the port waits for the operator where it adds, and not where it takes away', async () => {
    await using world = await driftWorld('report');
    await world.network('more', 'a');
    world.switch.drift('p1', CLOSED);
    await drifted(world);
    const { operation } = await world.ok(world.a('PUT', on('n1', 'more'), { mode: 'tagged' }));
    const waiting = await world.until(async () => {
      const found = await world.ok(world.a('GET', `/operations/${operation}`));
      return found.steps.at(-1)?.note && found;
    });
    assert.match(waiting.steps.at(-1).note, /port_drifted/);
    assert.deepEqual(world.switch.state('p1'), CLOSED);
    await world.done(world.a('POST', '/nodes/n1/release'));
    assert.equal((await world.port('p1')).state, 'verified');
  });

  it('is repaired when the policy is', async () => {
    await using world = await driftWorld('report');
    world.switch.drift('p1', CLOSED);
    await drifted(world);
    await world.ok(world.operator('PATCH', '/switches/s1', { drift: 'repair' }));
    await world.until(async () => (await attachment(world)) === 'attached');
    assert.deepEqual(await kinds(world), ['port.added', 'port.drifted', 'port.drift_repaired']);
    assert.equal((await world.ok(world.operator('GET', '/switches')))[0].drift, 'repair');
  });

  it('a repair of a switch takes all its ports that are in doubt, and of a port that is not there is refused', async () => {
    await using world = await driftWorld('report');
    await world.allocate('n2', 'a');
    await world.done(world.a('PUT', on('n2', 'net'), {}));
    for (const port of ['p1', 'p2']) world.switch.drift(port, CLOSED);
    await drifted(world);
    await world.until(async () => (await world.port('p2')).state === 'drifted');
    const nothing = world.operator('POST', '/switches/s1/repair', { port: 'p9' });
    await world.refused(nothing, 404, 'port_not_found');
    await world.refused(world.operator('POST', '/switches/s9/repair', {}), 404, 'switch_not_found');
    await world.done(world.operator('POST', '/switches/s1/repair', {}));
    for (const port of ['p1', 'p2']) assert.deepEqual(world.switch.state(port), native(world.vlan));
  });
});

describe('the diff of a switch', () => {
  it('is empty where all is as it should be, and reads the switch now', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const vlan = await world.network('net', 'a');
    await world.done(world.a('PUT', on('n1', 'net'), {}));
    const same = { switch: 's1', drift: 'repair', read: 2, ports: [], unregistered: [] };
    assert.deepEqual(await world.ok(world.operator('GET', '/switches/s1/diff')), same);
    // Long before the next reading of the reconciler.
    world.switch.drift('p1', { native: 7, tagged: [vlan], isolated: false });
    world.switch.addPort('uplink');
    world.switch.addPort('spare');
    world.switch.drift('spare', CLOSED);
    const { ports, unregistered } = await world.ok(world.operator('GET', '/switches/s1/diff'));
    assert.deepEqual(ports, [
      {
        ...{ name: 'p1', nic: 'n1/eth0', state: 'verified' },
        ...{ wanted: `native ${vlan}`, found: `native 7, tagged ${vlan}` },
      },
    ]);
    assert.deepEqual(unregistered, [
      { name: 'uplink', found: 'unknown (it carries every VLAN)', networks: ['a/net'] },
    ]);
    assert.equal(world.switch.applied.at(-1)!.has('p1'), true);
    assert.deepEqual(world.switch.state('p1'), { native: 7, tagged: [vlan], isolated: false });
  });

  it('of a switch that does not answer fails, and is not shown to tenants', async () => {
    await using world = await World.open();
    world.switch.down = true;
    await world.refused(world.operator('GET', '/switches/s1/diff'), 503, 'switch_unreachable');
    await world.refused(world.operator('GET', '/switches/s9/diff'), 404, 'switch_not_found');
    await world.refused(world.a('GET', '/switches/s1/diff'), 403, 'operator_only');
    await world.refused(world.a('POST', '/switches/s1/repair', {}), 403, 'operator_only');
  });
});
