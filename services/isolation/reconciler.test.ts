import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import { switchFailed } from './drivers/switch/errors.ts';
import { MemorySwitch } from './drivers/switch/memory.ts';
import { CLOSED, isClosed } from './drivers/switch/port.ts';
import { type Json, World, type WorldOptions } from './testing/world.ts';

/** Both nodes held by `a`, with a network `net`. With two switches each node is on its own. */
async function twoNodes(options: WorldOptions = {}): Promise<World & { vlan: number }> {
  const world = await World.open(options);
  for (const node of ['n1', 'n2']) await world.allocate(node, 'a');
  return Object.assign(world, { vlan: await world.network('net', 'a') });
}

const on = (node: string, network = 'net') => `/nodes/${node}/nics/eth0/networks/${network}`;
const attachments = async (world: World, node: string) =>
  (await world.ok(world.a('GET', `/nodes/${node}`))).nics[0].networks.map(({ state }: Json) => state);

describe('a switch that is down', () => {
  it('delays its own ports alone, says why, and is served when it is back', async () => {
    const switches = [new MemorySwitch('s1'), new MemorySwitch('s2')];
    await using world = await twoNodes({ switches });
    switches[0]!.down = true;
    const { operation } = await world.ok(world.a('PUT', on('n1'), {}));
    await world.done(world.a('PUT', on('n2'), {}));
    const waiting = await world.until(async () => {
      const found = await world.ok(world.a('GET', `/operations/${operation}`));
      return found.steps.at(-1)?.note && found;
    });
    assert.equal(waiting.state, 'running');
    assert.match(waiting.steps.at(-1).note, /the switch does not answer .*switch_unreachable/);
    assert.deepEqual(await attachments(world, 'n1'), ['attaching']);
    assert.match((await world.port('p1', 's1')).error, /down/);
    switches[0]!.down = false;
    const ended = await world.ok(world.a('GET', `/operations/${operation}?wait=10`));
    assert.equal(ended.state, 'succeeded');
    assert.equal((await world.port('p1', 's1')).error, null);
  });

  it('its ports are in doubt, and what a power cut took back is repaired and told', async () => {
    await using world = await twoNodes({ reconciler: { driftIntervalMs: 20 } });
    await world.done(world.a('PUT', on('n1'), {}));
    world.switch.down = true;
    await world.until(async () => (await attachments(world, 'n1'))[0] === 'attaching');
    for (const port of ['p1', 'p2']) world.switch.drift(port);
    world.switch.down = false;
    await world.until(async () => (await attachments(world, 'n1'))[0] === 'attached');
    await world.until(async () => isClosed(world.switch.state('p2')));
    const repaired = await world.until(async () => {
      const events = await world.events('port.drift_repaired');
      return events.length >= 2 && events;
    });
    assert.deepEqual(repaired.map(({ subject }) => subject).sort(), ['port/s1/p1', 'port/s1/p2']);
    assert.match(repaired[0].data.found, /every VLAN/);
  });

  it('a call that hangs is given up, and another session is tried', async () => {
    let hanging = false;
    const never = new Promise<never>(() => {});
    const hang = (driver: SwitchDriver): SwitchDriver => ({
      ...driver,
      async connect(settings, options) {
        const session = await driver.connect(settings, options);
        const { read, close } = { read: session.read.bind(session), close: session.close.bind(session) };
        return Object.assign(session, {
          read: (ports: readonly string[]) => (hanging ? never : read(ports)),
          close: () => (hanging ? never : close()),
        });
      },
    });
    await using world = await twoNodes({ switchDriver: hang, reconciler: { callTimeoutMs: 50 } });
    hanging = true;
    const attached = world.a('PUT', on('n1'), {});
    await attached;
    await world.until(async () => /did not read its ports within/.test((await world.port('p1')).error ?? ''));
    hanging = false;
    await world.done(attached);
  });
});

describe('what cannot be verified', () => {
  it('a port that drifted is repaired on the next reading, and it is told', async () => {
    await using world = await twoNodes({ reconciler: { driftIntervalMs: 30 } });
    await world.done(world.a('PUT', on('n1'), {}));
    world.switch.drift('p1', { native: 7, tagged: [8], isolated: false });
    const [event] = await world.until(async () => {
      const events = await world.events('port.drift_repaired');
      return events.length > 0 && events;
    });
    assert.deepEqual(event.data, { found: 'native 7, tagged 8', wanted: `native ${world.vlan}` });
    assert.deepEqual(world.switch.state('p1'), { native: world.vlan, tagged: [], isolated: false });
    assert.equal((await world.events('port.drift_repaired')).length, 1);
  });

  it('a switch that answers as it should is left alone', async () => {
    await using world = await twoNodes({ reconciler: { driftIntervalMs: 10 } });
    await world.done(world.a('PUT', on('n1'), {}));
    const writes = world.switch.applied.length;
    await sleep(200);
    assert.equal(world.switch.applied.length, writes);
    assert.equal(world.switch.connections, 2); // One of the registration, one that is kept.
  });

  it('a port that cannot be made as wanted, and may carry more, is closed', async () => {
    await using world = await twoNodes({ reconciler: { driftIntervalMs: 10, retryMs: 50, retryMaxMs: 50 } });
    await world.done(world.a('PUT', on('n1'), {}));
    // The switch takes no VLAN on this port any more, but a closing it takes.
    const { write } = world.switch;
    world.switch.write = function (changes) {
      const [taken, refused] = [new Map(), new Map()];
      for (const [port, config] of changes) {
        if (isClosed(config)) taken.set(port, config);
        else refused.set(port, switchFailed('s1', 'no VLAN is left'));
      }
      return new Map([...write.call(this, taken), ...refused]);
    };
    world.switch.drift('p1', { native: 99, tagged: [], isolated: false });
    await world.until(async () => isClosed(world.switch.state('p1')));
    const port = await world.until(async () => {
      const port = await world.port('p1');
      return port.state === 'failed' && port;
    });
    assert.match(port.error, /no VLAN is left/);
    assert.deepEqual(await attachments(world, 'n1'), ['attaching']);
    await sleep(200);
    assert.equal((await world.events('port.drifted')).length, 1);
    world.switch.write = write;
    await world.until(async () => (await attachments(world, 'n1'))[0] === 'attached');
  });

  it('a change that is refused does not cost the networks that work', async () => {
    await using world = await twoNodes();
    await world.done(world.a('PUT', on('n1'), {}));
    await world.network('more', 'a');
    world.switch.refusedPorts.set('p1', switchFailed('s1', 'too many VLANs'));
    const { operation } = await world.ok(world.a('PUT', on('n1', 'more'), { mode: 'tagged' }));
    await world.until(async () => (await world.port('p1')).state === 'failed');
    assert.deepEqual(world.switch.state('p1'), { native: world.vlan, tagged: [], isolated: false });
    world.switch.refusedPorts.clear();
    assert.equal((await world.ok(world.a('GET', `/operations/${operation}?wait=10`))).state, 'succeeded');
  });

  it('a batch that fails half way is done in the end', async () => {
    await using world = await twoNodes();
    world.switch.failAppliesHalfway = 2;
    world.switch.failApplies = 1;
    await Promise.all([world.done(world.a('PUT', on('n1'), {})), world.done(world.a('PUT', on('n2'), {}))]);
  });

  it('what was applied is saved before it counts', async () => {
    await using world = await twoNodes();
    await world.done(world.a('PUT', on('n1'), {}));
    world.switch.powerCut();
    assert.deepEqual(world.switch.state('p1'), { native: world.vlan, tagged: [], isolated: false });
    assert.equal(world.switch.state('p2'), CLOSED);
  });
});

describe('the work of the reconciler', () => {
  it('ports that are moved at once go in few writes', async () => {
    await using world = await World.open({ nodes: 20 });
    await world.network('net', 'a');
    for (let number = 1; number <= 20; number++) await world.allocate(`n${number}`, 'a');
    const writes = world.switch.applied.length;
    world.switch.latencyMs = 20;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => world.done(world.a('PUT', on(`n${index + 1}`), {}))),
    );
    assert.ok(world.switch.applied.length - writes <= 10, `${world.switch.applied.length - writes} writes`);
  });

  it('a version that is raised while another is being applied is not taken for done', async () => {
    await using world = await twoNodes();
    world.switch.latencyMs = 15;
    for (let round = 0; round < 5; round++) {
      const attached = world.a('PUT', on('n1'), {});
      await attached;
      await sleep(Math.random() * 50);
      await world.done(world.a('DELETE', on('n1')));
      assert.equal(world.switch.state('p1'), CLOSED);
    }
  });

  it('a switch that is deleted and registered anew under its name is another switch', async () => {
    const switches = [new MemorySwitch('s1'), new MemorySwitch('s2')];
    await using world = await World.open({ switches, nodes: 0 });
    for (const [switchName, port] of [
      ['s1', 'p1'],
      ['s2', 'p1'],
    ] as const) {
      switches.find(({ name }) => name === switchName)!.addPort(port);
    }
    const register = async (behind: string) => {
      await world.ok(
        world.operator('POST', '/switches', { name: 'x', driver: 'memory', settings: { name: behind } }),
      );
      await world.ok(world.operator('PUT', '/switches/x/ports/p1'));
      await world.until(async () => (await world.port('p1', 'x')).state === 'verified');
    };
    await register('s1');
    await world.ok(world.operator('DELETE', '/switches/x/ports/p1'));
    await world.ok(world.operator('DELETE', '/switches/x'));
    assert.equal(switches[1]!.applied.length, 0);
    await register('s2');
    assert.equal(switches[1]!.applied.length, 1);
  });

  it('a port that is deleted while it is being applied is forgotten', async () => {
    await using world = await World.open({ nodes: 0 });
    world.switch.addPort('p1');
    world.switch.latencyMs = 30;
    for (let round = 0; round < 3; round++) {
      await world.ok(world.operator('PUT', '/switches/s1/ports/p1'));
      await world.ok(world.operator('DELETE', '/switches/s1/ports/p1'));
      await sleep(20);
    }
    assert.deepEqual(await world.ok(world.operator('GET', '/switches/s1/ports')), []);
    await world.ok(world.operator('DELETE', '/switches/s1'));
  });

  it('an idle reconciler asks neither the switch nor the database', async () => {
    await using world = await twoNodes({ leases: { checkMs: 60_000 } });
    await world.done(world.a('PUT', on('n1'), {}));
    let queries = 0;
    const { db } = world.service.context;
    const { selectFrom } = db;
    db.selectFrom = function (this: typeof db, ...args: Parameters<typeof selectFrom>) {
      queries++;
      return selectFrom.apply(this, args);
    } as typeof selectFrom;
    await sleep(200);
    assert.equal(queries, 0);
  });
});
