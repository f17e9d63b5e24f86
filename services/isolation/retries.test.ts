/** Work that cannot be done yet: tried again later and later, in order, and at nobody else's cost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import { MemorySwitch } from './drivers/switch/memory.ts';
import { CLOSED } from './drivers/switch/port.ts';
import { World } from './testing/world.ts';

const on = (node: string, network: string) => `/nodes/${node}/nics/eth0/networks/${network}`;

/** Notes when each connection to the switch `of` is tried. */
function watch(of: string, tries: number[]) {
  return (driver: SwitchDriver): SwitchDriver => ({
    ...driver,
    connect(settings, options) {
      if ((settings as { name: string }).name === of) tries.push(performance.now());
      return driver.connect(settings, options);
    },
  });
}

describe('a switch that does not answer', () => {
  it('is tried later and later, up to the longest wait', async () => {
    const tries: number[] = [];
    const reconciler = { retryMs: 20, retryMaxMs: 160 };
    await using world = await World.open({ reconciler, switchDriver: watch('s1', tries) });
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    world.switch.down = true;
    await world.ok(world.a('PUT', on('n1', 'net'), {}));
    // The session that was there fails first; then the connections do.
    tries.length = 0;
    await world.until(async () => tries.length >= 7);
    const waits = tries.slice(1).map((at, index) => Math.round(at - tries[index]!));
    // A wait of w is 0.75 to 1.25 w, and a busy machine adds to it.
    for (const [index, wait] of waits.entries()) {
      const least = 0.75 * Math.min(160, 20 * 2 ** index);
      assert.ok(wait >= least - 2, `wait ${index} of ${waits} is at least ${least} ms`);
    }
  });

  it('delays no other switch, not even while a call to it hangs', async () => {
    const switches = [new MemorySwitch('s1'), new MemorySwitch('s2')];
    await using world = await World.open({ switches, reconciler: { callTimeoutMs: 2000 } });
    for (const node of ['n1', 'n2']) await world.allocate(node, 'a');
    await world.network('net', 'a');
    const moveThere = async () => {
      const begin = performance.now();
      await world.done(world.a('PUT', on('n2', 'net'), {}));
      await world.done(world.a('DELETE', on('n2', 'net')));
      return performance.now() - begin;
    };
    await moveThere();
    switches[0]!.latencyMs = 60_000;
    await world.ok(world.a('PUT', on('n1', 'net'), {}));
    // Two seconds are what a call may hang; a tenth of that says that nobody waited for it.
    const times = [];
    for (let move = 0; move < 5; move++) times.push(await moveThere());
    assert.ok(Math.min(...times) < 1000, `moves took ${times}`);
    switches[0]!.latencyMs = 0;
  });
});

describe('several requests for one NIC', () => {
  it('while its switch is away end as asked last, and each operation says what came of it', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const vlans = [await world.network('one', 'a'), await world.network('two', 'a')];
    world.switch.down = true;
    const begin = async (method: 'PUT' | 'DELETE', network: string, mode = 'native') => {
      const body = method === 'PUT' ? { mode } : undefined;
      const { operation } = await world.ok(world.a(method, on('n1', network), body));
      return operation as string;
    };
    const superseded = await begin('PUT', 'one');
    const detached = await begin('DELETE', 'one');
    const native = await begin('PUT', 'two');
    await sleep(30);
    assert.equal(world.switch.state('p1'), CLOSED);
    world.switch.down = false;
    const ended = async (operation: string) => {
      const { state, error } = await world.ok(world.a('GET', `/operations/${operation}?wait=10`));
      return [state, error?.code];
    };
    assert.deepEqual(await ended(superseded), ['failed', 'attachment_superseded']);
    assert.deepEqual(await ended(detached), ['succeeded', undefined]);
    assert.deepEqual(await ended(native), ['succeeded', undefined]);
    assert.deepEqual(world.switch.state('p1'), { native: vlans[1], tagged: [], isolated: false });
    // The first network was never on the port: what was asked and taken back meanwhile is not carried out.
    const carried = world.switch.applied.flatMap((changes) => [...changes.values()]);
    assert.ok(!carried.some((config) => config.native === vlans[0]));
  });

  it('are carried out in the order that they were asked in, while earlier ones are being carried out', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const base = await world.network('base', 'a');
    const vlans: number[] = [];
    for (let number = 0; number < 6; number++) vlans.push(await world.network(`n${number}`, 'a'));
    world.switch.latencyMs = 3;
    const begun: string[] = [];
    const begin = async (method: 'PUT' | 'DELETE', network: string, mode?: string) => {
      const body = method === 'PUT' ? { mode } : undefined;
      begun.push((await world.ok(world.a(method, on('n1', network), body))).operation);
    };
    await begin('PUT', 'base', 'native');
    for (let number = 0; number < 6; number++) {
      await begin('PUT', `n${number}`, 'tagged');
      if (number % 2 === 1) await begin('DELETE', `n${number - 1}`);
      await sleep(Math.random() * 10);
    }
    for (const operation of begun) await world.service.context.operations.wait(operation, 10_000);
    const tagged = vlans.filter((_, number) => number % 2 === 1).sort((a, b) => a - b);
    assert.deepEqual(world.switch.state('p1'), { native: base, tagged, isolated: false });
  });
});
