import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addressesOf, fdbSchema, lldpSchema, neighboursOf } from './learned.ts';

const PORTS = new Set(['swp1', 'swp2']);

it('only what the bridge learned on its ports counts', () => {
  const mac = '52:54:00:12:34:56';
  const fdb = fdbSchema.parse([
    { mac, ifname: 'swp1', vlan: 10, flags: [], master: 'br0', state: '' },
    { mac: '02:00:00:00:00:01', ifname: 'swp1', flags: [], master: 'br0', state: 'permanent' },
    { mac: '02:00:00:00:00:02', ifname: 'swp1', vlan: 10, flags: [], master: 'br0', state: 'static' },
    { mac: '33:33:00:00:00:01', ifname: 'swp1', flags: ['self'], state: 'permanent' },
    { mac: '02:00:00:00:00:03', ifname: 'swp2', flags: ['self'], state: '' },
    { mac: '02:00:00:00:00:04', ifname: 'swp2', master: 'br1', state: '' },
    { mac: '02:00:00:00:00:05', ifname: 'vxlan7', vlan: 10, master: 'br0' },
    { mac: '02:00:00:00:00:06', ifname: 'swp2', master: 'br0' },
  ]);
  assert.deepEqual(addressesOf(fdb, 'br0', PORTS), [
    { port: 'swp1', mac, vlan: 10 },
    { port: 'swp2', mac: '02:00:00:00:00:06', vlan: null },
  ]);
});

it('neighbours of other devices are not those of the switch, and nobody is nobody', () => {
  const heard = (name: string, system: object) => ({
    ...{ name, via: 'LLDP', rid: '1', age: '0 day, 00:00:31' },
    chassis: [{ id: [{ type: 'mac', value: '52:54:00:12:34:56' }], ...system }],
    port: [{ id: [{ type: 'ifname', value: 'eth0' }], ttl: [{ value: '120' }] }],
  });
  const told = {
    lldp: [
      { interface: [heard('swp1', { name: [{ value: 'node7' }] }), heard('swp1', {}), heard('eth0', {})] },
    ],
  };
  const neighbour = { chassisId: '52:54:00:12:34:56', portId: 'eth0' };
  assert.deepEqual(
    neighboursOf(lldpSchema.parse(told), PORTS),
    new Map([
      [
        'swp1',
        [
          { ...neighbour, systemName: 'node7' },
          { ...neighbour, systemName: null },
        ],
      ],
    ]),
  );
  // As lldpd 1.0.16 prints it.
  assert.equal(neighboursOf(lldpSchema.parse({ lldp: [{}] }), PORTS).size, 0);
});
