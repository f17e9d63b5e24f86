/** A release waits until the node was booted, its disks were erased, and it said so: from the hook to the free node. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { insideOwnNetwork } from '../testing/own-network.ts';
import type { NodeConfig } from '../testing/simulated-node.ts';
import { NOTHING, Site } from '../testing/site.ts';

type Told = NodeConfig & { WIPE: string; WIPE_URL: string };
const DISK = '=== disk vda\nsectors=8\nserial=A1\nhow=zeros\nread=4096\n=== end\n';

if (await insideOwnNetwork(import.meta.filename)) {
  /** A site whose isolation service asks the provisioning service, with node n1 held by project a. */
  async function open(imageOf: 'a' | null = null): Promise<Site> {
    const site = await Site.open({ nodes: 1 });
    const { isolation } = site;
    const token = await isolation.service.createToken('service', 'hook');
    const body = { url: `${await frontOf(site)}/provisioning/v1/wipes`, token, timeoutSeconds: 60 };
    await isolation.ok(isolation.operator('PUT', '/wipe-hooks/local-disks', body));
    await site.image('wiper', imageOf);
    await isolation.allocate('n1', 'a');
    return site;
  }

  /** An address of the provisioning service that outlives its restarts. */
  async function frontOf(site: Site): Promise<string> {
    const server = createServer(async (request, response) => {
      const { method = '', url, headers } = request;
      const body = method === 'POST' ? await text(request) : undefined;
      const { authorization = '', 'idempotency-key': key = '' } = headers as Record<string, string>;
      const sent = { authorization, 'idempotency-key': key, 'content-type': 'application/json' };
      try {
        const answer = await fetch(site.url + url, { method, headers: sent, body: body ?? null });
        const location = answer.headers.get('location');
        response.writeHead(answer.status, location ? { location } : {}).end(await answer.text());
      } catch {
        response.writeHead(502).end();
      }
    });
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const release = async ({ isolation }: Site): Promise<string> =>
    (await isolation.ok(isolation.a('POST', '/nodes/n1/release'))).operation;
  const node = async ({ isolation }: Site) => await isolation.ok(isolation.operator('GET', '/nodes/n1'));

  /** The node comes up to be wiped, as far as its configuration. */
  async function comesUp(site: Site): Promise<Told & { event: string }> {
    await site.until('the node is switched on to be wiped', async () => {
      const answer = await site.operator('GET', '/boots/n1');
      return answer.status === 200 && answer.body.project === '/wipe' && answer.body.state === 'booting'
        ? site.isolation.bmc(1).power === 'on'
        : false;
    });
    const script = await site.node(1).netboot();
    assert.doesNotMatch(script.text, /nocloud/);
    const config = (await site.node(1).config(script.config)) as Told;
    return { ...config, event: script.config.replace(/config$/, 'event') };
  }

  async function released(site: Site, operation: string) {
    const found = await site.until(
      'the release is over',
      async () => {
        const is = await site.isolation.ok(site.isolation.operator('GET', `/operations/${operation}`));
        return is.state !== 'running' && is;
      },
      30_000,
    );
    assert.equal(site.isolation.bmc(1).power, 'off');
    assert.deepEqual((await site.held()).attached, []);
    return found;
  }

  describe('a released node', () => {
    test('is free when its disks were read back as zeros, and nothing of it is left', async () => {
      await using site = await open();
      const operation = await release(site);
      const config = await comesUp(site);
      assert.equal(config.WIPE, 'quick');
      assert.equal((await node(site)).state, 'releasing');
      assert.equal((await site.node(1).post(config.WIPE_URL, DISK)).status, 200);
      assert.equal((await released(site, operation)).state, 'succeeded');
      const { state, maintenance } = await node(site);
      assert.deepEqual([state, maintenance], ['free', null]);
      assert.deepEqual(await site.held(), NOTHING);
      const events = await site.ok(site.operator('GET', '/events?limit=1000'));
      const told = events.find(({ kind }: { kind: string }) => kind === 'node.wiped');
      assert.equal(told.data.disks[0].serial, 'A1');
      // Neither its former nor its next holder sees who wiped it.
      assert.equal((await site.a('GET', '/boots/n1')).status, 404);
    });

    test('is wiped after what its tenant left running was ended', async () => {
      await using site = await open();
      await site.image('debian');
      const { boot } = await site.running('n1', { image: 'debian' });
      const operation = await release(site);
      const config = await comesUp(site);
      assert.equal((await site.boot(boot.id)).state, 'ended');
      await site.node(1).post(config.WIPE_URL, DISK);
      assert.equal((await released(site, operation)).state, 'succeeded');
    });

    test('that says it cannot be wiped is given to nobody until a later release has wiped it', async () => {
      await using site = await open();
      const operation = await release(site);
      const { event } = await comesUp(site);
      await site.node(1).post(event, 'stage=failed&reason=wiping+the+disk+vda+it+is+read-only');
      const failed = await released(site, operation);
      assert.equal(failed.error.code, 'hook_failed');
      assert.match(failed.error.message, /"n1" was not wiped: it reported a failure: wiping the disk vda/);
      await keptAside(site, /^not wiped: .*read-only/);

      const again = await release(site);
      const second = await comesUp(site);
      await site.node(1).post(second.WIPE_URL, DISK);
      assert.equal((await released(site, again)).state, 'succeeded');
      assert.deepEqual([(await node(site)).state, (await node(site)).maintenance], ['free', null]);
    });

    test('that loses power in the middle was not wiped', async () => {
      await using site = await open();
      const operation = await release(site);
      await comesUp(site);
      site.isolation.bmc(1).power = 'off';
      assert.match((await released(site, operation)).error.message, /its power went off/);
      await keptAside(site, /its power went off/);
    });

    test('that lacks a disk which its inspection found was not wiped', async () => {
      await using site = await open();
      const { isolation } = site;
      const { token } = await isolation.ok(isolation.operator('POST', '/nodes/n1/inspect'));
      const [system, cpu] = [{}, { sockets: 1, threads: 1 }];
      const disks = [
        { name: 'vda', bytes: 4096, serial: 'A1' },
        { name: 'vdb', bytes: 4096, serial: 'B2' },
      ];
      const facts = { system, cpu, memoryBytes: 1, disks, nics: [] };
      await isolation.ok(isolation.operator('POST', '/nodes/n1/inspection', { token, facts }));
      const operation = await release(site);
      const config = await comesUp(site);
      assert.equal((await site.node(1).post(config.WIPE_URL, DISK)).status, 400);
      assert.match((await released(site, operation)).error.message, /the disk vdb \(serial number B2/);
      assert.equal((await site.node(1).post(config.WIPE_URL, DISK)).status, 410);
      await keptAside(site, /vdb/);
    });

    test('is not booted where the operator noted that it need not be, and not freed where the image is missing', async () => {
      await using site = await open('a');
      const failed = await released(site, await release(site));
      assert.match(
        failed.error.message,
        /no image "wiper" of the operator's .*bullion image build wiper --recipe wiper/,
      );
      await keptAside(site, /no image/);
      const none = { value: 'none' };
      await site.isolation.ok(site.isolation.operator('PUT', '/nodes/n1/metadata/wipe', none));
      assert.equal((await released(site, await release(site))).state, 'succeeded');
      assert.deepEqual(site.isolation.bmc(1).actions.filter((action) => action === 'on').length, 0);
    });

    test('is wiped once the service is there again that was away in the middle', async () => {
      await using site = await open();
      const operation = await release(site);
      const former = await comesUp(site);
      await site.restart();
      await site.until('the node is switched on anew', async () => {
        const { timeline } = await site.boot('n1');
        return timeline.at(-1)?.stage === 'power-on' && site.isolation.bmc(1).power === 'on';
      });
      assert.equal((await site.node(1).post(former.WIPE_URL, DISK)).status, 410, 'a report of before');
      const config = await comesUp(site);
      await site.node(1).post(config.WIPE_URL, DISK);
      assert.equal((await released(site, operation)).state, 'succeeded');
      assert.equal((await node(site)).state, 'free');
    });

    test('that is large takes its time, as long as it says how far it is', async () => {
      await using site = await open();
      const operation = await release(site);
      const config = await comesUp(site);
      assert.equal((await site.node(1).post(config.event, 'stage=wiping&percent=41')).status, 200);
      await site.until('the progress is shown', async () => {
        const { operation: boot } = await site.boot('n1');
        const { steps } = await site.ok(site.operator('GET', `/operations/${boot}`));
        return steps.at(-1).note === 'wiping: 41 %';
      });
      await site.node(1).post(config.WIPE_URL, DISK);
      assert.equal((await released(site, operation)).state, 'succeeded');
    });
  });

  test('nobody but the operator has nodes wiped', async () => {
    await using site = await open();
    const body = { node: 'n1', allocation: 'x', operation: 'y' };
    await site.refused(site.a('POST', '/wipes', body), 403, 'operator_only');
  });

  async function keptAside(site: Site, why: RegExp): Promise<void> {
    const { state, maintenance } = await node(site);
    assert.equal(state, 'releasing');
    assert.match(maintenance, why);
    const { isolation } = site;
    await isolation.refused(
      isolation.operator('POST', '/nodes/n1/allocate', { project: 'b' }),
      409,
      'node_allocated',
    );
    assert.deepEqual(await site.held(), NOTHING);
  }
}
