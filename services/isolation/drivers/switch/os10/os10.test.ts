import assert from 'node:assert/strict';
import { it } from 'node:test';
import { httpsSuite, native } from '../https/testing/suite.ts';
import { CLOSED, isClosed, isUnknown } from '../port.ts';
import { os10Driver } from './driver.ts';
import { changesOf, snapshotOf } from './interfaces.ts';
import { addressesOf, countersOf, neighboursOf } from './readings.ts';
import { answerRestconf, FakeOs10 } from './testing/fake.ts';

const PORTS = ['ethernet1/1/1', 'ethernet1/1/2', 'ethernet1/1/25:1', 'port-channel7'] as const;
const make = {
  driver: os10Driver,
  ports: PORTS,
  absent: 'ethernet1/1/9',
  create: (ports: readonly string[]) => new FakeOs10(ports),
  answer: answerRestconf,
};

httpsSuite(make, (lab) => {
  it('a batch is two merges, and a delete for each VLAN that a port leaves', async () => {
    const { device, session } = lab();
    const trunk = { native: null, tagged: [20, 21], isolated: false };
    await session.apply(new Map(PORTS.map((port) => [port, { ...trunk, native: 7 }])));
    device.log.length = 0;
    await session.apply(
      new Map([
        [PORTS[0], native(20)],
        [PORTS[1], { ...trunk, tagged: [21, 30] }],
        [PORTS[2], { ...trunk, native: 8 }],
      ]),
    );
    const on = 'ietf-interfaces:interfaces/interface';
    assert.deepEqual(device.log, [
      `DELETE ${on}=vlan20/dell-interface:tagged-ports=ethernet1%2F1%2F1`,
      `DELETE ${on}=vlan21/dell-interface:tagged-ports=ethernet1%2F1%2F1`,
      `DELETE ${on}=vlan20/dell-interface:tagged-ports=ethernet1%2F1%2F2`,
      `DELETE ${on}=vlan7/dell-interface:untagged-ports=ethernet1%2F1%2F2`,
      'PATCH ietf-interfaces:interfaces',
    ]);
  });

  it('an access port is closed without ever falling back to VLAN 1', async () => {
    const { device, session } = lab();
    const port = device.interfaces.get(PORTS[3])!;
    await session.apply(new Map([[PORTS[3], native(10)]]));
    delete port['dell-interface:mode'];
    assert.deepEqual((await session.read([PORTS[3]])).get(PORTS[3]), native(10));
    await session.apply(new Map([[PORTS[3], CLOSED]]));
    assert.ok(isClosed((await session.read([PORTS[3]])).get(PORTS[3])!));
    assert.ok(!device.interfaces.get('vlan1')!['dell-interface:untagged-ports']!.includes(PORTS[3]));
  });

  it('a mode that we do not use is told as it is, and left alone', async () => {
    const { device, session } = lab();
    device.interfaces.get(PORTS[3])!['dell-interface:mode'] = 'MODE_L2DISABLED';
    const state = (await session.read([PORTS[3]])).get(PORTS[3])!;
    assert.ok(isUnknown(state) && state.code === 'port_config_foreign');
    const failures = await session.apply(new Map([[PORTS[3], CLOSED]]));
    assert.match(failures.get(PORTS[3])!.message, /not ours to change: its mode is MODE_L2DISABLED/);
    device.interfaces.get(PORTS[3])!['dell-interface:mode'] = 'MODE_L2HYBRID';
  });

  it('a port that somebody else took off a VLAN meanwhile is no failure', async () => {
    const { device, session } = lab();
    await session.apply(new Map([[PORTS[0], { native: 10, tagged: [20], isolated: false }]]));
    const leave = device.leave.bind(device);
    device.leave = (...member) => {
      leave(...member);
      leave(...member);
    };
    assert.deepEqual(await session.apply(new Map([[PORTS[0], native(10)]])), new Map());
    device.leave = leave;
  });

  it('what the switch refuses is told with its own words', async () => {
    const { device, session } = lab();
    await session.apply(new Map([[PORTS[0], CLOSED]]));
    device.refuse = 'VLAN 99 is reserved';
    await assert.rejects(session.apply(new Map([[PORTS[0], native(99)]])), (error: Error) => {
      assert.match(error.message, /PATCH .*HTTP 400, VLAN 99 is reserved/);
      return true;
    });
    device.refuse = undefined;
  });
});

const shown = (...interfaces: object[]) => ({ 'ietf-interfaces:interfaces': { interface: interfaces } });
const port = { name: PORTS[0], type: 'iana-if-type:ethernetCsmacd' };
const vlan = (id: number, lists: object) => ({ name: `vlan${id}`, type: 'iana-if-type:l2vlan', ...lists });

it('a port is never read as closed while it could carry something', () => {
  const untagged = { 'dell-interface:untagged-ports': [PORTS[0]] };
  const tagged = { 'dell-interface:tagged-ports': [PORTS[0]] };
  const cases = [
    shown(port),
    shown(port, vlan(7, tagged)),
    shown(port, vlan(7, untagged), vlan(8, tagged)),
    shown({ ...port, 'dell-interface:mode': 'MODE_L2HYBRID' }, vlan(7, untagged), vlan(8, untagged)),
    shown({ ...port, 'dell-interface:mode': 'MODE_L3' }),
  ];
  for (const one of cases) {
    const state = snapshotOf(one).states.get(PORTS[0])!;
    assert.ok(isUnknown(state) && state.code === 'port_config_foreign', JSON.stringify(one));
  }
});

it('a list of ports that holds something else is not understood, rather than read as shorter', () => {
  const ranged = { 'dell-interface:untagged-ports': ['ethernet1/1/1-1/1/4'] };
  assert.throws(() => snapshotOf(shown(port, vlan(7, ranged))));
  assert.throws(() => snapshotOf(shown(vlan(4095, {}))));
  for (const parse of [snapshotOf, countersOf, neighboursOf, addressesOf]) assert.throws(() => parse({}));
});

it('a port that is as it should be needs nothing', () => {
  const before = snapshotOf(shown({ ...port, 'dell-interface:mode': 'MODE_L2HYBRID' }));
  const { modes, removals, members } = changesOf(new Map([[PORTS[0], CLOSED]]), before);
  assert.deepEqual([modes, removals, members], [undefined, [], undefined]);
});

it('ids of neighbours that are text are read as text', () => {
  const text = (words: string) => Buffer.from(words).toString('base64');
  const info = {
    ...{ 'rem-lldp-chassis-id': text('leaf-3'), 'rem-lldp-chassis-id-subtype': 'locally-assigned' },
    ...{ 'rem-lldp-port-id': text('Eth1/49'), 'rem-lldp-port-subtype': 'interface-name' },
  };
  const state = [{ name: PORTS[0], 'dell-lldp:lldp-rem-neighbor-info': { info: [info] } }];
  const heard = neighboursOf({ 'ietf-interfaces:interfaces-state': { interface: state } });
  assert.deepEqual(heard.get(PORTS[0]), [{ chassisId: 'leaf-3', portId: 'Eth1/49', systemName: null }]);
});
