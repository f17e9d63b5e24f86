/**
 * What every switch driver promises, as tests. A driver's own test file calls `switchContract` with a rig; a rig that
 * has wires gets the tests of real traffic too, and any driver of real hardware should have them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import type { SwitchDriver, SwitchSession } from './driver.ts';
import { CLOSED, carries, describePort, isClosed, isUnknown, type PortConfig } from './port.ts';

/** Where frames leave or arrive: a server's NIC, and their tag there (null: no tag). */
export type WireEnd = { port: string; vlan: number | null };

export type SwitchWire = {
  /** Whether an echo goes from one server's NIC to another's and back. */
  talks(from: WireEnd, to: WireEnd): Promise<boolean>;
};

export type SwitchRig = AsyncDisposable & {
  readonly driver: SwitchDriver;
  readonly settings: unknown;
  /** Four ports, cabled to four servers. */
  readonly ports: readonly [string, string, string, string];
  /** A port name that the switch could have but has not. */
  readonly absent: string;
  /** Settings of the right form, at which no switch answers. */
  readonly nowhere: unknown;
  /** Takes the device of a port away, for ever. Left out when the switch has no such state. */
  loseDevice?(port: string): Promise<void>;
  readonly wire?: SwitchWire;
};

const native = (vlan: number, isolated = false): PortConfig => ({ native: vlan, tagged: [], isolated });
const trunk = (...tagged: number[]): PortConfig => ({ native: null, tagged, isolated: false });
const mixed = (vlan: number, ...tagged: number[]): PortConfig => ({ native: vlan, tagged, isolated: false });

const withCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof BullionError, `a BullionError, not ${error}`);
  assert.equal(error.code, code);
  assert.ok(error.hint, 'it says what to do');
  return true;
};

export function switchContract(
  name: string,
  makeRig: () => Promise<SwitchRig>,
  skip: string | false = false,
): void {
  describe(`switch driver ${name}`, { skip, concurrency: 1 }, () => {
    let rig: SwitchRig;
    let session: SwitchSession;
    const end = new AbortController();

    before(async () => {
      rig = await makeRig();
      session = await rig.driver.connect(rig.settings, { signal: end.signal });
    });
    after(async () => {
      await session?.close();
      await rig?.[Symbol.asyncDispose]();
    });

    /** Applies, and holds the switch to it by reading back. */
    async function set(...configs: PortConfig[]): Promise<void> {
      const wanted = new Map(configs.map((config, index) => [rig.ports[index]!, config]));
      assert.deepEqual(await session.apply(wanted), new Map());
      const states = await session.read([...wanted.keys()]);
      for (const [port, config] of wanted) {
        const state = states.get(port)!;
        assert.ok(
          carries(state, config),
          `${port}: wanted ${describePort(config)}, has ${describePort(state)}`,
        );
      }
    }

    const capable =
      (capability: keyof SwitchDriver['capabilities'], test: () => Promise<void>) => async (t: Skipping) => {
        if (rig.driver.capabilities[capability]) await test();
        else t.skip(`the switch has no ${capability}`);
      };

    describe('configuration', { concurrency: 1 }, () => {
      it('its capabilities and its methods agree', () => {
        assert.equal(session.save !== undefined, rig.driver.capabilities.saveConfig);
        assert.equal(session.counters !== undefined, rig.driver.capabilities.portCounters);
      });

      it('lists its ports', async () => {
        const ports = await session.listPorts();
        for (const port of rig.ports) assert.ok(ports.includes(port), `${port} in ${ports}`);
        assert.ok(!ports.includes(rig.absent));
        for (const port of ports) rig.driver.portNameSchema.parse(port);
      });

      it('a port that nobody configured is not taken for a closed one', async () => {
        const states = await session.read(rig.ports);
        assert.equal(states.size, rig.ports.length);
        for (const state of states.values()) assert.ok(!isClosed(state));
      });

      it('a closed port reads as closed', async () => {
        await set(CLOSED, CLOSED, CLOSED, CLOSED);
        for (const state of (await session.read(rig.ports)).values()) assert.ok(isClosed(state));
        // Whether a closed port is isolated means nothing, so saying otherwise changes nothing.
        await set({ native: null, tagged: [], isolated: false });
      });

      it('a native network is read back', () => set(native(10), native(4094)));

      it(
        'tagged networks beside a native one are read back',
        capable('tagged', () => set(mixed(10, 20, 30), mixed(1, 4094))),
      );

      it(
        'tagged networks alone are read back',
        capable('nativelessTrunk', () => set(trunk(20), trunk(30, 20, 4000))),
      );

      it(
        'an isolated port is read back',
        capable('isolatedPorts', () => set(native(10, true), native(10, true), native(10))),
      );

      it('every change is exact: nothing of what was there before stays', async () => {
        const { tagged, nativelessTrunk } = rig.driver.capabilities;
        if (tagged) await set(mixed(10, 20, 30));
        await set(native(20));
        if (nativelessTrunk) await set(trunk(10));
        await set(native(10));
        await set(CLOSED);
      });

      it('the same change twice is no error', async () => {
        await set(native(11));
        await set(native(11));
      });

      it('a port that is not on the switch is refused by name, and the others are changed', async () => {
        const failures = await session.apply(
          new Map([
            [rig.ports[0], native(12)],
            [rig.absent, native(12)],
          ]),
        );
        assert.deepEqual([...failures.keys()], [rig.absent]);
        withCode('port_not_on_switch')(failures.get(rig.absent));
        const states = await session.read([rig.ports[0], rig.absent]);
        assert.ok(carries(states.get(rig.ports[0])!, native(12)));
        const state = states.get(rig.absent)!;
        assert.ok(isUnknown(state) && state.code === 'port_not_on_switch');
      });

      it('a configuration that cannot be meant is refused, and changes nothing', async () => {
        await set(native(13));
        for (const config of [native(0), native(4095), native(1.5), mixed(10, 10), trunk(20, 20)]) {
          const failures = await session.apply(new Map([[rig.ports[0], config]]));
          withCode('port_config_invalid')(failures.get(rig.ports[0]));
        }
        assert.ok(carries((await session.read([rig.ports[0]])).get(rig.ports[0])!, native(13)));
      });

      it('nothing to do is done at once', async () => {
        assert.equal((await session.apply(new Map())).size, 0);
        assert.equal((await session.read([])).size, 0);
      });

      it('changes of two sessions at once are both taken', async () => {
        const other = await rig.driver.connect(rig.settings, { signal: end.signal });
        try {
          for (let round = 0; round < 5; round++) {
            const results = await Promise.all([
              session.apply(new Map([[rig.ports[0], native(100 + round)]])),
              other.apply(new Map([[rig.ports[1], native(200 + round)]])),
            ]);
            assert.deepEqual(results, [new Map(), new Map()]);
            const states = await other.read(rig.ports);
            assert.ok(carries(states.get(rig.ports[0])!, native(100 + round)));
            assert.ok(carries(states.get(rig.ports[1])!, native(200 + round)));
          }
        } finally {
          await other.close();
        }
      });

      it(
        'the configuration can be saved',
        capable('saveConfig', async () => await session.save!()),
      );

      it(
        'ports have counters',
        capable('portCounters', async () => {
          const counters = await session.counters!([...rig.ports, rig.absent]);
          assert.deepEqual([...counters.keys()].sort(), [...rig.ports].sort());
          for (const one of counters.values()) for (const value of Object.values(one)) assert.ok(value >= 0);
        }),
      );
    });

    describe('traffic', { concurrency: 1 }, () => {
      /** `from` and `to` are indices of ports; a tag of null is a frame without one. */
      const talks = (from: number, fromVlan: number | null, to: number, toVlan: number | null) =>
        rig.wire!.talks({ port: rig.ports[from]!, vlan: fromVlan }, { port: rig.ports[to]!, vlan: toVlan });
      const wired = (test: () => Promise<void>) => async (t: Skipping) => {
        if (rig.wire === undefined) t.skip('no wires');
        else await test();
      };
      /** Patient: the first frames may be lost to ARP, or to a machine that is busy. */
      async function reach(
        from: number,
        fromVlan: number | null,
        to: number,
        toVlan: number | null,
      ): Promise<void> {
        for (let tries = 0; tries < 5; tries++) if (await talks(from, fromVlan, to, toVlan)) return;
        assert.fail(`${rig.ports[from]} (tag ${fromVlan}) does not reach ${rig.ports[to]} (tag ${toVlan})`);
      }
      async function none(...pairs: Promise<boolean>[]): Promise<void> {
        assert.deepEqual(
          await Promise.all(pairs),
          pairs.map(() => false),
        );
      }

      it(
        'servers on one network talk, and a closed port carries no VLAN',
        wired(async () => {
          await set(native(10), native(10), CLOSED, CLOSED);
          await reach(0, null, 1, null);
          await none(
            talks(0, null, 2, null),
            talks(2, null, 1, null),
            talks(0, null, 2, 10),
            talks(2, 10, 0, null),
            talks(2, null, 3, null),
            talks(2, 10, 3, 10),
          );
          await set(native(10), CLOSED);
          await none(talks(0, null, 1, null), talks(1, null, 0, null));
        }),
      );

      it(
        'servers on different networks do not talk, whatever tags they make up',
        wired(async () => {
          await set(native(10), native(20), native(20), CLOSED);
          await reach(1, null, 2, null);
          await none(
            talks(0, null, 1, null),
            talks(1, null, 0, null),
            talks(0, 20, 1, null),
            talks(0, 20, 1, 20),
          );
        }),
      );

      it(
        'a port carries tagged networks beside its native one',
        wired(async () => {
          if (!rig.driver.capabilities.tagged) return;
          await set(mixed(10, 20), native(10), native(20), native(30));
          await reach(0, null, 1, null);
          await reach(0, 20, 2, null);
          await none(talks(0, null, 2, null), talks(0, 30, 3, null), talks(1, null, 2, null));
        }),
      );

      it(
        'a port carries tagged networks without a native one',
        wired(async () => {
          if (!rig.driver.capabilities.nativelessTrunk) return;
          await set(trunk(10, 20), native(10), native(20), CLOSED);
          await reach(0, 10, 1, null);
          await reach(0, 20, 2, null);
          await none(talks(0, null, 1, null), talks(0, null, 2, null));
        }),
      );

      it(
        'a port moves from one network to another while it is in use',
        wired(async () => {
          await set(native(10), native(10), native(20), CLOSED);
          await reach(0, null, 1, null);
          await set(native(20));
          await reach(0, null, 2, null);
          await none(talks(0, null, 1, null), talks(1, null, 0, null));
        }),
      );

      it(
        'isolated ports of one network reach a port that is not isolated, and never each other',
        wired(async () => {
          if (!rig.driver.capabilities.isolatedPorts) return;
          await set(native(10, true), native(10, true), native(10), CLOSED);
          await reach(0, null, 2, null);
          await reach(1, null, 2, null);
          await none(talks(0, null, 1, null), talks(1, null, 0, null));
          await set(native(10), native(10));
          await reach(0, null, 1, null);
        }),
      );
    });

    describe('failure', { concurrency: 1 }, () => {
      it('settings that are not valid are refused before anything is tried', async () => {
        for (const settings of [null, {}, { ...(rig.settings as object), surprise: 1 }]) {
          await assert.rejects(
            rig.driver.connect(settings, { signal: end.signal }),
            withCode('switch_settings_invalid'),
          );
        }
      });

      it('a switch that is not there is unreachable', async () => {
        const connecting = rig.driver.connect(rig.nowhere, { signal: end.signal, timeoutMs: 500 });
        await assert.rejects(connecting, withCode('switch_unreachable'));
      });

      it('a session that was aborted or closed is unreachable, and closing it again is no error', async () => {
        const abort = new AbortController();
        const aborted = await rig.driver.connect(rig.settings, { signal: abort.signal });
        abort.abort();
        await assert.rejects(aborted.read([]), withCode('switch_unreachable'));
        await aborted.close();
        await assert.rejects(
          rig.driver.connect(rig.settings, { signal: abort.signal }),
          withCode('switch_unreachable'),
        );
        const closed = await rig.driver.connect(rig.settings, { signal: end.signal });
        await closed.close();
        await closed.close();
        await assert.rejects(closed.listPorts(), withCode('switch_unreachable'));
      });

      it('a port whose device is missing is unknown, and fails by name without hurting the others', async (t) => {
        if (rig.loseDevice === undefined) return t.skip('the switch has no such state');
        const [kept, , , lost] = rig.ports;
        await set(CLOSED, CLOSED, CLOSED, CLOSED);
        await rig.loseDevice(lost);
        const failures = await session.apply(
          new Map([
            [lost, native(10)],
            [kept, native(10)],
          ]),
        );
        assert.deepEqual([...failures.keys()], [lost]);
        withCode('port_device_missing')(failures.get(lost));
        const states = await session.read([lost, kept]);
        const state = states.get(lost)!;
        assert.ok(isUnknown(state) && state.code === 'port_device_missing');
        assert.ok(carries(states.get(kept)!, native(10)));
      });
    });
  });
}

type Skipping = { skip(why: string): void };
