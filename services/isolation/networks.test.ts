/** Names of networks: each owner has its own, a short one means the nearest, and none tells what others have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Json, World } from './testing/world.ts';

const on = (network: string, node = 'n1') =>
  `/nodes/${node}/nics/eth0/networks/${encodeURIComponent(network)}`;
const at = (network: string) => `/networks/${encodeURIComponent(network)}`;

async function carried(world: World, node: string): Promise<string[]> {
  const { nics } = await world.ok(world.operator('GET', `/nodes/${node}`));
  return nics[0].networks.map(({ network }: Json) => network);
}

describe('names of networks', () => {
  it('two projects and the operator have networks of one name, and each means its own by it', async () => {
    await using world = await World.open();
    await world.network('private', null, { public: true });
    for (const [project, node] of [
      ['a', 'n1'],
      ['b', 'n2'],
    ] as const) {
      const made = await world.ok(world[project]('POST', '/networks', { name: 'private', project }));
      assert.deepEqual([made.name, made.fullName, made.project], ['private', `${project}/private`, project]);
      await world.refused(
        world[project]('POST', '/networks', { name: 'private', project }),
        409,
        'network_exists',
      );
      await world.allocate(node, project);
      await world.done(world[project]('PUT', on('private', node), {}));
      assert.deepEqual(await carried(world, node), [`${project}/private`]);
      await world.done(world[project]('DELETE', on(`${project}/private`, node)));
      // The operator's, which the own one stands before.
      await world.done(world[project]('PUT', on('/private', node), {}));
      assert.deepEqual(await carried(world, node), ['private']);
      await world.done(world[project]('DELETE', on('/private', node)));
    }
    const names = async (who: 'a' | 'operator') =>
      (await world.ok(world[who]('GET', '/networks'))).map(({ fullName }: Json) => fullName);
    assert.deepEqual(await names('a'), ['a/private', 'private']);
    assert.deepEqual(await names('operator'), ['a/private', 'b/private', 'private']);
    await world.refused(world.a('GET', at('b/private')), 404, 'network_not_found');
  });

  it("a tenant's network is never taken for the operator's", async () => {
    await using world = await World.open();
    const service = world.caller(await world.service.createToken('service', 'provisioning'));
    await world.network('boot', null);
    await world.network('boot', 'a');
    await world.allocate('n1', 'a');
    await world.done(service('PUT', on('boot'), {}));
    assert.deepEqual(await carried(world, 'n1'), ['boot']);
    await world.done(service('DELETE', on('boot')));
    await world.done(world.a('PUT', on('boot'), {}));
    await world.refused(service('DELETE', on('boot')), 404, 'attachment_not_found');
    assert.deepEqual(await carried(world, 'n1'), ['a/boot']);
  });

  it('a short name that means several networks is refused, with the full names that the caller may see', async () => {
    await using world = await World.open();
    await world.ok(world.operator('POST', '/projects', { name: 'c' }));
    const { token } = await world.ok(world.operator('POST', '/projects/c/tokens', { label: 'c' }));
    const c = world.caller(token);
    for (const project of ['a', 'b'] as const) {
      await world.network('shared', project);
      await world.ok(world[project]('PUT', '/networks/shared/access/c'));
    }
    const { details } = await world.refused(c('GET', at('shared')), 409, 'network_ambiguous');
    assert.deepEqual(details, { networks: ['a/shared', 'b/shared'] });
    await world.refused(c('DELETE', at('shared')), 409, 'network_ambiguous');
    assert.equal((await world.ok(c('GET', at('b/shared')))).project, 'b');
    await world.refused(world.operator('GET', at('shared')), 409, 'network_ambiguous');
    // What one may not see makes nothing ambiguous.
    assert.equal((await world.ok(world.a('GET', at('shared')))).fullName, 'a/shared');
    // The holder of a node is whom a short name is for.
    await world.allocate('n1', 'a');
    await world.done(world.operator('PUT', on('shared'), {}));
    assert.deepEqual(await carried(world, 'n1'), ['a/shared']);
  });

  it('creating, naming and granting tell nothing of other projects', async () => {
    await using world = await World.open({ vlanPool: { first: 100, last: 101 } });
    await world.network('one', 'a');
    await world.network('two', 'b');
    const full = await world.refused(
      world.a('POST', '/networks', { name: 'x', project: 'a' }),
      503,
      'vlans_exhausted',
    );
    assert.doesNotMatch(JSON.stringify(full), /100|101/);
    for (const project of ['b', 'nobody']) {
      assert.deepEqual(await world.a('PUT', `/networks/one/access/${project}`), { status: 200, body: {} });
    }
    assert.deepEqual((await world.ok(world.a('GET', '/networks/one'))).access, ['b', 'nobody']);
    // Neither does the list, when such a project is made and deleted.
    await world.ok(world.operator('POST', '/projects', { name: 'nobody' }));
    assert.deepEqual((await world.ok(world.a('GET', '/networks/one'))).access, ['b', 'nobody']);
    await world.ok(world.operator('DELETE', '/projects/nobody'));
    assert.deepEqual((await world.ok(world.a('GET', '/networks/one'))).access, ['b', 'nobody']);
    assert.deepEqual(await world.a('DELETE', '/networks/one/access/nobody'), { status: 200, body: {} });
  });

  it('access that was given to a name is not for a later project of that name, until it is given again', async () => {
    await using world = await World.open();
    await world.network('one', 'a');
    await world.ok(world.a('PUT', '/networks/one/access/c'));
    await world.ok(world.operator('POST', '/projects', { name: 'c' }));
    const c = async () => {
      const { token } = await world.ok(world.operator('POST', '/projects/c/tokens', { label: 'c' }));
      return world.caller(token);
    };
    const early = await c();
    await world.refused(early('GET', at('a/one')), 404, 'network_not_found');
    assert.deepEqual(
      (await world.ok(early('GET', '/events'))).map(({ kind }: Json) => kind),
      ['project.created', 'token.created'],
    );
    await world.ok(world.a('PUT', '/networks/one/access/c'));
    assert.equal((await world.ok(early('GET', at('one')))).fullName, 'a/one');
    await world.ok(world.operator('DELETE', '/projects/c'));
    await world.ok(world.operator('POST', '/projects', { name: 'c' }));
    await world.refused((await c())('GET', at('a/one')), 404, 'network_not_found');
  });
});
