import assert from 'node:assert/strict';
import { it } from 'node:test';
import { httpsSuite, native } from '../https/testing/suite.ts';
import { CLOSED, isClosed, isUnknown, type PortConfig } from '../port.ts';
import { os9Driver } from './driver.ts';
import { fromApi, spoken } from './names.ts';
import { snapshotOf } from './ports.ts';
import { addressesOf, neighboursOf } from './readings.ts';
import { answerOs9, FakeOs9 } from './testing/fake.ts';

const PORTS = [
  'GigabitEthernet1/1',
  'GigabitEthernet1/2',
  'TenGigabitEthernet1/49',
  'TenGigabitEthernet1/50/1',
] as const;
const [FIRST] = ['GigabitEthernet 1/1'];
const make = {
  driver: os9Driver,
  ports: PORTS,
  absent: 'GigabitEthernet1/9',
  create: (ports: readonly string[]) => new FakeOs9(ports),
  answer: answerOs9,
};
const mixed = (vlan: number, ...tagged: number[]): PortConfig => ({ native: vlan, tagged, isolated: false });

httpsSuite(make, (lab) => {
  const apply = async (config: PortConfig) =>
    assert.deepEqual(await lab().session.apply(new Map([[PORTS[0], config]])), new Map());
  const read = async () => (await lab().session.read([PORTS[0]])).get(PORTS[0])!;

  it('a port on its way from one network to another is never up in VLAN 1, nor in both', async () => {
    const { device } = lab();
    const seen = new Set<string>();
    device.watch = () => {
      const { untagged, tagged } = device.members(FIRST!);
      if (!device.ports.get(FIRST!)!.shutdown) seen.add(JSON.stringify([untagged, tagged]));
    };
    const steps = [CLOSED, native(10), native(20), mixed(20, 30, 40), mixed(50, 40), native(10), CLOSED];
    for (const config of steps) await apply(config);
    device.watch = () => {};
    const between = [
      [[20], [30]],
      [[20], []],
    ].map((one) => JSON.stringify(one));
    const wanted = steps.map(({ native: vlan, tagged }) =>
      JSON.stringify([vlan === null ? [] : [vlan], tagged]),
    );
    for (const one of seen) assert.ok([...wanted, ...between].includes(one), one);
  });

  it('tagged networks come and go without the port going down', async () => {
    const { device } = lab();
    await apply(mixed(10, 20));
    device.batches.length = 0;
    await apply(mixed(10, 30));
    assert.deepEqual(device.batches, [
      [
        'interface vlan 20',
        `no tagged ${FIRST}`,
        'exit',
        'interface vlan 30',
        `tagged ${FIRST}`,
        'exit',
      ].join('\r\n'),
    ]);
  });

  it('more commands than fit a request are several requests', async () => {
    const { device } = lab();
    device.batches.length = 0;
    await apply(mixed(10, ...Array.from({ length: 40 }, (_, index) => 100 + index)));
    assert.ok(device.batches.length > 1 && device.batches.every(({ length }) => length <= 1000));
    await apply(CLOSED);
  });

  it('a trunk without a native network is refused', async () => {
    const failures = await lab().session.apply(
      new Map([[PORTS[0], { native: null, tagged: [20], isolated: false }]]),
    );
    assert.equal(failures.get(PORTS[0])!.code, 'switch_capability_missing');
  });

  it('the default VLAN is carried untagged, and refused tagged', async () => {
    await apply(mixed(1, 20));
    assert.deepEqual(await read(), mixed(1, 20));
    const failures = await lab().session.apply(new Map([[PORTS[0], mixed(20, 1)]]));
    assert.equal(failures.get(PORTS[0])!.code, 'port_config_invalid');
  });

  it('a switchport that is not hybrid is read as it is, and made anew', async () => {
    const { device } = lab();
    await apply(CLOSED);
    Object.assign(device.ports.get(FIRST!)!, { switchport: true, hybrid: false, shutdown: false });
    device.vlans.set(33, { untagged: new Set(), tagged: new Set([FIRST!]) });
    assert.deepEqual(await read(), { native: null, tagged: [33], isolated: false });
    await apply(mixed(10, 33));
    assert.deepEqual(await read(), mixed(10, 33));
  });

  it('VLANs that others put on a port make it foreign', async () => {
    const { device } = lab();
    await apply(native(10));
    device.odd.set(FIRST!, 'V       99');
    const state = await read();
    assert.ok(isUnknown(state) && state.code === 'port_config_foreign');
    device.odd.clear();
  });

  it('a routed port is left alone', async () => {
    const { device, session } = lab();
    await apply(CLOSED);
    Object.assign(device.ports.get(FIRST!)!, { address: true, shutdown: false });
    const failures = await session.apply(new Map([[PORTS[0], native(10)]]));
    assert.match(failures.get(PORTS[0])!.message, /not ours to change: it has an IP address/);
    Object.assign(device.ports.get(FIRST!)!, { address: false });
  });

  it('a command that fails is told with the words of the switch', async () => {
    const { device, session } = lab();
    device.watch = () => {
      throw new Error('Vlan 10 is reserved');
    };
    await assert.rejects(session.apply(new Map([[PORTS[0], native(10)]])), (error: Error) => {
      assert.match(error.message, /`interface GigabitEthernet 1\/1` on: % Error: Vlan 10 is reserved/);
      return true;
    });
    device.watch = () => {};
  });
});

it('names are the same port in commands, tables and data', () => {
  assert.equal(spoken('Te 1/49'), 'TenGigabitEthernet1/49');
  assert.equal(spoken('TenGigabitEthernet 1/50/1', ' '), 'TenGigabitEthernet 1/50/1');
  assert.equal(fromApi('gige-1-3'), 'GigabitEthernet1/3');
  for (const text of ['Vlan 10', 'Po 1', 'Ma 1/1', 'Gi 1/1 no shutdown'])
    assert.equal(spoken(text), undefined);
  for (const text of ['vlan-10', 'mgmt-0-0', 'gige-']) assert.equal(fromApi(text), undefined);
});

it('what does not say that it is shut down is not understood, rather than read as up or as closed', () => {
  assert.throws(() => snapshotOf({ 'dell:interfaces': { interface: [{ name: 'gige-1-1' }] } }, ''));
  assert.throws(() => snapshotOf({}, ''));
  const up = { name: 'gige-1-1', shutdown: false, switchport: null };
  const { states } = snapshotOf({ interfaces: { interface: [up] } }, 'show interfaces switchport');
  assert.ok(!isClosed(states.get(PORTS[0])!));
});

it('several neighbours of a port, and tables without any, are read', () => {
  const one = (chassis: string) =>
    `Remote Chassis ID Subtype: Locally assigned (7)\n Remote Chassis ID:  ${chassis}\n Remote Port ID:  eth0\n Local Port ID: TenGigabitEthernet 1/49\n`;
  const heard = neighboursOf(`${one('820972080')}${one('leaf 3')} Remote System Name:  leaf-3\n`);
  assert.deepEqual(heard.get(PORTS[2]), [
    { chassisId: '820972080', portId: 'eth0', systemName: null },
    { chassisId: 'leaf 3', portId: 'eth0', systemName: 'leaf-3' },
  ]);
  assert.deepEqual([neighboursOf('').size, addressesOf('Dell#')], [0, []]);
});
