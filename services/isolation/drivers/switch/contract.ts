/**
 * What every switch driver promises, as tests. A driver's own test file calls `switchContract` with a rig; a rig that
 * has wires gets the tests of real traffic too, and any driver of real hardware should have them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service/errors';
import type { Neighbour, SwitchDriver, SwitchSession } from './driver.ts';
import { CLOSED, carries, describePort, isClosed, isUnknown, type PortConfig } from './port.ts';
import { mixed, native, type Skipping, type SwitchWire, trafficContract, trunk } from './traffic-contract.ts';

export type { SwitchWire, WireEnd } from './traffic-contract.ts';

/** A server that is to be found: what its port hears of it. */
export type Cabled = {
  readonly port: string;
  readonly neighbour: Neighbour;
  readonly mac: string;
  readonly vlan: number;
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
  /** For a switch that is emulated, and slow on a busy machine. */
  readonly timeoutMs?: number;
  /**
   * Has a server make itself heard on a port that carries `vlan` natively, for a driver that tells of neighbours or of
   * addresses. Whatever the driver does not tell of may be left out.
   */
  cabled?(heard: Cabled): void | Promise<void>;
};

/** Not of QEMU's own addresses: an emulated switch has those itself. */
const HEARD = {
  neighbour: { chassisId: '0c:c4:7a:12:34:56', portId: '0c:c4:7a:12:34:57', systemName: 'node7.rack' },
  mac: '0c:c4:7a:12:34:57',
  vlan: 10,
} as const;

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
    const connect = ({ signal } = end) =>
      rig.driver.connect(rig.settings, { signal, timeoutMs: rig.timeoutMs ?? 20_000 });

    before(async () => {
      rig = await makeRig();
      session = await connect();
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
        assert.equal(session.neighbours !== undefined, rig.driver.capabilities.neighbours ?? false);
        assert.equal(session.addresses !== undefined, rig.driver.capabilities.addresses ?? false);
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
        const other = await connect();
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

      it(
        'whoever is cabled to a port is told as its neighbour, and nobody as that of another',
        capable('neighbours', async () => {
          const [port] = rig.ports;
          await set(native(HEARD.vlan), CLOSED, CLOSED, CLOSED);
          await rig.cabled!({ ...HEARD, port });
          assert.deepEqual(await session.neighbours!(), new Map([[port, [HEARD.neighbour]]]));
        }),
      );

      it(
        'an address is told of the port that learned it, in one form on all makes',
        capable('addresses', async () => {
          const [port] = rig.ports;
          await set(native(HEARD.vlan), CLOSED, CLOSED, CLOSED);
          await rig.cabled!({ ...HEARD, port });
          const told = async () => (await session.addresses!()).filter(({ mac }) => mac === HEARD.mac);
          // Patient: a frame is on its way for a while.
          let learned = await told();
          for (let tries = 0; learned.length === 0 && tries < 20; tries++) {
            await sleep(100);
            learned = await told();
          }
          assert.deepEqual(learned, [{ port, mac: HEARD.mac, vlan: HEARD.vlan }]);
        }),
      );
    });

    trafficContract(() => rig, set);

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
        const aborted = await connect(abort);
        abort.abort();
        await assert.rejects(aborted.read([]), withCode('switch_unreachable'));
        await aborted.close();
        await assert.rejects(
          rig.driver.connect(rig.settings, { signal: abort.signal }),
          withCode('switch_unreachable'),
        );
        const closed = await connect();
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
