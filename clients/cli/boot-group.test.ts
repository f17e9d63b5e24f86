/** How `bullion boot --count` follows a group, against a service that plays one; the real one has tests of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { afterEach, beforeEach, describe } from 'node:test';
import type { ProvisioningType } from '@bullion/sdk';
import { run } from './testing/run.ts';

type Group = ProvisioningType['BootGroup'];
type Member = Group['members'][number];

const member = (node: string, over: Partial<Member>): Member => ({
  ...{ node, boot: `boot-of-${node}`, state: 'booting', stage: 'requested', address: null, error: null },
  ...over,
});
const group = (state: Group['state'], tally: Partial<Group['tally']>, members: Member[]): Group => ({
  ...{ id: 'g1', project: 'lab', image: 'golden', count: 2, state, operation: 'o1', members },
  tally: { waiting: 0, booting: 0, running: 0, failed: 0, ended: 0, ...tally },
  createdAt: new Date(0).toISOString(),
});
const begun = group('booting', { booting: 1, waiting: 1 }, [member('n1', {}), member('n2', {})]);
const running = group('running', { running: 2 }, [
  member('n1', { state: 'running', stage: 'running', address: '10.0.0.2' }),
  member('n2', { state: 'running', stage: 'running', address: '10.0.0.3' }),
]);
const incomplete = group('incomplete', { running: 1, failed: 1 }, [
  running.members[0]!,
  member('n2', { state: 'failed', error: { code: 'boot_failed', message: 'its power went off' } }),
]);

describe('bullion boot --count', () => {
  let server: Server;
  let env: NodeJS.ProcessEnv;
  /** What the service answers, one after the other; the last stays. */
  let story: object[];
  let asked: { method: string; url: string; body: string }[];
  beforeEach(async () => {
    asked = [];
    server = createServer(async (request, response) => {
      asked.push({ method: request.method!, url: request.url!, body: await text(request) });
      const now = story.length > 1 ? story.shift()! : story[0]!;
      response.writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(now));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    env = {
      BULLION_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      BULLION_TOKEN: 'x',
      BULLION_HOME: '/nowhere',
    };
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const boot = (...more: string[]) =>
    run(['boot', '--count', '2', '--image', 'golden', '--project', 'lab', ...more], env);

  test('asks for free nodes of a class, and shows one progress', async () => {
    story = [begun, begun, running];
    const { code, stdout, stderr } = await boot(
      '--class',
      'blade',
      '--where',
      'rack=r 1',
      '--priority',
      'low',
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(asked[0]!.body), {
      project: 'lab',
      image: 'golden',
      count: 2,
      where: { class: 'blade', rack: 'r 1' },
      priority: 'low',
      sshAuthorizedKeys: [],
    });
    assert.equal(stderr, '2 nodes boot from golden for lab\n  0/2 run, 1 booting, 1 waiting\n  2/2 run\n');
    assert.match(stdout, /^All 2 nodes run\./);
  });

  test('a node that fails is named with its cause, and the exit code says so', async () => {
    story = [begun, incomplete];
    const { code, stderr } = await boot();
    assert.equal(code, 1);
    assert.match(stderr, /Of 2 nodes 1 run\.\n {2}n2: its power went off\n {2}hint: Those that run go on\./);
  });

  test('what cannot be meant is refused before anything is asked', async () => {
    story = [begun];
    for (const words of [
      ['boot', '--count', '2', '--image', 'golden'],
      ['boot', '--count', 'many', '--image', 'golden', '--project', 'lab'],
      ['boot', '--count', '2', '--image', 'golden', '--project', 'lab', '--where', 'rack'],
    ]) {
      const { code, stderr } = await run(words, env);
      assert.notEqual(code, 0);
      assert.match(stderr, /hint: /);
    }
    assert.deepEqual(asked, []);
  });

  test('a group is shown node by node, and ended', async () => {
    story = [incomplete];
    const shown = await run(['boot', 'group', 'show', 'g1'], env);
    assert.match(shown.stdout, /n2 +failed +requested +its power went off/);
    story = [{ operation: 'o2' }];
    const ended = await run(['boot', 'group', 'end', 'g1', '--coming-up', '--release', '--no-wait'], env);
    assert.equal(ended.code, 0, ended.stderr);
    const { method, url } = asked.at(-1)!;
    assert.equal(method, 'DELETE');
    assert.match(url, /boot-groups\/g1\?running=false&deleteVolumes=false&release=true$/);
    assert.equal(ended.stdout.includes('bullion operation show o2'), true);
    const single = await run(['boot', 'end', 'n1', '--no-wait'], env);
    assert.match(single.stdout, /bullion operation show o2/, single.stderr);
    story = [{ bound: 64, comingUp: 3, waiting: 1 }];
    assert.match(
      (await run(['boot', 'queue'], env)).stdout,
      /^3 of at most 64 nodes come up now, 1 boots wait\./,
    );
  });
});
