/** What the drivers of both makes with Cisco's command language promise, each against its own fake. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SwitchDriver } from '../../driver.ts';
import type { Answered, Asked } from '../../https/testing/server.ts';
import { httpsSuite, type Lab, native } from '../../https/testing/suite.ts';
import { CLOSED, isUnknown } from '../../port.ts';
import { FakeCli } from './fake-cli.ts';

export type Make = {
  readonly driver: SwitchDriver;
  readonly ports: readonly [string, string, string, string];
  readonly absent: string;
  /** The make's wire protocol, in front of a command line. */
  answer(cli: FakeCli, asked: Asked): Answered;
};

/** `more` adds tests of the make's own; it is called with a function that gives the running lab. */
export function cliSuite(make: Make, more: (lab: () => Lab<FakeCli>) => void): void {
  const { ports } = make;
  const create = (names: readonly string[]) => new FakeCli(names);
  httpsSuite({ ...make, settings: { unusedVlan: 3999 }, create }, (lab) => {
    it('every port of an apply is in one request, and its VLANs are made first', async () => {
      const { device, session } = lab();
      device.log.length = 0;
      const trunk = { native: null, tagged: [20, 21, 22, 30], isolated: false };
      await session.apply(
        new Map([
          [ports[0], trunk],
          [ports[1], native(10)],
          [ports[2], CLOSED],
        ]),
      );
      assert.deepEqual(device.log, [
        'vlan 10,20-22,30',
        'exit',
        `interface ${ports[0]}`,
        'switchport trunk allowed vlan 20-22,30',
        'switchport trunk native vlan 3999',
        'switchport mode trunk',
        'exit',
        `interface ${ports[1]}`,
        'switchport access vlan 10',
        'switchport mode access',
        'exit',
        `interface ${ports[2]}`,
        'switchport trunk allowed vlan none',
        'switchport trunk native vlan 3999',
        'switchport mode trunk',
        'exit',
      ]);
    });

    it('a trunk of every VLAN and a mode that we do not use are told as they are', async () => {
      const { device, session } = lab();
      const port = device.ports.get(ports[3])!;
      port.mode = 'trunk';
      port.allowed = Array.from({ length: 4094 }, (_, index) => index + 1);
      const open = (await session.read([ports[3]])).get(ports[3])!;
      assert.ok(isUnknown(open) && open.code === 'port_carries_all_vlans');
      port.mode = 'dot1q-tunnel';
      const foreign = (await session.read([ports[3]])).get(ports[3])!;
      assert.ok(isUnknown(foreign) && foreign.code === 'port_config_foreign');
      port.mode = 'access';
    });

    it('a routed port is left alone, and said to be, without hurting the others', async () => {
      const { device, session } = lab();
      device.ports.get(ports[3])!.routed = true;
      const failures = await session.apply(
        new Map([
          [ports[3], native(10)],
          [ports[0], native(11)],
        ]),
      );
      assert.deepEqual([...failures.keys()], [ports[3]]);
      assert.equal(failures.get(ports[3])!.code, 'switch_failed');
      assert.deepEqual((await session.read([ports[0]])).get(ports[0]), native(11));
      device.ports.get(ports[3])!.routed = false;
    });

    it('the VLAN that is kept unused is given to no port', async () => {
      for (const config of [native(3999), { native: null, tagged: [3999], isolated: false }]) {
        const failures = await lab().session.apply(new Map([[ports[0], config]]));
        assert.equal(failures.get(ports[0])!.code, 'port_config_invalid');
      }
    });

    it('where nobody is cabled nothing is told', async () => {
      const { session } = lab();
      assert.deepEqual(await session.neighbours!(), new Map());
      assert.deepEqual(await session.addresses!(), []);
    });

    more(lab);
  });
}
