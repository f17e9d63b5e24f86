/** Whatever is killed, nothing is left running, and the next `up` or `down` removes what was written. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { claimSocketRoot } from './home.ts';
import { down, enter, status, up } from './index.ts';
import { everyPid, isAlive, lifeOf, namespaceOf } from './life.ts';
import { readRecord } from './record.ts';
import {
  command,
  eventually,
  hostNetwork,
  ipmi,
  lacking,
  processesNaming,
  smallRack,
  temporaryHome,
} from './testing.ts';

const skip = await lacking();
const home = temporaryHome();
const spec = smallRack('crash');
const name = spec.name;
const host = hostNetwork();
const index = pathToFileURL(join(import.meta.dirname, 'index.ts')).href;
const testing = pathToFileURL(join(import.meta.dirname, 'testing.ts')).href;

const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

after(async () => {
  await down(name);
  home[Symbol.dispose]();
});

/** `up` in a process of its own, which prints every step and can be killed. */
function upElsewhere(): ChildProcess {
  const program = `
    import { up } from ${JSON.stringify(index)};
    import { smallRack } from ${JSON.stringify(testing)};
    const spec = { ...smallRack('crash'), name: ${JSON.stringify(name)} };
    await up(spec, { onStep: (step) => console.log(step.title, step.state) });
    console.log('up');`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const runs = () => processesNaming(join(home.path, 'racks', name));
const nothingRuns = (what: string) => eventually(what, () => runs().length === 0);

for (const moment of [
  'network done',
  'switches started',
  'switches done',
  'servers started',
  'BMCs started',
]) {
  test(`up killed at "${moment}" leaves nothing running, or came too late for a whole rack; down removes the rest`, {
    skip,
  }, async () => {
    const maker = upElsewhere();
    let said = '';
    maker.stdout!.on('data', (chunk) => {
      said += chunk;
      if (said.includes(moment)) maker.kill('SIGKILL');
    });
    await once(maker, 'exit');
    assert.equal(maker.signalCode, 'SIGKILL', said);
    await eventually(
      'the end of all processes, or a rack that is up',
      async () => (await status(name))?.state === 'up' || runs().length === 0,
    );
    // The last steps take a millisecond: the rack may have stood on its own before the kill came. Then it is whole.
    const rack = await status(name);
    if (rack?.state === 'up') {
      for (const node of rack.nodes) assert.equal(ipmi(enter(name), node, ['power', 'status']).code, 0);
    }
    await down(name);
    assert.deepEqual(runs(), []);
    assert.deepEqual(readdirSync(home.path), []);
    assert.deepEqual(hostNetwork(), host);
  });
}

for (const victim of ['supervisor', 'keeper'] as const) {
  test(`kill -9 of the ${victim} ends servers, switch and BMCs; a new up starts afresh`, {
    skip,
  }, async () => {
    const rack = await up(spec);
    const record = readRecord(name)!;
    const namespace = namespaceOf(record.supervisor!.pid, 'net')!;
    for (const node of rack.nodes) assert.equal(ipmi(enter(name), node, ['power', 'on']).code, 0);
    const [program, ...args] = [...enter(name), 'sleep', '1000'];
    const service = spawn(program!, args, { stdio: 'ignore' });
    await eventually('the service', () => namespaceOf(service.pid!, 'net') === namespace);
    // Known one by one: the kernel gives a namespace's number to the next one, perhaps the new rack's.
    const inside = everyPid()
      .filter((pid) => namespaceOf(pid, 'net') === namespace)
      .map(lifeOf);
    assert.ok(inside.length > 1);

    process.kill(record[victim]!.pid, 'SIGKILL');
    await nothingRuns('the end of all processes');

    // A process that is ending has no command line any more, and is not gone before its children are.
    await eventually('the crash is seen', async () => (await status(name))?.state === 'crashed');
    const crashed = await status(name);
    assert.deepEqual(
      crashed?.nodes.map((node) => node.power),
      ['off', 'off'],
    );
    assert.throws(() => enter(name), { code: 'rack_crashed' });
    // What the user started on the operator's machine is the user's, until the rack is cleared away.
    assert.equal(service.exitCode, null);
    assert.equal((await up(spec)).state, 'up');
    await eventually('the end of the service', () => service.signalCode !== null);
    await eventually('the end of all that was in the namespace', () => !inside.some(isAlive));
    await down(name);
    assert.deepEqual(readdirSync(home.path), []);
  });
}

test('an up that fails says why, with the log, and leaves nothing', { skip }, async () => {
  const broken = { ...spec, controller: { ...spec.controller, address6: 'fd00::1/129' } };
  await assert.rejects(up(broken), (error: Error & { code: string; details: { log: string } }) => {
    assert.equal(error.code, 'program_failed');
    assert.match(error.message, /ip .*fd00::1\/129/s);
    assert.match(error.details.log, /fd00::1\/129/);
    return true;
  });
  await nothingRuns('the end of all processes');
  assert.deepEqual(readdirSync(home.path), []);
});

test('a socket directory that others may enter, or that leads elsewhere, is not used', async () => {
  const root = join(home.path, 'sockets');
  await claimSocketRoot(root);
  await claimSocketRoot(root); // Ours from before.
  chmodSync(root, 0o755);
  await assert.rejects(claimSocketRoot(root), { code: 'socket_directory_foreign' });
  chmodSync(root, 0o700);
  const link = join(home.path, 'link');
  symlinkSync(root, link);
  await assert.rejects(claimSocketRoot(link), { code: 'socket_directory_foreign' });
  unlinkSync(link);
  rmdirSync(root);
});

test('two ups at once: one wins, and the other changes nothing', { skip }, async () => {
  const results = await Promise.allSettled([up(spec), up(spec)]);
  assert.deepEqual(results.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await status(name))?.state, 'up');
  await down(name);
});

test('an ordinary user brings a rack up and down', { skip: skip || notAsNobody() }, () => {
  const theirs = join(home.path, 'nobody');
  mkdirSync(theirs);
  chownSync(theirs, 65534, 65534);
  chmodSync(home.path, 0o755);
  const program = `
    import { down, enter, up } from ${JSON.stringify(index)};
    import { ipmi, smallRack } from ${JSON.stringify(testing)};
    const rack = await up(smallRack('nobody'));
    try {
      for (const node of rack.nodes) console.log(ipmi(enter(rack.name), node, ['power', 'on']).output.trim());
    } finally {
      await down(rack.name);
    }`;
  const done = command([...asNobody, process.execPath, '--input-type=module', '-e', program], {
    BULLION_HOME: theirs,
  });
  assert.equal(done.output, 'Chassis Power Control: Up/On\nChassis Power Control: Up/On\n');
  assert.deepEqual(readdirSync(theirs), []);
  assert.ok(!existsSync('/tmp/bullion-65534'));
  rmdirSync(theirs);
});

test('where /dev/net/tun is closed to a user, the error says what to do', {
  skip: skip || notAsNobody(),
}, () => {
  const program = `
    import { up } from ${JSON.stringify(index)};
    import { smallRack } from ${JSON.stringify(testing)};
    await up(smallRack('nobody')).catch((error) => console.log(error.code, error.message, error.hint));`;
  // A device that only root may open, in the mount namespace of this command alone.
  const closed = join(home.path, 'closed');
  const mask = `umask 077; : >${closed}; mount --bind ${closed} /dev/net/tun; exec "$@"`;
  const done = command(
    [
      'unshare',
      '--mount',
      'sh',
      '-c',
      mask,
      'sh',
      ...asNobody,
      process.execPath,
      '--input-type=module',
      '-e',
      program,
    ],
    { BULLION_HOME: '/tmp/bullion-nobody' },
  );
  assert.match(
    done.output,
    /^rack_not_permitted \/dev\/net\/tun cannot be opened.*chmod 0666 \/dev\/net\/tun/s,
  );
  assert.ok(!existsSync('/tmp/bullion-nobody'));
  rmSync(closed);
});

/** Why that user cannot be tried. */
function notAsNobody(): string | false {
  if (process.getuid!() !== 0) return 'the tests run as an ordinary user already';
  const may = command([
    ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    'sh',
    '-c',
    `test -r ${join(import.meta.dirname, 'index.ts')} && test -r /dev/net/tun && test -w /dev/net/tun && unshare --user --map-root-user true`,
  ]);
  return may.code === 0
    ? false
    : 'the user nobody cannot read this repository, open /dev/net/tun, or make a user namespace';
}
