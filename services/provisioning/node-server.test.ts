import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { insideOwnNetwork } from './testing/own-network.ts';
import type { Script } from './testing/simulated-node.ts';
import { Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a node', () => {
    let site: Site;
    before(async () => {
      site = await Site.open();
      await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      await site.isolation.allocate('n2', 'a');
    });
    after(() => site[Symbol.asyncDispose]());
    afterEach(() => site.endAll());

    /** n1, which has its script. */
    async function begun(): Promise<{ id: string; operation: string; script: Script }> {
      const { id, operation } = await boot(1);
      return { id, operation, script: await site.node(1).netboot() };
    }
    async function boot(number: number) {
      const asked = await site.request(`n${number}`, { image: 'debian' });
      await site.poweredOn(asked);
      return asked;
    }

    test('is given its configuration once', async () => {
      const { script } = await begun();
      const config = await site.node(1).config(script.config);
      assert.ok(config.CHAP_SECRET.length >= 32);
      const { status } = await site.node(1).get(script.config);
      assert.equal(status, 410);
    });

    test('that asks for its configuration twice at once is given it once', async () => {
      const { script } = await begun();
      const answers = await Promise.all([1, 2, 3].map(() => site.node(1).get(script.config)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410, 410]);
    });

    test('that boots anew gets a new configuration, and the former one is worth nothing', async () => {
      const { script } = await begun();
      const former = await site.node(1).config(script.config);
      const again = await site.node(1).script(script.url);
      assert.notEqual(again.config, script.config);
      assert.equal((await site.node(1).report(former)).status, 410);
      const config = await site.node(1).config(again.config);
      assert.equal((await site.node(1).report(config)).status, 200);
    });

    test('reports once', async () => {
      const { script, operation } = await begun();
      const config = await site.node(1).config(script.config);
      const reports = await Promise.all([1, 2].map(() => site.node(1).report(config)));
      assert.deepEqual(reports.map(({ status }) => status).sort(), [200, 410]);
      assert.equal((await site.ended(operation)).state, 'succeeded');
      assert.equal((await site.node(1).report(config)).status, 410);
    });

    test('that is only looked at tells what it is made of, once, and in order', async () => {
      const operator = site.isolation.operator;
      const { token } = await site.isolation.ok(operator('POST', '/nodes/n1/inspect'));
      const asked = await site.request('n1', { image: 'debian', inspection: token });
      await site.poweredOn(asked);
      const script = await site.node(1).netboot();
      const { INSPECT_URL } = (await site.node(1).config(script.config)) as Record<string, string>;
      const tell = (report: string) => site.node(1).post(INSPECT_URL!, report);
      assert.equal((await tell('=== cpu\nthreads=1')).status, 400);
      const report = '=== system\nfirmware=uefi\n=== cpu\nthreads=4\nsockets=1\n=== memory\nkibibytes=1024\n';
      assert.equal((await tell(report)).status, 200);
      assert.equal((await tell(report)).status, 410);
      assert.equal((await site.ended(asked.operation)).state, 'succeeded');
      const { facts } = await site.isolation.ok(operator('GET', '/nodes/n1/inspection'));
      assert.deepEqual([facts.cpu.threads, facts.memoryBytes, facts.system.firmware], [4, 2 ** 20, 'uefi']);
    });

    test('that boots for a tenant has nowhere to tell what it is made of', async () => {
      const { script } = await begun();
      const config = await site.node(1).config(script.config);
      assert.equal('INSPECT_URL' in config, false);
      const { status } = await site.node(1).post(config.REPORT_URL.replace(/running$/, 'inspection'), 'x');
      assert.equal(status, 404);
    });

    test('is heard only at its own address', async () => {
      const { script } = await begun();
      const stranger = site.node(2);
      await stranger.use('10.66.0.200');
      for (const url of [script.url, script.kernel, script.initrd, script.config])
        assert.equal((await stranger.get(url)).status, 403, url);
      const config = await site.node(1).config(script.config);
      assert.equal((await stranger.report(config)).status, 403);
      assert.notEqual((await stranger.capacity(config)).code, 0);
      assert.equal((await site.node(1).report(config)).status, 200);
    });

    test('cannot use the tokens of another node', async () => {
      const { script } = await begun();
      await boot(2);
      const other = await site.node(2).netboot();
      assert.equal((await site.node(2).get(script.config)).status, 403);
      const config = await site.node(1).config(script.config);
      assert.equal((await site.node(2).report(config)).status, 403);
      assert.notEqual((await site.node(2).capacity(config)).code, 0);
      assert.equal((await site.node(2).get(other.config)).status, 200);
      assert.equal((await site.node(1).capacity(config)).code, 0);
    });

    test('reaches its disk only by its secret and by its name', async () => {
      const { script } = await begun();
      const config = await site.node(1).config(script.config);
      const wrong = { ...config, CHAP_SECRET: 'f'.repeat(32) };
      assert.notEqual((await site.node(1).capacity(wrong)).code, 0);
      const named = { ...config, INITIATOR_NAME: 'iqn.2026-11.org.bullion:node-other' };
      assert.notEqual((await site.node(1).capacity(named)).code, 0);
      assert.equal((await site.node(1).capacity(config)).code, 0);
    });

    test('that knows no token is told nothing', async () => {
      const { script } = await begun();
      const base = script.url.split('/boot/')[0]!;
      for (const [path, status] of [
        ['/boot/boot_x/script.ipxe', 410],
        ['/boot/config_x/config', 410],
        ['/boot//config', 404],
        ['/boot/x', 404],
        ['/boot/x/config/more', 404],
        ['/', 404],
        ['/boot/x/constructor', 404],
        ['/boot/..%2f..%2fetc/passwd', 404],
        [`/boot/${'x'.repeat(9000)}/config`, 410],
        [`/boot/${'x'.repeat(70_000)}/config`, 431],
      ] as const) {
        assert.equal((await site.node(1).get(`${base}${path}`)).status, status, path.slice(0, 60));
      }
    });

    test('may ask for the size of a file, and changes nothing by it', async () => {
      const { script, id } = await begun();
      assert.match(await site.node(1).head(script.initrd), /^HTTP\/1\.1 200 .*content-length: 16\r\n/s);
      assert.match(await site.node(1).head(script.config), /^HTTP\/1\.1 405 /);
      assert.ok(!(await site.boot(id)).timeline.some(({ stage }) => stage === 'loaded'));
      assert.equal((await site.node(1).get(script.config)).status, 200);
    });

    test('that sends something else than a report is refused, and may report still', async () => {
      const { script, id } = await begun();
      const config = await site.node(1).config(script.config);
      const report = (body: string) => site.node(1).post(config.REPORT_URL, body);
      assert.equal((await report('not json')).status, 400);
      assert.equal((await report('{"hostname":7}')).status, 400);
      assert.equal((await report('{"hostname":"n1","sshHostKeys":["a\\nb"]}')).status, 400);
      assert.equal((await report(JSON.stringify({ hostname: 'x'.repeat(17_000) }))).status, 413);
      assert.equal((await site.node(1).get(config.REPORT_URL)).status, 405);
      assert.equal((await site.boot(id)).state, 'booting');
      assert.equal((await site.node(1).report(config)).status, 200);
    });

    test('that runs cannot be failed by somebody who has read its kernel command line', async () => {
      const { script, id, operation } = await begun();
      const config = await site.node(1).config(script.config);
      await site.node(1).report(config);
      await site.ended(operation);
      await site.node(1).post(script.config.replace(/config$/, 'event'), 'stage=failed&reason=x');
      const { state, error } = await site.boot(id);
      assert.deepEqual({ state, error }, { state: 'running', error: null });
    });

    test('that is ended gets no answer any more', async () => {
      const { script } = await begun();
      await site.done(site.a('DELETE', '/boots/n1'));
      assert.equal((await site.node(1).get(script.url)).status, 410);
      assert.equal((await site.node(1).get(script.config)).status, 410);
    });

    test('that hangs half way through a request holds up nobody', async () => {
      const { script } = await begun();
      const { hostname, port } = new URL(script.url);
      const hanging = Array.from({ length: 20 }, () => connect(Number(port), hostname));
      for (const socket of hanging) {
        socket.on('error', () => {});
        socket.write('POST /boot/x/running HTTP/1.1\r\ncontent-length: 100\r\n\r\nabc');
      }
      assert.equal((await site.node(1).get(script.kernel)).status, 200);
      for (const socket of hanging) socket.destroy();
    });
  });
}
