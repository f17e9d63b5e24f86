import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Answer, type Json, World } from './testing/world.ts';

/** What cannot be told apart: the answers, but for the name that was asked for. */
function assertSame(one: Answer, oneName: string, other: Answer, otherName: string): void {
  const blank = (answer: Answer, name: string) => JSON.stringify(answer).replaceAll(name, 'NAME');
  assert.equal(blank(one, oneName), blank(other, otherName));
}

describe('what a member may see and do', () => {
  it("another project's node is no different from one that is not there", async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net-b', 'b');
    const requests = [
      ['GET', '/nodes/NODE'],
      ['DELETE', '/nodes/NODE'],
      ['POST', '/nodes/NODE/nics', { name: 'x', mac: '52:54:00:ff:ff:ff' }],
      ['DELETE', '/nodes/NODE/nics/eth0'],
      ['POST', '/nodes/NODE/allocate', { project: 'b' }],
      ['POST', '/nodes/NODE/allocate', { project: 'a' }],
      ['POST', '/nodes/NODE/release'],
      ['GET', '/nodes/NODE/power'],
      ['PUT', '/nodes/NODE/power', { action: 'on' }],
      ['PUT', '/nodes/NODE/boot-device', { device: 'disk' }],
      ['GET', '/nodes/NODE/console'],
      ['GET', '/nodes/NODE/console?follow=true'],
      ['POST', '/nodes/NODE/console', { keys: 'x' }],
      ['PUT', '/nodes/NODE/nics/eth0/networks/net-b', {}],
      ['DELETE', '/nodes/NODE/nics/eth0/networks/net-b'],
    ] as const;
    for (const [method, path, body] of requests) {
      const held = await world.b(method, path.replace('NODE', 'n1'), body);
      const absent = await world.b(method, path.replace('NODE', 'n9'), body);
      assert.ok(held.status === 404 || held.status === 403, `${method} ${path} ${held.status}`);
      assertSame(held, 'n1', absent, 'n9');
    }
    assert.deepEqual(
      (await world.ok(world.b('GET', '/nodes'))).map(({ name }: Json) => name),
      ['n2'],
    );
    assert.equal(world.bmc(1).actions.length, 0);
  });

  it("another project's network is no different from one that is not there", async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.allocate('n2', 'b');
    await world.network('secret', 'a');
    const requests = [
      ['GET', '/networks/NET'],
      ['DELETE', '/networks/NET'],
      ['PUT', '/networks/NET/access/b'],
      ['DELETE', '/networks/NET/access/b'],
      ['DELETE', '/networks/NET/access/a'],
      ['PUT', '/nodes/n2/nics/eth0/networks/NET', {}],
      ['DELETE', '/nodes/n2/nics/eth0/networks/NET'],
    ] as const;
    for (const [method, path, body] of requests) {
      const hidden = await world.b(method, path.replace('NET', 'secret'), body);
      const absent = await world.b(method, path.replace('NET', 'nowhere'), body);
      assert.equal(hidden.status, 404, `${method} ${path}`);
      assertSame(hidden, 'secret', absent, 'nowhere');
    }
    assert.deepEqual(await world.ok(world.b('GET', '/networks')), []);
  });

  it("another project's operations and events are not there", async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net-a', 'a');
    const { id } = await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net-a', {}));
    const absentId = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    assertSame(
      await world.b('GET', `/operations/${id}`),
      id,
      await world.b('GET', `/operations/${absentId}`),
      absentId,
    );
    assert.equal((await world.a('GET', `/operations/${id}`)).status, 200);
    const seen = (await world.ok(world.b('GET', '/events'))).map(({ project }: Json) => project);
    assert.deepEqual([...new Set(seen)], ['b']);
  });

  it('a project is told of itself alone, and cannot act for another', async () => {
    await using world = await World.open();
    assert.deepEqual(await world.ok(world.b('GET', '/projects')), [{ name: 'b' }]);
    for (const project of ['a', 'nobody']) {
      await world.refused(
        world.b('POST', `/projects/${project}/tokens`, { label: 'x' }),
        404,
        'project_not_found',
      );
      await world.refused(world.b('POST', '/networks', { name: 'x', project }), 404, 'project_not_found');
      await world.refused(world.b('POST', '/nodes/n1/allocate', { project }), 404, 'project_not_found');
    }
  });

  it('only an operator registers, sees cables and VLANs, and makes networks of its own', async () => {
    await using world = await World.open();
    const requests = [
      ['POST', '/projects', { name: 'c' }],
      ['DELETE', '/projects/b'],
      ['POST', '/switches', { name: 's2', driver: 'memory', settings: { name: 's1' } }],
      ['GET', '/switches'],
      ['DELETE', '/switches/s1'],
      ['GET', '/switches/s1/ports'],
      ['PUT', '/switches/s1/ports/p9'],
      ['DELETE', '/switches/s1/ports/p1'],
      ['POST', '/nodes', { name: 'n9', firmware: 'bios', bmc: { driver: 'memory', settings: {} } }],
      ['DELETE', '/nodes/n1'],
      ['POST', '/networks', { name: 'x', project: null }],
      ['POST', '/networks', { name: 'x', project: 'b', vlan: 7 }],
      ['POST', '/networks', { name: 'x', project: 'b', public: true }],
    ] as const;
    for (const [method, path, body] of requests) {
      await world.refused(world.b(method, path, body), 403, 'operator_only');
    }
    await world.network('net-b', 'b');
    assert.equal('vlan' in (await world.ok(world.b('GET', '/networks/net-b'))), false);
    const [nic] = (await world.ok(world.b('GET', '/nodes/n1'))).nics;
    assert.deepEqual(nic, { name: 'eth0', mac: '52:54:00:00:00:01', networks: [] });
  });

  it('a service moves any node, but registers nothing and makes no tokens', async () => {
    await using world = await World.open();
    const service = world.caller(await world.service.createToken('service', 'provisioning'));
    await world.allocate('n1', 'a');
    await world.network('boot', null, { isolated: true });
    await world.done(service('PUT', '/nodes/n1/nics/eth0/networks/boot', {}));
    await world.refused(service('POST', '/projects', { name: 'c' }), 403, 'operator_only');
    await world.refused(service('POST', '/projects/a/tokens', { label: 'x' }), 403, 'operator_only');
    await world.refused(service('GET', '/switches'), 403, 'operator_only');
  });

  it('a network is shared by its owner: the guest attaches, sees itself alone, and can leave', async () => {
    await using world = await World.open();
    await world.network('shared', 'a');
    await world.allocate('n1', 'a');
    await world.allocate('n2', 'b');
    await world.ok(world.operator('POST', '/projects', { name: 'c' }));
    for (const project of ['b', 'b', 'c'])
      await world.ok(world.a('PUT', `/networks/shared/access/${project}`));
    assert.equal((await world.events('network.access_granted')).length, 2);
    assert.deepEqual((await world.ok(world.a('GET', '/networks/shared'))).access, ['b', 'c']);
    assert.deepEqual((await world.ok(world.b('GET', '/networks/shared'))).access, ['b']);
    assert.equal((await world.ok(world.b('GET', '/networks'))).length, 1);
    await world.done(world.b('PUT', '/nodes/n2/nics/eth0/networks/shared', {}));
    // The owner learns that it is in use, not by which node of the guest's.
    const inUse = await world.refused(world.a('DELETE', '/networks/shared'), 409, 'network_in_use');
    assert.doesNotMatch(inUse.message, /n2/);
    await world.refused(world.a('DELETE', '/networks/shared/access/b'), 409, 'network_in_use');
    await world.refused(world.b('DELETE', '/networks/shared'), 403, 'network_not_yours');
    await world.refused(world.b('PUT', '/networks/shared/access/b'), 403, 'network_not_yours');
    await world.refused(world.b('DELETE', '/networks/shared/access/c'), 403, 'network_not_yours');
    await world.done(world.b('DELETE', '/nodes/n2/nics/eth0/networks/shared'));
    await world.ok(world.b('DELETE', '/networks/shared/access/b'));
    await world.refused(world.b('GET', '/networks/shared'), 404, 'network_not_found');
    await world.refused(world.b('PUT', '/nodes/n2/nics/eth0/networks/shared', {}), 404, 'network_not_found');
  });

  it("an operator's network under a tenant's node cannot be taken off by the tenant", async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('boot', null, { isolated: true });
    await world.done(world.operator('PUT', '/nodes/n1/nics/eth0/networks/boot', {}));
    await world.refused(world.a('DELETE', '/nodes/n1/nics/eth0/networks/boot'), 403, 'network_not_yours');
    await world.refused(world.a('GET', '/networks/boot'), 404, 'network_not_found');
    await world.network('open', null, { public: true });
    await world.refused(world.a('PUT', '/nodes/n1/nics/eth0/networks/open', {}), 409, 'nic_native_taken');
    await world.done(world.operator('DELETE', '/nodes/n1/nics/eth0/networks/boot'));
    await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/open', {}));
    await world.done(world.a('DELETE', '/nodes/n1/nics/eth0/networks/open'));
  });

  it('a later project of the same name inherits nothing', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const { id } = await world.done(world.a('POST', '/nodes/n1/release'));
    await world.ok(world.operator('DELETE', '/projects/a'));
    assert.equal((await world.a('GET', '/whoami')).status, 401);
    await world.ok(world.operator('POST', '/projects', { name: 'a' }));
    const { token } = await world.ok(world.operator('POST', '/projects/a/tokens', { label: 'new' }));
    const successor = world.caller(token);
    const kinds = (await world.ok(successor('GET', '/events'))).map(({ kind }: Json) => kind);
    assert.deepEqual(kinds, ['project.created', 'token.created']);
    await world.refused(successor('GET', `/operations/${id}`), 404, 'operation_not_found');
  });

  it('nobody without a token is told anything', async () => {
    await using world = await World.open();
    for (const path of ['/nodes', '/nodes/n1', '/nodes/absent', '/networks', '/events', '/whoami']) {
      await world.refused(world.caller('bullion_wrong')('GET', path), 401, 'token_invalid');
    }
  });
});
