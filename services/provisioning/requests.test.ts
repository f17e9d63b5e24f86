import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { insideOwnNetwork } from './testing/own-network.ts';
import { NOTHING, Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a request', () => {
    let site: Site;
    before(async () => {
      site = await Site.open();
      await site.image('debian');
      await site.image('of-b', 'b');
      await site.isolation.allocate('n1', 'a');
    });
    after(() => site[Symbol.asyncDispose]());

    const boot = (body: object) => site.a('POST', '/boots', body);

    test('for a boot that cannot be is refused, and changes nothing', async () => {
      await site.refused(boot({ node: 'n1' }), 400, 'boot_source_unclear');
      await site.refused(boot({ node: 'n1', image: 'debian', volume: 'x' }), 400, 'boot_source_unclear');
      await site.refused(boot({ node: 'n9', image: 'debian' }), 404, 'node_not_found');
      await site.refused(boot({ node: 'n2', image: 'debian' }), 409, 'node_free');
      await site.refused(boot({ node: 'n1', image: 'nothing' }), 404, 'image_not_found');
      await site.refused(boot({ node: 'n1', image: 'of-b' }), 404, 'image_not_found');
      await site.refused(boot({ node: 'n1', volume: 'nothing' }), 404, 'volume_not_found');
      await site.refused(boot({ node: 'n1', image: 'debian', nic: 'eth9' }), 404, 'nic_not_found');
      await site.refused(
        boot({ node: 'n1', image: 'debian', sshAuthorizedKeys: ['a\nb'] }),
        400,
        'request_invalid',
      );
      await site.ok(site.a('POST', '/images', { name: 'open', project: 'a', sizeBytes: 4096 }));
      await site.refused(boot({ node: 'n1', image: 'open' }), 409, 'image_not_sealed');
      await site.ok(site.a('DELETE', '/images/open'));
      assert.equal((await site.b('POST', '/boots', { node: 'n1', image: 'of-b' })).status, 404);
      assert.deepEqual(site.isolation.bmc(1).actions, []);
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('for a boot by a NIC that is on another network is refused', async () => {
      await site.isolation.network('inside', 'a');
      const path = '/nodes/n1/nics/eth0/networks/inside';
      await site.isolation.done(site.isolation.a('PUT', path, { mode: 'native' }));
      await site.refused(boot({ node: 'n1', image: 'debian' }), 409, 'boot_nic_taken');
      await site.isolation.done(site.isolation.a('DELETE', path));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('for a boot whose BMC does not answer, or knows another password, is refused', async () => {
      site.isolation.bmc(1).down = true;
      assert.equal((await boot({ node: 'n1', image: 'debian' })).body.error.code, 'bmc_unreachable');
      site.isolation.bmc(1).down = false;
      site.isolation.bmc(1).password = 'changed';
      assert.equal((await boot({ node: 'n1', image: 'debian' })).body.error.code, 'bmc_wrong_password');
      site.isolation.bmc(1).password = 'secret';
      assert.deepEqual(await site.held(), NOTHING);
    });

    test("for a boot of another project's volume is refused", async () => {
      await site.ok(site.b('POST', '/volumes', { name: 'bs', project: 'b', image: 'of-b' }));
      await site.refused(boot({ node: 'n1', volume: 'bs' }), 404, 'volume_not_found');
      await site.refused(
        site.operator('POST', '/boots', { node: 'n1', volume: 'bs' }),
        409,
        'volume_of_other_project',
      );
      await site.ok(site.b('DELETE', '/volumes/bs'));
    });

    test('without a token, or with a wrong one, is refused', async () => {
      const none = await fetch(`${site.url}/provisioning/v1/images`);
      assert.equal(none.status, 401);
      await site.refused(site.caller('bullion_nobody')('GET', '/images'), 401, 'token_invalid');
    });

    test("about another project's boot is told that there is none", async () => {
      const asked = await site.request('n1', { image: 'debian' });
      for (const name of [asked.id, 'n1']) {
        await site.refused(site.b('GET', `/boots/${name}`), 404, 'boot_not_found');
        await site.refused(site.b('DELETE', `/boots/${name}`), 404, 'boot_not_found');
      }
      assert.deepEqual(await site.ok(site.b('GET', '/boots?all=true')), []);
      const theirs = await site.refused(
        site.b('GET', `/operations/${asked.operation}`),
        404,
        'operation_not_found',
      );
      const nobodys = '00000000-0000-7000-8000-000000000000';
      const none = await site.refused(site.b('GET', `/operations/${nobodys}`), 404, 'operation_not_found');
      assert.equal(theirs.hint, none.hint);
      await site.done(site.a('DELETE', `/boots/${asked.id}`));
      assert.deepEqual(await site.held(), NOTHING);
    });

    test('that deletes may have a body of bytes, which nobody reads', async () => {
      await site.ok(site.a('POST', '/images', { name: 'short', project: 'a', sizeBytes: 4096 }));
      await site.ok(site.a('DELETE', '/images/short', Buffer.from('no JSON')));
    });

    test('with anything in it is answered, and never by a defect', async () => {
      const answer = await fetch(`${site.url}/provisioning/openapi.json`);
      const document = (await answer.json()) as { paths: Record<string, object> };
      // A stream of events has no end to wait for.
      const paths = Object.entries(document.paths).filter(([path]) => !path.endsWith('/stream'));
      const routes = paths.flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => ({
          path: path.replace('/provisioning/v1', ''),
          method: method.toUpperCase() as 'GET' | 'PUT' | 'POST' | 'DELETE',
        })),
      );
      assert.ok(routes.length > 15);
      const name = fc.constantFrom(
        'debian',
        'of-b',
        'n1',
        'n2',
        'v1',
        'v2',
        'eth0',
        'a',
        'b',
        'disk',
        'kernel',
      );
      const word = fc.oneof({ weight: 3, arbitrary: name }, fc.string({ unit: 'binary', maxLength: 80 }));
      const value = fc.oneof(
        { weight: 4, arbitrary: word },
        fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
        fc.constantFrom(0, 4096, 8192, -1, 2 ** 53, null, true, '', '\0', '../x'),
      );
      const field = fc.constantFrom(
        ...[
          'name',
          'project',
          'sizeBytes',
          'cmdline',
          'public',
          'image',
          'volume',
          'node',
          'nic',
          'hostname',
        ],
        'sshAuthorizedKeys',
        '__proto__',
      );
      const body = fc.oneof(
        { weight: 5, arbitrary: fc.dictionary(field, value, { maxKeys: 6 }) },
        fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
        fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
      );
      const input = fc.record({
        route: fc.constantFrom(...routes),
        words: fc.array(word, { minLength: 2, maxLength: 2 }),
        query: fc.dictionary(fc.constantFrom('all', 'wait', 'deleteVolume', 'x'), word, { maxKeys: 2 }),
        body,
      });
      await fc.assert(
        fc.asyncProperty(input, async ({ route, words, query, body }) => {
          let next = 0;
          const path = route.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(words[next++]!));
          delete query.wait; // Patience is tested elsewhere.
          const asked = `${path}?${new URLSearchParams(query)}`;
          const withBody = route.method !== 'GET';
          const answer = await site.a(route.method, asked, withBody ? (body as object) : undefined);
          assert.notEqual(answer.status, 500, `${route.method} ${asked}: ${JSON.stringify(answer.body)}`);
          if (answer.status >= 400) assert.match(answer.body.error.code, /^[a-z][a-z0-9_]+$/);
        }),
        { numRuns: 400 },
      );
      await site.endAll();
    });
  });
}
