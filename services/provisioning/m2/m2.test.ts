/** The calls of M2 as its own client makes them: forms, HTTP Basic, trailing slashes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { Site } from '../testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe("M2's calls", () => {
    let site: Site;
    const auth = (name: string, password = 'correct horse') =>
      `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
    before(async () => {
      site = await Site.open({ nodes: 1 });
      const { admin } = site.isolation;
      for (const [name, project] of [
        ['alice', 'a'],
        ['bob', 'b'],
      ]) {
        await site.isolation.ok(admin('POST', '/users', { name, password: 'correct horse' }));
        await site.isolation.ok(admin('PUT', `/projects/${project}/members/${name}`));
      }
      await site.isolation.ok(site.isolation.a('POST', '/nodes/n1/allocate', { project: 'a' }));
      await site.image('golden');
    });
    after(() => site[Symbol.asyncDispose]());

    async function send(
      method: string,
      path: string,
      body: string | URLSearchParams,
      headers: Record<string, string> = { authorization: auth('alice') },
    ) {
      const response = await fetch(`${site.url}/m2${path}`, { method, headers, body });
      return [response.status, await response.text()] as const;
    }
    const call = (
      method: string,
      path: string,
      form: Record<string, string> = {},
      who = 'alice',
      project = 'a',
    ) => send(method, path, new URLSearchParams({ project, ...form }), { authorization: auth(who) });

    test('a disk is made, booted, snapshotted, given up and deleted, by the calls of its client alone', async () => {
      assert.deepEqual(await call('POST', '/list_images/'), [200, '["golden"]']);
      assert.deepEqual(await call('PUT', '/create_disk', { disk_name: 'd', img: 'golden' }), [200, '"d"']);
      assert.deepEqual(await call('PUT', '/create_disk', { disk_name: 'd', img: 'golden' }), [
        409,
        'Disk exists. Endpoint:d',
      ]);
      const provision = { node: 'n1', disk_name: 'd', nic: 'nic0' };
      const { nics } = await site.isolation.ok(site.isolation.operator('GET', '/nodes/n1'));
      provision.nic = nics[0].name;
      assert.deepEqual(await call('PUT', '/provision/', provision), [200, 'Success']);
      const [boot] = await site.ok(site.a('GET', '/boots'));
      assert.deepEqual([boot.node, boot.volume], ['n1', 'd']);
      await site.poweredOn(boot);
      await site.node(1).boot();
      await site.ended(boot.operation);
      assert.equal((await call('DELETE', '/delete_disk', { disk_name: 'd' }))[0], 409);
      assert.equal((await call('PUT', '/provision/', provision))[0], 409);
      assert.deepEqual(await call('PUT', '/create_snapshot/', { disk_name: 'd', snap_name: 's' }), [
        200,
        'Success',
      ]);
      assert.deepEqual(await call('POST', '/list_snapshots/'), [200, '[["s","golden"]]']);
      assert.equal(
        (await call('DELETE', '/deprovision/', { node: 'n1', nic: provision.nic }, 'bob', 'b'))[0],
        404,
      );
      assert.deepEqual(await call('DELETE', '/deprovision/', { node: 'n1', nic: provision.nic }), [
        200,
        'Success',
      ]);
      assert.deepEqual(await call('DELETE', '/deprovision/', { node: 'n1', nic: provision.nic }), [
        404,
        'n1 not found',
      ]);
      assert.deepEqual(await call('DELETE', '/delete_disk', { disk_name: 'd' }), [200, 'Success']);
      assert.deepEqual(await call('DELETE', '/remove_image/', { img: 's' }), [200, 'Success']);
      assert.deepEqual(await call('POST', '/list_snapshots/'), [200, '[]']);
      const audit = await site.ok(site.operator('GET', '/audit?limit=1000'));
      assert.ok(audit.some((line: { action: string }) => line.action === 'PUT /m2/create_disk'));
    });

    test('who is nobody, or has no business there, is refused', async () => {
      const form = new URLSearchParams({ project: 'a' });
      assert.deepEqual(await send('POST', '/list_images/', form, {}), [
        400,
        'No Authentication Details Given',
      ]);
      assert.equal(
        (await send('POST', '/list_images/', form, { authorization: auth('alice', 'wrong') }))[0],
        401,
      );
      assert.equal((await send('POST', '/list_images/', form, { authorization: 'Basic !!' }))[0], 401);
      assert.deepEqual(await call('POST', '/list_images/', {}, 'bob', 'a'), [404, 'a not found']);
      assert.deepEqual(await call('POST', '/list_images/', {}, 'bob', 'b'), [200, '[]']);
      assert.deepEqual(await call('DELETE', '/remove_image/', { img: 'golden' }, 'bob', 'b'), [
        404,
        'golden not found',
      ]);
      assert.equal(
        (await call('PUT', '/create_disk', { disk_name: 'x', img: 'golden' }, 'bob', 'b'))[0],
        404,
      );
      await site.ok(site.a('PATCH', '/images/golden', { public: true }));
      assert.deepEqual(await call('POST', '/list_images/', {}, 'bob', 'b'), [200, '["golden"]']);
      assert.equal((await call('DELETE', '/remove_image/', { img: 'golden' }, 'bob', 'b'))[0], 403);
    });

    test('every call refuses what it cannot read, and changes nothing', async () => {
      const calls: [method: string, path: string, parameters: string[]][] = [
        ['PUT', '/create_disk', ['disk_name', 'img']],
        ['DELETE', '/delete_disk', ['disk_name']],
        ['PUT', '/provision/', ['node', 'disk_name', 'nic']],
        ['DELETE', '/deprovision/', ['node', 'nic']],
        ['PUT', '/create_snapshot/', ['disk_name', 'snap_name']],
        ['POST', '/list_snapshots/', []],
        ['POST', '/list_images/', []],
        ['DELETE', '/remove_image/', ['img']],
      ];
      const hostile = [
        '',
        ' ',
        '../../etc/passwd',
        "x' or '1'='1",
        'a\u0000b',
        'é',
        'x'.repeat(500),
        '$(id)',
        '-rf',
      ];
      for (const [method, path, parameters] of calls) {
        const good = new URLSearchParams({
          project: 'a',
          ...Object.fromEntries(parameters.map((name) => [name, 'nothing'])),
        });
        for (const name of ['project', ...parameters]) {
          const without = new URLSearchParams(good);
          without.delete(name);
          assert.deepEqual(await send(method, path, without), [400, `The parameter ${name} is missing`]);
          const twice = new URLSearchParams([...good, [name, 'again']]);
          assert.equal((await send(method, path, twice))[0], 400);
          for (const value of hostile) {
            const form = new URLSearchParams(good);
            form.set(name, value);
            assert.deepEqual(
              await send(method, path, form),
              [400, `The parameter ${name} is no valid name`],
              `${path} ${name}=${value}`,
            );
          }
        }
        if (parameters.length > 0) assert.equal((await send(method, path, good))[0], 404, path);
        assert.equal((await send(method, path, '{"project":"a"}'))[0], 400);
        assert.equal((await send(method, path, 'x'.repeat(100_000)))[0], 400);
        const other = method === 'PUT' ? 'POST' : 'PUT';
        assert.deepEqual(await send(other, path, good), [405, `Please use ${method}`]);
      }
      assert.deepEqual(await site.ok(site.a('GET', '/volumes')), []);
    });
  });
}
