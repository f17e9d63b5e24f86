/** `bullion ssh`, with a program in ssh's place that tells what it was given; a real sshd is in node-image's slow tests. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { run } from './testing/run.ts';

const KEY = 'ssh-ed25519 AAAAC3Nza';

describe('bullion ssh', () => {
  let server: Server;
  let env: NodeJS.ProcessEnv;
  let boot = { node: 'node1', address: '192.0.2.10', state: 'running', sshHostKeys: [KEY] };
  let sent: Record<string, unknown> | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'bullion-ssh-test-'));
  before(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      if (request.method === 'POST') sent = JSON.parse(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(boot));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stub = join(folder, 'ssh');
    // The known hosts are gone when it has ended, so they are kept now.
    writeFileSync(
      stub,
      `#!/bin/sh\nfor each; do case $each in UserKnownHostsFile=*) cat "\${each#*=}" >${folder}/known ;; esac; done\necho "$@" >${folder}/args\nexit 7\n`,
    );
    chmodSync(stub, 0o755);
    env = {
      BULLION_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      BULLION_TOKEN: 'x',
      BULLION_HOME: folder,
      PATH: `${folder}:${process.env.PATH}`,
    };
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  test('connects to a node that it can verify, and ends as the command there did', async () => {
    const { code, stderr } = await run(['ssh', 'node1', '--user', 'ada', '--', 'ls', '-l'], env);
    assert.equal(code, 7, stderr);
    assert.equal(readFileSync(join(folder, 'known'), 'utf8'), `node1,192.0.2.10 ${KEY}\n`);
    const args = readFileSync(join(folder, 'args'), 'utf8');
    assert.match(args, /StrictHostKeyChecking=yes -o HostKeyAlias=node1 -l ada 192\.0\.2\.10 ls -l\n$/);
  });

  test("prints the node's line, and connects to no node that does not run or that it does not know", async () => {
    const { stdout } = await run(['ssh', 'node1', '--known-hosts'], env);
    assert.equal(stdout, `node1,192.0.2.10 ${KEY}\n`);
    boot = { ...boot, state: 'ended' };
    assert.match((await run(['ssh', 'node1'], env)).stderr, /does not run: its last boot is ended/);
    boot = { ...boot, state: 'running', sshHostKeys: [] };
    assert.match((await run(['ssh', 'node1'], env)).stderr, /No host key of node "node1" is known/);
  });

  test('a boot takes users with their keys, and user data', async () => {
    writeFileSync(join(folder, 'ada.pub'), 'ssh-ed25519 ADA ada\n');
    writeFileSync(join(folder, 'data'), '#!/bin/sh\n');
    const who = [
      '--user',
      'eve',
      '--sudo-user',
      `ada=${join(folder, 'ada.pub')}`,
      '--user-data',
      join(folder, 'data'),
    ];
    await run(['boot', 'node1', '--image', 'golden', '--no-wait', ...who], env);
    assert.deepEqual(sent?.users, [
      { name: 'eve', sudo: false, sshAuthorizedKeys: [] },
      { name: 'ada', sudo: true, sshAuthorizedKeys: ['ssh-ed25519 ADA ada'] },
    ]);
    assert.equal(sent?.userData, '#!/bin/sh\n');
    const bad = await run(['boot', 'node1', '--image', 'golden', '--user', 'A;b'], env);
    assert.match(bad.stderr, /"A;b" is no user/);
  });
});
