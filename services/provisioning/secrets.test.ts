import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { childNamed } from './testing/children.ts';
import { insideOwnNetwork } from './testing/own-network.ts';
import { Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  test('no secret of a boot is logged, returned, or in a file that others can read', async () => {
    await using site = await Site.open({ logged: true });
    const logged = () => readFileSync(site.logPath, 'utf8');
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
    const { boot, script, config } = await site.running('n1', { image: 'debian' });
    const tokenIn = (url: string) => /\/boot\/([^/]+)\//.exec(url)![1]!;
    const secrets = [
      config.CHAP_SECRET,
      tokenIn(script.url),
      tokenIn(script.config),
      tokenIn(config.REPORT_URL),
    ];
    // What is refused and what fails is logged most.
    await site.node(1).get(script.config);
    await site.node(1).report(config);
    await site.node(2).use('10.66.0.77');
    for (const url of [script.url, script.config, `${config.REPORT_URL}?x=${secrets[3]}`])
      await site.node(2).get(url);
    await site.node(1).capacity({ ...config, INITIATOR_NAME: 'iqn.2026-11.org.bullion:other' });
    const answers = JSON.stringify([
      boot,
      await site.ok(site.a('GET', '/boots?all=true')),
      await site.ok(site.a('GET', `/operations/${boot.operation}`)),
      await site.ok(site.a('GET', '/volumes')),
    ]);
    process.kill(childNamed('dnsmasq')!, 'SIGKILL'); // Its last words are logged.
    await site.until('it is noticed', async () => logged().includes('dnsmasq died'));
    assert.match(logged(), /node request refused/);
    assert.match(logged(), /iSCSI login refused/);
    for (const secret of secrets) {
      assert.ok(!logged().includes(secret), 'logged');
      assert.ok(!answers.includes(secret), 'returned');
    }
    const folder = join(site.folder, 'service');
    assert.equal(statSync(folder).mode & 0o077, 0);
    for (const name of readdirSync(join(folder, 'dhcp', 'options')))
      assert.equal(statSync(join(folder, 'dhcp', 'options', name)).mode & 0o077, 0);
  });
}
