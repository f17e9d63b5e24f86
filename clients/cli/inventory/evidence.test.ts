import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evidence, type Facts, type Heard } from './evidence.ts';

const MAC = '52:54:00:00:00:01';
const port = (name: string, port: string, ...addresses: string[]): Heard => ({
  ...{ switch: name, port, registered: true, addresses },
});
const facts = (neighbour: { chassisId: string; portId: string; systemName?: string }): Facts => ({
  ...{ system: {}, cpu: { sockets: 1, threads: 1 }, memoryBytes: 0, disks: [] },
  nics: [{ name: 'eth0', mac: MAC, link: true, neighbour }],
});

test('a NIC is at the port that learned it and nearly nobody else, not at the uplinks on its way', () => {
  const evidence = new Evidence([
    port('tor1', 'swp1', MAC),
    port('tor2', 'uplink', MAC, '52:54:00:00:00:02', '52:54:00:00:00:03'),
    port('tor1', 'swp2'),
  ]);
  assert.deepEqual(evidence.of(MAC, undefined), { switch: 'tor1', port: 'swp1' });
  assert.equal(evidence.of('52:54:00:00:00:09', undefined), undefined);
});

test('a NIC that was met at two ports alike is believed at neither', () => {
  const evidence = new Evidence([port('tor1', 'swp1', MAC), port('tor2', 'swp1', MAC)]);
  assert.equal(evidence.of(MAC, undefined), undefined);
});

test('what the server heard by LLDP counts first', () => {
  const evidence = new Evidence([port('tor1', 'swp1', MAC), port('tor1', 'swp2'), port('tor2', 'swp2')]);
  const heard = facts({ chassisId: 'x', portId: 'swp2', systemName: 'tor2' });
  assert.deepEqual(evidence.of(MAC, heard), { switch: 'tor2', port: 'swp2' });
});

test('a switch without a name is known by its port, where no other has one of that name', () => {
  const heard = facts({ chassisId: '0c:00:00:00:00:01', portId: 'node1-nic0' });
  const one = [port('tor1', 'node1-nic0'), port('tor2', 'node2-nic0')];
  assert.deepEqual(new Evidence(one).of(MAC, heard), { switch: 'tor1', port: 'node1-nic0' });
  assert.equal(new Evidence([...one, port('tor2', 'node1-nic0')]).of(MAC, heard), undefined);
});

test('a switch that tells no addresses witnesses nothing', () => {
  const silent: Heard = { switch: 'tor1', port: 'swp1', registered: true, addresses: null };
  assert.equal(new Evidence([silent]).of(MAC, undefined), undefined);
});
