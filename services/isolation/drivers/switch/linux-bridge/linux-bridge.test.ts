/** The everyday check: one boot, one walk through what matters. `linux-bridge.slow.test.ts` has the contract and the rest. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { CLOSED, isClosed, isUnknown, type PortConfig } from '../port.ts';
import { linuxBridgeDriver } from './driver.ts';
import { LinuxSwitch, PORTS, whyNot } from './testing/machine.ts';

const skip = await whyNot();
let machine: LinuxSwitch | undefined;
after(() => machine?.[Symbol.asyncDispose]());

it('a Linux switch carries what it should, tells so, and drops the rest', { skip }, async () => {
  machine = await LinuxSwitch.boot();
  const { settings, wire } = machine;
  const { signal } = new AbortController();
  const session = await linuxBridgeDriver.connect(settings, { signal, timeoutMs: 10_000 });
  const fresh = await session.read(PORTS);
  assert.ok([...fresh.values()].every((state) => !isClosed(state)));

  const native: PortConfig = { native: 10, tagged: [], isolated: false };
  const trunk: PortConfig = { native: null, tagged: [10, 20], isolated: false };
  const wanted = new Map([
    ['swp1', native],
    ['swp2', trunk],
    ['swp3', CLOSED],
    ['swp4', { ...native, native: 20 }],
  ]);
  const failures = await session.apply(new Map([...wanted, ['swp9', CLOSED]]));
  assert.deepEqual([...failures.keys()], ['swp9']);
  assert.deepEqual(await session.read([...wanted.keys()]), wanted);
  const lost = (await session.read(['swp9'])).get('swp9')!;
  assert.ok(isUnknown(lost) && lost.code === 'port_not_on_switch');

  const end = (port: string, vlan: number | null) => ({ port, vlan });
  assert.ok(await wire.talks(end('swp1', null), end('swp2', 10)));
  const leaks = [
    wire.talks(end('swp1', null), end('swp3', null)),
    wire.talks(end('swp3', null), end('swp1', null)),
    wire.talks(end('swp1', null), end('swp4', null)),
    wire.talks(end('swp2', null), end('swp1', null)),
  ];
  assert.deepEqual(await Promise.all(leaks), [false, false, false, false]);

  await session.save!();
  assert.ok((await session.counters!(['swp1'])).get('swp1')!.inFrames > 0);
  assert.ok((await session.addresses!()).some(({ port, vlan }) => port === 'swp1' && vlan === 10));
  await session.close();
});
