/**
 * HIL's own command line against this service, where there is one: `BULLION_HIL_CLIENT` is a folder with HIL's source,
 * `BULLION_HIL_PYTHON` a Python 2.7 (default `python2`) that finds what the client imports (see README.md).
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { HilWorld, PASSWORD } from './testing/hil.ts';

const source = process.env.BULLION_HIL_CLIENT;
const python = process.env.BULLION_HIL_PYTHON ?? 'python2';
const skip = source === undefined && 'BULLION_HIL_CLIENT names no copy of HIL';

/** It refuses to be run by root, which tests may be. */
const MAIN = 'import os; os.getuid = lambda: 1000; from hil.cli.cli import main; main()';
const run = promisify(execFile);

it("HIL's own command line does all that it can", { skip, timeout: 300_000 }, async (t) => {
  await using hil = await HilWorld.open();
  const { obmd } = hil;
  const environment = (user: string) => ({
    ...process.env,
    PYTHONPATH: [source, process.env.PYTHONPATH ?? ''].join(':'),
    HIL_ENDPOINT: hil.endpoint,
    HIL_USERNAME: user,
    HIL_PASSWORD: PASSWORD,
  });
  const as = (user: string) => async (line: string) => {
    const { stdout } = await run(python, ['-W', 'ignore', '-c', MAIN, ...line.split(' ')], {
      env: environment(user),
      timeout: 30_000,
    });
    return stdout;
  };
  const [root, alice, bob] = [as('root'), as('alice'), as('bob')];
  const json = async (user: typeof root, line: string) => JSON.parse(await user(`${line} --json`));
  const refused = async (user: typeof root, line: string, message: RegExp) =>
    await assert.rejects(user(line), ({ stderr }: { stderr: string }) => {
      assert.match(stderr, message, line);
      assert.doesNotMatch(stderr, /Traceback/);
      return true;
    });
  const done = async (user: typeof root, line: string) => {
    const { status_id } = await json(user, line);
    for (;;) {
      const action = await json(user, `networking-action show ${status_id}`);
      if (action.status !== 'PENDING') return action;
    }
  };

  await t.test('registers a rack', async () => {
    await root('switch delete sw');
    await root('switch register sw mock sw u p');
    await root('port register sw gi1/0/1');
    await refused(root, 'port register sw gi1/0/1', /already/);
    assert.match(await root('switch show sw'), /nativeless-trunk-mode[\s\S]*gi1\/0\/1/);
    assert.match(await root('switch list'), /sw/);
    await root(`node register n1 ${obmd.uri} ${obmd.adminToken}`);
    await root('node nic register n1 em1 DE:AD:BE:EF:20:14');
    await root('port nic add sw gi1/0/1 n1 em1');
    await root('node metadata add n1 rack 7');
    assert.match(await root('node show n1'), /gi1\/0\/1[\s\S]*rack[\s\S]*7/);
    assert.deepEqual(await json(root, 'port show sw gi1/0/1'), { node: 'n1', nic: 'em1', networks: {} });
    await root('node metadata delete n1 rack');
    assert.deepEqual(await json(root, 'node list all'), ['n1']);
  });

  await t.test('makes projects and users', async () => {
    await root('project create p');
    assert.deepEqual(await json(root, 'project list'), ['a', 'b', 'p']);
    await root('user create carol a-long-password regular');
    await root('user project add carol p');
    await root('user project remove carol p');
    await root('user set-admin carol admin');
    await refused(root, 'user set-admin root regular', /themselves/);
    await root('user delete carol');
    await root('project delete p');
    await refused(alice, 'project create mine', /operator/);
    await refused(as('nobody'), 'node list free', /Authentication failed/);
  });

  await t.test('puts a node on networks, and takes it off', async () => {
    await alice('project node add a n1');
    assert.deepEqual(await json(alice, 'project node list a'), ['n1']);
    await alice('network create net a');
    await alice('network create tag a');
    assert.deepEqual(await json(alice, 'project list-networks a'), ['net', 'tag']);
    const shown = await json(alice, 'network show tag');
    await refused(bob, 'network show tag', /no network/);
    await alice('network grant-access tag b');
    await json(bob, 'network show tag');
    await alice('network revoke-access tag b');
    const native = await done(alice, 'node network connect n1 em1 net');
    assert.deepEqual([native.status, native.channel], ['DONE', 'vlan/native']);
    const tagged = await done(alice, `node network connect n1 em1 tag ${shown.channels[1]}`);
    assert.deepEqual([tagged.status, tagged.new_network], ['DONE', 'tag']);
    assert.match(await alice('node show n1'), /net\(vlan\/native\)/);
    assert.match(await alice('network list-attachments net --project a'), /n1 +\| +a +\| +em1/);
    assert.match(await root('network list'), /net[\s\S]*1000[\s\S]*a/);
    await done(alice, 'node network detach n1 em1 tag');
  });

  await t.test('switches it on, and reads its console', async () => {
    await refused(alice, 'node power on n1', /OBM is not enabled/);
    await alice('node obm enable n1');
    await alice('node power on n1');
    assert.equal(obmd.power, 'on');
    assert.match(await alice('node power status n1'), /power_status.*on/);
    await alice('node power cycle n1');
    await alice('node bootdev n1 pxe');
    await refused(alice, 'node bootdev n1 A', /bootdev/);
    await alice('node power off n1');
    assert.deepEqual(obmd.calls, ['power_on', 'power_cycle no force', 'boot_device', 'power_off']);
    const line = ['-W', 'ignore', '-u', '-c', MAIN, 'node', 'console', 'show', 'n1'];
    const reader = spawn(python, line, { env: environment('alice') });
    t.after(() => reader.kill());
    let read = '';
    reader.stdout.on('data', (chunk) => {
      read += chunk;
    });
    await hil.world.until(async () => {
      obmd.print('login: ');
      return read.includes('login: ');
    }, 60_000);
    await alice('node obm disable n1');
    // The stream ends when management is disabled.
    await new Promise((resolve) => reader.once('exit', resolve));
  });

  await t.test('gives the node back, also by force', async () => {
    await refused(alice, 'project node remove a n1', /em1 on net/);
    const forced = await root('project node remove a n1 --force');
    assert.match(forced, /removing all networks/);
    assert.deepEqual(await json(bob, 'node list free'), ['n1']);
    await alice('network delete net');
    await alice('network delete tag');
    await done(root, 'port revert sw gi1/0/1');
    await root('port nic remove sw gi1/0/1');
    await root('port delete sw gi1/0/1');
    await root('node nic delete n1 em1');
    await root('node delete n1');
    await root('switch delete sw');
  });
});
