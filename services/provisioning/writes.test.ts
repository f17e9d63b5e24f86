import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { insideOwnNetwork } from './testing/own-network.ts';
import { Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('what the provisioning service writes', () => {
    let site: Site;
    before(async () => {
      site = await Site.open();
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
    });
    after(() => site[Symbol.asyncDispose]());

    const keyed = (key: string) => ({ 'idempotency-key': key });

    test('is done once for one Idempotency-Key, also a boot', async () => {
      const asked = { node: 'n1', image: 'debian' };
      const first = await site.ok(site.a('POST', '/boots', asked, keyed('boot-1')));
      const again = await site.ok(site.a('POST', '/boots', asked, keyed('boot-1')));
      assert.deepEqual(again, first);
      assert.equal((await site.ok(site.a('GET', '/boots?all=true'))).length, 1);
      await site.refused(site.a('POST', '/boots', asked), 409, 'node_booted');
      const other = site.a('POST', '/boots', { ...asked, hostname: 'x' }, keyed('boot-1'));
      await site.refused(other, 422, 'idempotency_key_reused');
      await site.endAll();
    });

    test('leaves no layer behind where a volume is refused', async () => {
      const volume = { name: 'v', project: 'a', image: 'debian' };
      await site.ok(site.a('POST', '/volumes', volume, keyed('v')));
      await site.ok(site.a('POST', '/volumes', volume, keyed('v')));
      await site.refused(site.a('POST', '/volumes', volume), 409, 'volume_exists');
      await site.ok(site.a('DELETE', '/volumes/v'));
      await site.refused(site.a('GET', '/volumes/v'), 404, 'volume_not_found');
    });

    test('is listed in pages, of which no one misses or repeats anything', async () => {
      for (const name of ['p1', 'p2', 'p3'])
        await site.ok(site.a('POST', '/volumes', { name, project: 'a', image: 'debian' }));
      const seen: string[] = [];
      for (let after = ''; ; after = seen.at(-1)!) {
        const page: { name: string }[] = await site.ok(site.a('GET', `/volumes?limit=2&after=${after}`));
        seen.push(...page.map(({ name }) => name));
        if (page.length < 2) break;
      }
      assert.deepEqual(seen, ['p1', 'p2', 'p3']);
      assert.deepEqual(await site.ok(site.b('GET', '/volumes')), []);
    });

    test('is a line of the audit log, also what was refused, and the chain holds', async () => {
      await site.refused(site.b('DELETE', '/volumes/p1'), 404, 'volume_not_found');
      await site.ok(site.a('DELETE', '/volumes/p1'));
      const lines: { action: string; outcome: string; code: string | null }[] = await site.ok(
        site.operator('GET', '/audit?limit=1000'),
      );
      const deletes = lines.filter(({ action }) => action === 'DELETE /provisioning/v1/volumes/p1');
      assert.deepEqual(
        deletes.map(({ outcome, code }) => [outcome, code]),
        [
          ['refused', 'volume_not_found'],
          ['done', null],
        ],
      );
      assert.equal((await site.ok(site.operator('GET', '/audit/verify'))).fault, null);
      await site.refused(site.a('GET', '/audit'), 403, 'operator_only');
    });
  });
}
