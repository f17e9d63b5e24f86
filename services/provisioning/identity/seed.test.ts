import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { Site } from '../testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  test('a node is told who it is: it alone, its secrets once, and its host key is known before it boots', async () => {
    await using site = await Site.open({ nodes: 2 });
    for (const node of ['n1', 'n2']) await site.isolation.allocate(node, 'a');
    await site.image('golden');
    const userData = '#!/bin/sh\necho a-secret-of-the-tenant\n';
    const users = [{ name: 'ada', sshAuthorizedKeys: ['ssh-ed25519 AAAA ada'], sudo: true }];
    const bad = { node: 'n1', image: 'golden', users: [{ name: 'root;reboot' }] };
    await site.refused(site.a('POST', '/boots', bad), 400, 'request_invalid');
    const boot = await site.ok(
      site.a('POST', '/boots', { node: 'n1', image: 'golden', hostname: 'web1', users, userData }),
    );
    assert.match(boot.sshHostKeys[0], /^ssh-ed25519 AAAA/);
    await site.poweredOn(boot);
    const node = site.node(1);
    const script = await node.netboot();
    const seed = /ds=nocloud;s=(\S+)/.exec(script.text)![1]!;
    assert.match(seed, /\/$/);
    assert.equal(JSON.parse(await node.mustGet(`${seed}meta-data`))['local-hostname'], 'web1');
    await site.node(2).use('10.66.0.250');
    assert.equal((await site.node(2).get(`${seed}user-data`)).status, 403);
    assert.equal(await node.mustGet(`${seed}user-data`), userData);
    assert.equal((await node.get(`${seed}user-data`)).status, 410);
    const config = JSON.parse((await node.mustGet(`${seed}vendor-data`)).replace(/^#.*\n/, ''));
    assert.equal(config.ssh_keys.ed25519_public, boot.sshHostKeys[0]);
    assert.equal((await node.get(`${seed}vendor-data`)).status, 410);
    await node.mustGet(`${seed}meta-data`);
    assert.equal((await node.get(`${seed}network-config`)).status, 404);
    // Another script, another reading; the former seed is worth nothing.
    const again = await node.script(script.url);
    assert.equal((await node.get(`${seed}meta-data`)).status, 410);
    const fresh = /ds=nocloud;s=(\S+)/.exec(again.text)![1]!;
    const told = (await node.config(again.config)) as Record<string, string>;
    assert.equal(Buffer.from(told.USER_DATA!, 'base64').toString(), userData);
    assert.match(Buffer.from(told.USERS!, 'base64').toString(), /^ada sudo \/bin\/bash /);
    const report = JSON.stringify({ hostname: 'web1', sshHostKeys: [] });
    assert.equal((await node.post(told.REPORT_URL!, report)).status, 200);
    assert.equal((await site.ended(boot.operation)).state, 'succeeded');
    assert.deepEqual((await site.boot(boot.id)).sshHostKeys, boot.sshHostKeys);
    // What nobody read until the node ran, nobody does.
    assert.equal((await node.get(`${fresh}user-data`)).status, 410);
    for (const file of ['provisioning.db', 'provisioning.db-wal'])
      assert.ok(!readFileSync(join(site.folder, 'service', file)).includes('a-secret-of-the-tenant'), file);
  });
}
