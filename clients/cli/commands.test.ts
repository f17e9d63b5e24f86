import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataCentre } from './testing/data-centre.ts';
import { run } from './testing/run.ts';

type Node = {
  name: string;
  state: string;
  project: string | null;
  nics: { networks: { network: string }[] }[];
};

describe('the command line against a running isolation service', () => {
  let dc: DataCentre;
  let hospital: string;
  before(async () => {
    dc = await DataCentre.open();
    await dc.furnish();
    hospital = await dc.admit('hospital');
  });
  after(() => dc.close());

  test('lists are tables for people and arrays for programs', async () => {
    const { stdout, stderr, code } = await dc.bullion(['node', 'list']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.equal(
      stdout,
      [
        'NODE   STATE  PROJECT  FIRMWARE  NETWORKS',
        'node1  free   -        bios      -',
        'node2  free   -        bios      -',
        '',
      ].join('\n'),
    );
    const nodes = await dc.value<Node[]>(['node', 'list', '--free']);
    assert.deepEqual(
      nodes.map(({ name, state }) => [name, state]),
      [
        ['node1', 'free'],
        ['node2', 'free'],
      ],
    );
  });

  test('a member acts for its own project without naming it', async () => {
    const node = await dc.value<Node>(['node', 'allocate', 'node1'], hospital);
    assert.equal(node.project, 'hospital');
    const network = await dc.value<{ project: string }>(['network', 'create', 'ward'], hospital);
    assert.equal(network.project, 'hospital');
  });

  test('an operator must say for whom', async () => {
    const { code, stderr } = await dc.bullion(['node', 'allocate', 'node2']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /An operator acts for no project by itself\.\n {2}hint: Say for which project: --project NAME/,
    );
  });

  test('attaching waits until the switch carries it, and says so', async () => {
    const attached = await dc.bullion(['network', 'attach', 'ward', 'node1', 'nic1'], hospital);
    assert.deepEqual([attached.code, attached.stdout], [0, 'node1/nic1 is on ward.\n']);
    const shown = await dc.bullion(['node', 'show', 'node1']);
    assert.match(shown.stdout, /nic1 {2}52:54:00:00:01:01 {2}tor1\/p2 {2}hospital\/ward\n/);
    const ports = await dc.bullion(['switch', 'ports', 'tor1']);
    assert.match(ports.stdout, /p2 +node1\/nic1 {2}verified/);
    const detached = await dc.value<{ state: string }>(
      ['network', 'detach', 'ward', 'node1', 'nic1'],
      hospital,
    );
    assert.equal(detached.state, 'succeeded');
  });

  test('--no-wait returns the operation, which can be followed to its end', async () => {
    dc.tor.latencyMs = 300;
    const { operation } = await dc.value<{ operation: string }>(
      ['network', 'attach', 'ward', 'node1', 'nic1', '--no-wait'],
      hospital,
    );
    const followed = await dc.bullion(['operation', 'show', operation, '--follow'], hospital);
    dc.tor.latencyMs = 0;
    assert.equal(followed.code, 0);
    assert.match(followed.stdout, /state {6}succeeded/);
    await dc.value(['network', 'detach', 'ward', 'node1', 'nic1'], hospital);
  });

  test('Ctrl-C leaves the operation going and says how to follow it', async () => {
    dc.tor.latencyMs = 2000;
    const stop = new AbortController();
    const env = { BULLION_URL: dc.url, BULLION_TOKEN: hospital };
    const running = run(['network', 'attach', 'ward', 'node1', 'nic1'], env, { signal: stop.signal });
    await sleep(500);
    stop.abort();
    const { code, stdout, stderr } = await running;
    dc.tor.latencyMs = 0;
    assert.equal(code, 130);
    assert.equal(stdout, '');
    const id = /bullion operation show (\S+) --follow/.exec(stderr)![1]!;
    assert.equal(
      (await dc.value<{ state: string }>(['operation', 'show', id, '--follow'])).state,
      'succeeded',
    );
    await dc.value(['network', 'detach', 'ward', 'node1', 'nic1'], hospital);
  });

  test('power is read and changed', async () => {
    assert.equal(
      (await dc.bullion(['node', 'power', 'node1'], hospital)).stdout,
      'The power of node1 is off.\n',
    );
    assert.deepEqual(await dc.value(['node', 'power', 'node1', 'on'], hospital), {
      node: 'node1',
      power: 'on',
    });
    assert.equal(dc.bmcs[0].power, 'on');
  });

  test('the console is printed, and what a node prints does not hide in JSON', async () => {
    dc.bmcs[0].print('login: ');
    const log = async () => (await dc.bullion(['console', 'node1', '--log'], hospital)).stdout;
    for (let tries = 0; (await log()) === '' && tries < 100; tries++) await sleep(50);
    assert.equal(await log(), 'login: ');
    assert.deepEqual(await dc.value(['console', 'node1'], hospital), { node: 'node1', log: 'login: ' });
    const both = await dc.bullion(['console', 'node1', '--follow', '--json'], hospital);
    assert.equal(both.code, 2);
  });

  test('following a console goes on until Ctrl-C', async () => {
    const stop = new AbortController();
    const env = { BULLION_URL: dc.url, BULLION_TOKEN: hospital };
    const running = run(['console', 'node1', '--follow', '--tail', '0'], env, { signal: stop.signal });
    await sleep(200);
    dc.bmcs[0].print('one more line\n');
    await sleep(100);
    stop.abort();
    const { code, stdout } = await running;
    assert.deepEqual([code, stdout], [130, 'one more line\n']);
  });

  test('release gives a node back that was never booted, where nothing can be booted', async () => {
    const { code, stdout } = await dc.bullion(['release', 'node1'], hospital);
    assert.deepEqual([code, stdout], [0, 'Node node1 is free.\n']);
    assert.equal(dc.bmcs[0].power, 'off');
  });

  test('what happened is told', async () => {
    const events = await dc.value<{ kind: string; sequence: number }[]>(['events'], hospital);
    assert.ok(events.some(({ kind }) => kind === 'node.allocated'));
    const { stdout } = await dc.bullion(['events', '--after', String(events.at(-1)!.sequence)], hospital);
    assert.match(stdout, /^Nothing has happened since \d+\.\n$/);
  });

  describe('what goes wrong', () => {
    const cases: [what: string, args: string[], code: number, says: RegExp][] = [
      [
        'an unknown node',
        ['node', 'show', 'nix'],
        3,
        /There is no node "nix"\.\n {2}hint: See what there is with `bullion node list`/,
      ],
      ['an unknown network', ['network', 'delete', 'nix'], 3, /There is no network "nix"/],
      ['an unknown switch', ['switch', 'ports', 'nix'], 3, /There is no switch "nix"/],
      [
        'an unknown port',
        ['port', 'delete', 'tor1', 'a/b'],
        3,
        /There is no port "a\/b"\.\n {2}hint: .*bullion switch ports tor1/,
      ],
      ['an unknown driver', ['switch', 'add', 'x', '--driver', 'nix'], 2, /There is no switch driver "nix"/],
      [
        'a port that is taken by another NIC',
        [
          'node',
          'add',
          'n3',
          '--bmc',
          'memory',
          '--bmc-setting',
          'address=bmc1',
          '--bmc-setting',
          'username=a',
          '--bmc-setting',
          'password=b',
          '--nic',
          'nic0=52:54:00:00:09:00@tor1/p1',
        ],
        4,
        /Port "p1" of tor1 is cabled to node1\/nic0 already/,
      ],
      ['a NIC that is none', ['node', 'add', 'n3', '--nic', 'nic0'], 2, /"nic0" does not describe a NIC/],
      ['a setting that is none', ['switch', 'add', 'x', '--setting', 'nix'], 2, /"nix" is not a setting/],
      ['a name that no node can have', ['node', 'allocate', '../x', '--project', 'hospital'], 2, /./],
      [
        'a project that is there already',
        ['project', 'create', 'hospital'],
        4,
        /There is a project "hospital" already/,
      ],
      [
        'a VLAN that is none',
        ['network', 'create', 'x', '--vlan', '9999'],
        2,
        /A VLAN is a number from 1 to 4094/,
      ],
      ['an operation that nobody knows', ['operation', 'show', 'nix'], 3, /There is no operation "nix"/],
      [
        'an operation that no service knows',
        ['operation', 'show', '0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70'],
        3,
        /There is no operation/,
      ],
      [
        'a service that is not served here',
        ['image', 'list'],
        6,
        /serves no provisioning service\.\n {2}hint: .*--rack/,
      ],
      [
        'a secret in a file that is not there',
        ['node', 'add', 'x', '--bmc-password-file', '/nix'],
        3,
        /The file \/nix cannot be read: there is no such file/,
      ],
    ];
    for (const [what, args, code, says] of cases) {
      test(`${what} is told in words and as JSON, with exit code ${code}`, async () => {
        const people = await dc.bullion(args);
        assert.equal(people.code, code, people.stderr);
        assert.match(people.stderr, says);
        assert.match(people.stderr, /^bullion: /);
        assert.match(people.stderr, /\n {2}hint: /);
        assert.doesNotMatch(people.stderr, / at .*\.ts:/, 'no stack');
        assert.equal(people.stdout, '');
        const program = await dc.bullion([...args, '--json']);
        assert.equal(program.code, code);
        assert.equal(program.stderr, '');
        const { error } = JSON.parse(program.stdout);
        assert.match(error.code, /^[a-z0-9_]+$/);
        assert.ok(error.message.length > 0 && error.hint.length > 0);
      });
    }

    test('a node that is held cannot be taken, and its holder is not told to strangers', async () => {
      const startup = await dc.admit('startup');
      await dc.value(['node', 'allocate', 'node2'], startup);
      const taken = await dc.bullion(['node', 'allocate', 'node2'], hospital);
      assert.notEqual(taken.code, 0);
      assert.doesNotMatch(taken.stderr, /startup/);
      assert.equal((await dc.bullion(['node', 'show', 'node2'], hospital)).code, 3);
      assert.equal((await dc.bullion(['release', 'node2'], hospital)).code, 3);
      await dc.value(['release', 'node2'], startup);
    });

    test('a member may not do what operators do', async () => {
      const { code, stderr } = await dc.bullion(['switch', 'list'], hospital);
      assert.equal(code, 5);
      assert.match(stderr, /Only an operator may see switches/);
    });

    test('a BMC that does not answer, and one that does not know the password', async () => {
      await dc.value(['node', 'allocate', 'node1'], hospital);
      dc.bmcs[0].down = true;
      const down = await dc.bullion(['node', 'power', 'node1', 'on'], hospital);
      dc.bmcs[0].down = false;
      assert.equal(down.code, 6);
      assert.match(down.stderr, /^bullion: .*BMC.* does not answer/);
      dc.bmcs[0].password = 'another';
      const wrong = await dc.bullion(['node', 'power', 'node1', 'on'], hospital);
      dc.bmcs[0].password = 'secret';
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /the user name or the password is wrong/);
      assert.doesNotMatch(wrong.stderr, /secret/);
      await dc.value(['release', 'node1'], hospital);
    });

    test('a token that nobody made', async () => {
      const { code, stderr } = await dc.bullion(['node', 'list'], 'nonsense');
      assert.equal(code, 5);
      assert.match(stderr, /This request carries no valid token/);
    });

    test('no token at all', async () => {
      const { code, stderr } = await run(['node', 'list'], { BULLION_URL: dc.url, BULLION_HOME: '/nowhere' });
      assert.equal(code, 5);
      assert.match(stderr, /There is no token for http:.*\n {2}hint: Set BULLION_TOKEN/);
    });

    test("the operator's token of this machine is not sent to another one", async () => {
      await writeFile(join(dc.folder, 'operator-token'), `${dc.token}\n`);
      const home = { BULLION_HOME: dc.folder };
      assert.equal((await run(['node', 'list'], { ...home, BULLION_URL: dc.url })).code, 0);
      const far = await run(['node', 'list', '--debug'], {
        ...home,
        BULLION_URL: 'http://bullion.invalid:1',
      });
      assert.equal(far.code, 6);
      assert.match(far.stderr, /No service answers at http:\/\/bullion\.invalid:1/);
      assert.match(far.stderr, / at .*\.ts:/, '--debug shows where it came from');
    });

    test('no service', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      await new Promise((resolve) => server.close(resolve));
      const { code, stderr } = await run(['node', 'list'], {
        BULLION_URL: `http://127.0.0.1:${port}`,
        BULLION_TOKEN: 'x',
      });
      assert.equal(code, 6);
      assert.match(stderr, /No service answers at .*ECONNREFUSED.*\n {2}hint: Start it with `bullion serve`/);
    });

    test('an address that is none', async () => {
      const { code, stderr } = await run(['node', 'list', '--url', 'nix']);
      assert.equal(code, 2);
      assert.match(stderr, /"nix" is not the address of a service/);
    });
  });
});
