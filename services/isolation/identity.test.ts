import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Json, World } from './testing/world.ts';

const PASSWORD = 'correct horse';

async function withUser(world: World, name: string, more: object = {}) {
  await world.ok(world.admin('POST', '/users', { name, password: PASSWORD, ...more }));
  return world.caller(`${name}:${PASSWORD}`);
}

describe('users', () => {
  it('a member of several projects acts for each of them and for no other', async () => {
    await using world = await World.open({ nodes: 3 });
    const ann = await withUser(world, 'ann');
    await world.ok(world.operator('POST', '/projects', { name: 'c' }));
    for (const project of ['a', 'b', 'b'])
      await world.ok(world.operator('PUT', `/projects/${project}/members/ann`));
    const who = await world.ok(ann('GET', '/whoami'));
    assert.deepEqual(who, {
      id: 'user/ann',
      role: 'member',
      projects: ['a', 'b'],
      project: null,
      label: 'ann',
    });
    await world.ok(ann('POST', '/nodes/n1/allocate', { project: 'a' }));
    await world.ok(ann('POST', '/nodes/n2/allocate', { project: 'b' }));
    await world.refused(ann('POST', '/nodes/n3/allocate', { project: 'c' }), 404, 'project_not_found');
    assert.equal((await world.ok(ann('GET', '/nodes'))).length, 3);
    assert.equal((await world.ok(ann('GET', '/projects'))).length, 2);
    await world.ok(world.operator('DELETE', '/projects/a/members/ann'));
    await world.refused(ann('GET', '/nodes/n1'), 404, 'node_not_found');
    assert.equal((await world.ok(ann('GET', '/whoami'))).project, 'b');
  });

  it('an unknown user, a wrong password, a disabled and a deleted user are answered alike', async () => {
    await using world = await World.open({ nodes: 0 });
    const ann = await withUser(world, 'ann', { role: 'operator' });
    const gone = await withUser(world, 'gone', { role: 'operator' });
    await world.ok(gone('GET', '/whoami'));
    await world.ok(world.admin('DELETE', '/users/gone'));
    await world.ok(world.admin('POST', '/users', { name: 'mute', role: 'operator' }));
    const answers = [
      await world.caller('ann:wrong password')('GET', '/whoami'),
      await world.caller(`nobody:${PASSWORD}`)('GET', '/whoami'),
      await world.caller('mute:')('GET', '/whoami'),
      await gone('GET', '/whoami'),
    ];
    await world.ok(ann('GET', '/whoami'));
    await world.ok(world.admin('PATCH', '/users/ann', { disabled: true }));
    answers.push(await ann('GET', '/whoami'));
    assert.equal(answers[0]!.status, 401);
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  });

  it('a password is changed by its user and by an administrator, and the old one ends at once', async () => {
    await using world = await World.open({ nodes: 0 });
    const ann = await withUser(world, 'ann', { role: 'operator' });
    await world.refused(ann('PATCH', '/users/ann', { role: 'admin' }), 403, 'admin_only');
    await world.refused(ann('PATCH', '/users/bob', { password: PASSWORD }), 403, 'admin_only');
    await world.ok(ann('PATCH', '/users/ann', { password: 'battery staple' }));
    assert.equal((await ann('GET', '/whoami')).status, 401);
    await world.ok(world.caller('ann:battery staple')('GET', '/whoami'));
    const shown = JSON.stringify(await world.ok(world.admin('GET', '/users/ann')));
    assert.doesNotMatch(shown, /scrypt|password/);
  });

  it('members are told of no users', async () => {
    await using world = await World.open({ nodes: 0 });
    await withUser(world, 'ann');
    const one = await world.a('GET', '/users/ann');
    assert.deepEqual(one, await world.a('GET', '/users/none'));
    assert.equal(one.status, 403);
    for (const user of ['ann', 'none']) {
      await world.refused(world.a('PUT', `/projects/a/members/${user}`), 403, 'operator_only');
      await world.refused(world.a('PATCH', `/users/${user}`, { disabled: true }), 403, 'admin_only');
      await world.refused(world.a('DELETE', `/users/${user}`), 403, 'admin_only');
    }
  });

  it('an auditor sees everything but consoles, and changes nothing', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net-a', 'a');
    const eve = await withUser(world, 'eve', { role: 'auditor' });
    for (const path of [
      '/nodes/n1',
      '/networks/net-a',
      '/switches',
      '/switches/s1/ports',
      '/users',
      '/tokens',
    ])
      await world.ok(eve('GET', path));
    assert.equal((await world.ok(eve('GET', '/nodes/n1'))).nics[0].switch, 's1');
    assert.ok((await world.ok(eve('GET', '/audit'))).length > 5);
    await world.refused(eve('GET', '/nodes/n1/console'), 403, 'console_private');
    const document = world.service.app.swagger() as unknown as { paths: Record<string, object> };
    let refused = 0;
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of Object.keys(item).filter((one) => one !== 'get')) {
        const at = path.replace('/isolation/v1', '').replaceAll(/\{\w+\}/g, 'n1');
        await world.refused(eve(method.toUpperCase() as 'PUT', at, {}), 403, 'read_only');
        refused++;
      }
    }
    assert.ok(refused > 20);
  });
});

describe('tokens', () => {
  it('a token does no more than its maker, and lasts no longer', async () => {
    await using world = await World.open();
    await world.refused(world.a('POST', '/tokens', { label: 'x', role: 'operator' }), 403, 'role_too_high');
    await world.refused(world.a('POST', '/tokens', { label: 'x', project: 'b' }), 404, 'project_not_found');
    await world.refused(
      world.operator('POST', '/tokens', { label: 'x', role: 'admin' }),
      403,
      'role_too_high',
    );
    await world.refused(
      world.operator('POST', '/tokens', { label: 'x', role: 'member' }),
      400,
      'project_missing',
    );
    const hour = await world.ok(world.a('POST', '/tokens', { label: 'hour', expiresInSeconds: 3600 }));
    const copy = await world.ok(
      world.caller(hour.token)('POST', '/tokens', { label: 'copy', expiresInSeconds: 9999 }),
    );
    assert.equal(copy.expiresAt, hour.expiresAt);
    assert.deepEqual((await world.ok(world.caller(copy.token)('GET', '/whoami'))).projects, ['a']);
    // A copy ends with its original.
    await world.ok(world.a('DELETE', `/tokens/${hour.id}`));
    assert.equal((await world.caller(copy.token)('GET', '/whoami')).status, 401);
  });

  it('a token expires', async () => {
    await using world = await World.open({ nodes: 0 });
    const { token } = await world.ok(world.a('POST', '/tokens', { label: 'x', expiresInSeconds: 1 }));
    await world.ok(world.caller(token)('GET', '/whoami'));
    await new Promise((resolve) => setTimeout(resolve, 1050));
    await world.refused(world.caller(token)('GET', '/whoami'), 401, 'token_invalid');
  });

  it('they are listed without secrets, with their last use, to those who may take them back', async () => {
    await using world = await World.open({ nodes: 0 });
    const { token, id } = await world.ok(world.a('POST', '/tokens', { label: 'nightly' }));
    await world.ok(world.caller(token)('GET', '/whoami'));
    const list = await world.ok(world.a('GET', '/tokens'));
    assert.deepEqual(
      list.map(({ label }: Json) => label),
      ['test', 'nightly'],
    );
    assert.match(list[1].lastUsedAt, /:00:00\.000Z$/);
    assert.doesNotMatch(JSON.stringify(list), /bullion_|hash/);
    assert.ok((await world.ok(world.operator('GET', '/tokens'))).length >= 4);
    const absent = id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'));
    const [held, none] = [
      await world.b('DELETE', `/tokens/${id}`),
      await world.b('DELETE', `/tokens/${absent}`),
    ];
    assert.equal(held.status, 404);
    assert.equal(JSON.stringify(held).replaceAll(id, 'ID'), JSON.stringify(none).replaceAll(absent, 'ID'));
    await world.ok(world.caller(token)('GET', '/whoami'));
  });

  it("a user's token loses what the user loses", async () => {
    await using world = await World.open({ nodes: 0 });
    const ann = await withUser(world, 'ann');
    for (const project of ['a', 'b'])
      await world.ok(world.operator('PUT', `/projects/${project}/members/ann`));
    const all = world.caller((await world.ok(ann('POST', '/tokens', { label: 'all' }))).token);
    const only = world.caller((await world.ok(ann('POST', '/tokens', { label: 'a', project: 'a' }))).token);
    assert.deepEqual((await world.ok(all('GET', '/whoami'))).projects, ['a', 'b']);
    assert.deepEqual((await world.ok(only('GET', '/whoami'))).projects, ['a']);
    await world.ok(world.operator('DELETE', '/projects/a/members/ann'));
    assert.deepEqual((await world.ok(all('GET', '/whoami'))).projects, ['b']);
    assert.equal((await only('GET', '/whoami')).status, 401);
    // Who else is in the project is not told.
    assert.ok((await world.ok(world.a('GET', '/tokens'))).every(({ user }: Json) => user === null));
    await world.ok(world.admin('PATCH', '/users/ann', { disabled: true }));
    assert.equal((await all('GET', '/whoami')).status, 401);
    await world.ok(world.admin('DELETE', '/users/ann'));
    assert.ok((await world.ok(world.admin('GET', '/tokens'))).every(({ label }: Json) => label !== 'all'));
  });

  it('a demoted user has no tokens of the former role', async () => {
    await using world = await World.open({ nodes: 0 });
    const ann = await withUser(world, 'ann', { role: 'operator' });
    const token = world.caller((await world.ok(ann('POST', '/tokens', { label: 'x' }))).token);
    await world.ok(token('GET', '/switches'));
    await world.ok(world.admin('PATCH', '/users/ann', { role: 'member' }));
    assert.equal((await token('GET', '/switches')).status, 401);
  });
});

describe('quotas', () => {
  it('a project is given no more nodes and networks than its quota', async () => {
    await using world = await World.open();
    await world.refused(world.a('PUT', '/projects/a/quota', { nodes: 9, networks: 9 }), 403, 'operator_only');
    await world.ok(world.operator('PUT', '/projects/a/quota', { nodes: 1, networks: 1 }));
    await world.allocate('n1', 'a');
    await world.network('one', 'a');
    const nodes = await world.refused(
      world.operator('POST', '/nodes/n2/allocate', { project: 'a' }),
      409,
      'quota_exceeded',
    );
    assert.match(nodes.message, /holds 1 nodes and may hold 1/);
    await world.refused(world.a('POST', '/networks', { name: 'two', project: 'a' }), 409, 'quota_exceeded');
    await world.allocate('n2', 'b');
    const { createdAt, ...shown } = await world.ok(world.a('GET', '/projects/a'));
    assert.ok(Date.parse(createdAt) <= Date.now());
    assert.deepEqual(shown, {
      name: 'a',
      quota: { nodes: 1, networks: 1 },
      used: { nodes: 1, networks: 1 },
    });
    await world.refused(world.b('GET', '/projects/a'), 404, 'project_not_found');
    await world.ok(world.operator('PUT', '/projects/a/quota', { nodes: 0, networks: null }));
    await world.ok(world.a('POST', '/networks', { name: 'two', project: 'a' }));
    await world.done(world.a('POST', '/nodes/n1/release'));
    await world.refused(world.a('POST', '/nodes/n1/allocate', { project: 'a' }), 409, 'quota_exceeded');
  });
});
