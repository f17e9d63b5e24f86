import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { World } from './testing/world.ts';

describe('registering', () => {
  const newNode = (more: object = {}) => ({
    name: 'n9',
    firmware: 'bios',
    bmc: { driver: 'memory', settings: { address: 'bmc-1', username: 'admin', password: 'secret' } },
    nics: [],
    ...more,
  });
  const nic = (more: object = {}) => ({ name: 'eth0', mac: '52:54:00:99:99:99', ...more });

  it('a switch with wrong settings, an unknown driver or no answer is refused and not kept', async () => {
    await using world = await World.open();
    const add = (body: object) =>
      world.operator('POST', '/switches', { name: 's2', driver: 'memory', ...body });
    const wrong = await world.refused(add({ settings: { nome: 's1' } }), 400, 'settings_invalid');
    assert.match(wrong.message, /name/);
    await world.refused(add({ settings: { name: 's1', surprise: 1 } }), 400, 'settings_invalid');
    await world.refused(add({ driver: 'telnet', settings: {} }), 400, 'driver_not_found');
    await world.refused(add({ settings: { name: 'nowhere' } }), 503, 'switch_unreachable');
    await world.refused(add({ name: 's1', settings: { name: 's1' } }), 409, 'switch_exists');
    assert.equal((await world.ok(world.operator('GET', '/switches'))).length, 1);
  });

  it('a node with wrong settings is refused and not kept, and no secret is told', async () => {
    await using world = await World.open();
    const settings = { address: 'bmc-1', username: 'admin', password: 7 };
    const wrong = await world.refused(
      world.operator('POST', '/nodes', newNode({ bmc: { driver: 'memory', settings } })),
      400,
      'settings_invalid',
    );
    assert.match(wrong.message, /password/);
    await world.refused(
      world.operator('POST', '/nodes', newNode({ bmc: { driver: 'pigeon', settings } })),
      400,
      'driver_not_found',
    );
    await world.refused(world.operator('GET', '/nodes/n9'), 404, 'node_not_found');
    const shown = JSON.stringify(await world.ok(world.operator('GET', '/nodes')));
    assert.doesNotMatch(shown, /secret|admin|bmc/);
  });

  it('a NIC on a port that is taken, unknown, or half given is refused, and the node with it', async () => {
    await using world = await World.open();
    for (const [wrong, status, code] of [
      [{ switch: 's1', port: 'p1' }, 409, 'port_in_use'],
      [{ switch: 's1', port: 'p9' }, 404, 'port_not_found'],
      [{ switch: 's9', port: 'p1' }, 404, 'switch_not_found'],
      [{ switch: 's1' }, 400, 'nic_half_cabled'],
      [{ mac: '52:54:00:00:00:01' }, 409, 'mac_in_use'],
      [{ mac: '52-54-00-00-00-01' }, 409, 'mac_in_use'],
      [{ mac: 'no' }, 400, 'request_invalid'],
    ] as const) {
      await world.refused(world.operator('POST', '/nodes', newNode({ nics: [nic(wrong)] })), status, code);
    }
    await world.refused(
      world.operator('POST', '/nodes', newNode({ nics: [nic(), nic({ mac: '52:54:00:99:99:98' })] })),
      409,
      'nic_exists',
    );
    await world.refused(world.operator('POST', '/nodes', newNode({ name: 'n1' })), 409, 'node_exists');
    assert.equal((await world.ok(world.operator('GET', '/nodes'))).length, 2);
  });

  it('what is in use cannot be deleted, what is unknown cannot either', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    const remove = (path: string) => world.operator('DELETE', path);
    await world.refused(remove('/nodes/n1'), 409, 'node_allocated');
    await world.refused(remove('/nodes/n1/nics/eth0'), 409, 'node_allocated');
    await world.refused(remove('/switches/s1/ports/p1'), 409, 'port_in_use');
    await world.refused(remove('/switches/s1'), 409, 'switch_in_use');
    await world.refused(remove('/projects/a'), 409, 'project_in_use');
    await world.refused(remove('/nodes/n9'), 404, 'node_not_found');
    await world.refused(remove('/nodes/n2/nics/eth9'), 404, 'nic_not_found');
    await world.refused(remove('/switches/s1/ports/p9'), 404, 'port_not_found');
    await world.refused(remove('/switches/s9/ports/p1'), 404, 'switch_not_found');
    await world.refused(remove('/switches/s9'), 404, 'switch_not_found');
    await world.refused(remove('/networks/none'), 404, 'network_not_found');
    await world.refused(world.operator('PUT', '/switches/s1/ports/p1'), 409, 'port_exists');
    await world.refused(world.operator('POST', '/projects', { name: 'a' }), 409, 'project_exists');
  });

  it('a port is closed before anything else, and its name may hold slashes', async () => {
    await using world = await World.open({ nodes: 0 });
    world.switch.addPort('gi1/0/1');
    await world.ok(world.operator('PUT', '/switches/s1/ports/gi1%2F0%2F1'));
    const port = await world.until(async () => {
      const port = await world.port('gi1/0/1');
      return port.state === 'verified' && port;
    });
    assert.equal(port.observed, 'closed');
    await world.ok(world.operator('DELETE', '/switches/s1/ports/gi1%2F0%2F1'));
    assert.equal(await world.port('gi1/0/1'), undefined);
  });

  it('a port that the switch has not says so, and its node is given to nobody', async () => {
    await using world = await World.open({ nodes: 0 });
    await world.ok(world.operator('PUT', '/switches/s1/ports/p7'));
    const port = await world.until(async () => {
      const port = await world.port('p7');
      return port.state === 'failed' && port;
    });
    assert.match(port.error, /no port "p7"/);
  });

  it('VLANs come from the pool, each once, and run out with a word', async () => {
    await using world = await World.open({ vlanPool: { first: 100, last: 101 } });
    assert.equal(await world.network('one', 'a'), 100);
    assert.equal(await world.network('two', 'a'), 101);
    await world.refused(
      world.a('POST', '/networks', { name: 'three', project: 'a' }),
      503,
      'vlans_exhausted',
    );
    await world.refused(world.a('POST', '/networks', { name: 'one', project: 'a' }), 409, 'network_exists');
    await world.refused(
      world.operator('POST', '/networks', { name: 'x', project: null, vlan: 100 }),
      409,
      'vlan_in_use',
    );
    await world.ok(world.a('DELETE', '/networks/one'));
    assert.equal(await world.network('three', 'a'), 100);
  });
});
