import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bearer, ConsoleClient } from '../testing/console-client.ts';
import { World } from '../testing/world.ts';

async function recorded(): Promise<World> {
  const world = await World.open();
  await world.allocate('n1', 'a');
  await connected(world);
  return world;
}

/** The recording has begun when keys get through. */
async function connected(world: World, by = world.a): Promise<void> {
  await world.until(async () => (await by('POST', '/nodes/n1/console', { keys: '' })).status === 200);
}

const log = (world: World, query = '') => world.ok(world.a('GET', `/nodes/n1/console${query}`));

describe('consoles', () => {
  it('what the server prints is kept and read by its holder, from the end', async () => {
    await using world = await recorded();
    world.bmc(1).print('Debian GNU/Linux\nlogin: ');
    await world.until(async () => (await log(world)).length > 20);
    assert.equal(await log(world), 'Debian GNU/Linux\nlogin: ');
    assert.equal(await log(world, '?tail=7'), 'login: ');
    assert.equal(await log(world, '?tail=0'), '');
    await world.refused(world.b('GET', '/nodes/n1/console'), 404, 'node_not_found');
    world.bmc(1).down = true;
    assert.equal(await log(world, '?tail=7'), 'login: ');
  });

  it('keys reach the server', async () => {
    await using world = await recorded();
    await world.ok(world.a('POST', '/nodes/n1/console', { keys: 'root\n' }));
    assert.equal(world.bmc(1).typed, 'root\n');
    await world.refused(world.b('POST', '/nodes/n1/console', { keys: 'x' }), 404, 'node_not_found');
  });

  it('several readers follow it live, and their streams end with the release', async () => {
    await using world = await recorded();
    world.bmc(1).print('before ');
    const following = Promise.all([log(world, '?follow=true'), log(world, '?follow=true&tail=0')]);
    let text = 'before ';
    await world.until(async () => (await log(world)) === text);
    for (const word of ['one ', 'two ', 'three ']) {
      world.bmc(1).print(word);
      text += word;
      await world.until(async () => (await log(world)) === text);
    }
    await world.done(world.a('POST', '/nodes/n1/release'));
    const [all, later] = await following;
    assert.equal(all, text);
    assert.ok(text.endsWith(later));
  });

  it('the next holder has a log of its own, and the last one reads no more', async () => {
    await using world = await recorded();
    world.bmc(1).print('the secret of a');
    await world.until(async () => (await log(world)).length > 10);
    await world.done(world.a('POST', '/nodes/n1/release'));
    await world.refused(world.a('GET', '/nodes/n1/console'), 409, 'node_free');
    await world.refused(world.operator('GET', '/nodes/n1/console'), 409, 'node_free');
    await world.allocate('n1', 'b');
    await connected(world, world.b);
    world.bmc(1).print('hello b');
    await world.until(async () => (await world.ok(world.b('GET', '/nodes/n1/console'))) === 'hello b');
    await world.refused(world.a('GET', '/nodes/n1/console'), 404, 'node_not_found');
  });

  it('a console that is lost is connected again, and the log goes on', async () => {
    await using world = await recorded();
    world.bmc(1).print('one ');
    await world.until(async () => (await log(world)) === 'one ');
    world.bmc(1).failCalls = 2;
    const { attach } = world.bmc(1);
    world.bmc(1).attach({ signal: new AbortController().signal }); // Another reader throws ours out.
    assert.equal(world.bmc(1).attach, attach);
    await world.until(async () => world.bmc(1).failCalls === 0);
    await connected(world);
    world.bmc(1).print('two');
    await world.until(async () => (await log(world)) === 'one two');
  });

  it('a node whose BMC does not answer is allocated all the same, and its console says so', async () => {
    await using world = await World.open();
    world.bmc(1).down = true;
    await world.allocate('n1', 'a');
    await world.refused(world.a('POST', '/nodes/n1/console', { keys: 'x' }), 503, 'console_lost');
    assert.equal(await log(world), '');
    world.bmc(1).down = false;
    await connected(world);
  });

  it('it goes on after a restart, and a follower is let go when the service closes', async () => {
    await using world = await recorded();
    world.bmc(1).print('before ');
    await world.until(async () => (await log(world)) === 'before ');
    const following = log(world, '?follow=true');
    await world.restart();
    assert.equal(await following, 'before ');
    await connected(world);
    world.bmc(1).print('after');
    await world.until(async () => (await log(world)) === 'before after');
  });

  it('a full disk is told as an event; who looks sees what is printed all the same', async (t) => {
    await using world = await World.open({ consoles: { diskRetryMs: 50 } });
    const disk = join(world.folder, 'consoles');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]).status !== 0)
      return t.skip('a small disk cannot be mounted here');
    using _ = { [Symbol.dispose]: () => void spawnSync('umount', ['-l', disk]) };
    await world.allocate('n1', 'a');
    await connected(world);
    const { token } = await world.ok(world.operator('POST', '/projects/a/tokens', { label: 'ann' }));
    const client = await ConsoleClient.open(world, '/nodes/n1/console/stream', bearer(token));
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(57_344));
    world.bmc(1).print('x'.repeat(20_000));
    await world.until(async () => (await world.events('console.recording_stopped')).length === 1);
    await world.until(async () => client.text.length === 20_000);
    const [{ subject, project }] = await world.events('console.recording_stopped');
    assert.deepEqual([subject, project], ['node/n1', 'a']);
    rmSync(join(disk, 'ballast'));
    await world.until(async () => {
      world.bmc(1).print('.');
      return (await world.events('console.recording_resumed')).length === 1;
    });
    assert.match(await log(world), /^\r\n\[\d+ bytes that belong here were not kept\]\r\n\.+$/);
    client.socket.close();
  });
});
