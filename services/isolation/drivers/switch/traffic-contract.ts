/**
 * What every switch driver promises of real frames, as tests. Part of `switchContract`; skipped where a rig has no
 * wires.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SwitchDriver } from './driver.ts';
import { CLOSED, type PortConfig } from './port.ts';

/** Where frames leave or arrive: a server's NIC, and their tag there (null: no tag). */
export type WireEnd = { port: string; vlan: number | null };

export type SwitchWire = {
  /** Whether an echo goes from one server's NIC to another's and back. */
  talks(from: WireEnd, to: WireEnd): Promise<boolean>;
};

export const native = (vlan: number, isolated = false): PortConfig => ({
  native: vlan,
  tagged: [],
  isolated,
});
export const trunk = (...tagged: number[]): PortConfig => ({ native: null, tagged, isolated: false });
export const mixed = (vlan: number, ...tagged: number[]): PortConfig => ({
  native: vlan,
  tagged,
  isolated: false,
});

export type Skipping = { skip(why: string): void };

type WiredRig = {
  readonly driver: SwitchDriver;
  readonly ports: readonly string[];
  readonly wire?: SwitchWire;
};

/** `set` makes the first ports carry what is given, and nothing else. */
export function trafficContract(rig: () => WiredRig, set: (...configs: PortConfig[]) => Promise<void>): void {
  describe('traffic', { concurrency: 1 }, () => {
    /** `from` and `to` are indices of ports; a tag of null is a frame without one. */
    const talks = (from: number, fromVlan: number | null, to: number, toVlan: number | null) =>
      rig().wire!.talks(
        { port: rig().ports[from]!, vlan: fromVlan },
        { port: rig().ports[to]!, vlan: toVlan },
      );
    const wired = (test: () => Promise<void>) => async (t: Skipping) => {
      if (rig().wire === undefined) t.skip('no wires');
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
      assert.fail(`${rig().ports[from]} (tag ${fromVlan}) does not reach ${rig().ports[to]} (tag ${toVlan})`);
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
        if (!rig().driver.capabilities.tagged) return;
        await set(mixed(10, 20), native(10), native(20), native(30));
        await reach(0, null, 1, null);
        await reach(0, 20, 2, null);
        await none(talks(0, null, 2, null), talks(0, 30, 3, null), talks(1, null, 2, null));
      }),
    );

    it(
      'a port carries tagged networks without a native one',
      wired(async () => {
        if (!rig().driver.capabilities.nativelessTrunk) return;
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
        if (!rig().driver.capabilities.isolatedPorts) return;
        await set(native(10, true), native(10, true), native(10), CLOSED);
        await reach(0, null, 2, null);
        await reach(1, null, 2, null);
        await none(talks(0, null, 1, null), talks(1, null, 0, null));
        await set(native(10), native(10));
        await reach(0, null, 1, null);
      }),
    );
  });
}
