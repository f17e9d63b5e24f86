/** The console's WebSocket, over real HTTP. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { bearer, ConsoleClient, heldConsole, rawStream, STREAM } from '../testing/console-client.ts';
import type { World } from '../testing/world.ts';

const printed = async (world: World, text: string) => {
  world.bmc(1).print(text);
  await world.until(async () =>
    (await world.ok(world.a('GET', '/nodes/n1/console'))).endsWith(text.slice(-1000)),
  );
};

describe('the console stream', { timeout: 150_000 }, () => {
  it('gives the end of the log first, then what comes, and says where the one ends', async () => {
    await using place = await heldConsole();
    const { world, join } = place;
    await printed(world, 'one two ');
    const client = await join('ann', '?tail=4');
    await world.until(async () => client.told('live').length === 1);
    world.bmc(1).print('three');
    await world.until(async () => client.text === 'two three');
    const [hello] = client.told('hello');
    assert.deepEqual(
      [hello.node, hello.you, hello.connected, hello.from],
      ['n1', 'ann', true, 'one '.length],
    );
    assert.equal(client.messages[0], hello);
    const nothingBefore = await join('bob', '?tail=0');
    world.bmc(1).print(' four');
    await world.until(async () => nothingBefore.text === ' four');
  });

  it('whenever a reader comes, nothing is missing and nothing comes twice', async () => {
    await using place = await heldConsole({ segmentBytes: 4096 });
    const { world, join } = place;
    const clients: ConsoleClient[] = [];
    let text = '';
    const printing = (async () => {
      for (let line = 0; line < 2000; line++) {
        const next = `line ${line}\r\n`;
        text += next;
        world.bmc(1).print(next);
        if (line % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let reader = 0; reader < 10; reader++) clients.push(await join(`r${reader}`, '?tail=10000000'));
    await printing;
    for (const client of clients) await world.until(async () => client.text.length >= text.length);
    for (const client of clients) assert.ok(client.text === text, 'a reader has other bytes');
    assert.ok(clients.every((client) => client.told('gap').length === 0));
  });

  it('one writes, who else asks is told who it is, and may take the seat over', async () => {
    await using place = await heldConsole();
    const { world, join } = place;
    const ann = await join('ann', '?write=true');
    await world.until(async () => ann.told('seat').at(-1)?.state === 'granted');
    const bob = await join('bob');
    bob.type('rm -rf /\r');
    await world.until(async () => bob.told('error').length === 1);
    assert.equal(bob.told('error')[0].code, 'console_seat_needed');
    assert.match(bob.told('error')[0].message, /"ann" writes/);
    bob.say({ type: 'write' });
    await world.until(async () => bob.told('seat').length === 1);
    assert.deepEqual(bob.told('seat')[0], { type: 'seat', state: 'refused', holder: 'ann' });
    const { message } = await world.refused(
      world.a('POST', '/nodes/n1/console', { keys: 'x' }),
      409,
      'console_seat_needed',
    );
    assert.match(message, /"ann"/);
    ann.type('ls\r');
    await world.until(async () => world.bmc(1).typed === 'ls\r');
    bob.say({ type: 'write', take: true });
    await world.until(async () => ann.told('seat').at(-1)?.state === 'taken');
    assert.equal(ann.told('seat').at(-1).holder, 'bob');
    ann.type('x');
    await world.until(async () => ann.told('error').length === 1);
    bob.type('pwd\r');
    await world.until(async () => world.bmc(1).typed === 'ls\rpwd\r');
    await world.until(async () => ann.told('watchers').at(-1)?.watchers[1]?.writer);
    assert.deepEqual(ann.told('watchers').at(-1).watchers, [
      { who: 'ann', writer: false },
      { who: 'bob', writer: true },
    ]);
    bob.socket.close();
    await world.until(async () => ann.told('watchers').at(-1).watchers.length === 1);
    ann.say({ type: 'write' });
    await world.until(async () => ann.told('seat').at(-1).state === 'granted');
    ann.say({ type: 'read' });
    await world.until(async () => ann.told('seat').at(-1).state === 'given-up');
    await world.ok(world.a('POST', '/nodes/n1/console', { keys: '' }));
    const audit = await world.ok(world.operator('GET', '/audit?limit=1000'));
    const writers = audit.filter(({ action }: { action: string }) => action.startsWith('GET '));
    assert.deepEqual(
      writers.map(({ label, outcome }: { label: string; outcome: string }) => [label, outcome]),
      [
        ['ann', 'begun'],
        ['bob', 'begun'],
      ],
    );
  });

  it('what is no message, and too many keys, are answered; a frame without measure ends the stream', async () => {
    await using place = await heldConsole();
    const { world, join } = place;
    const client = await join('ann', '?write=true');
    for (const text of ['{', '[]', '{"type":"write","take":"yes"}', '{"type":"__proto__"}'])
      client.socket.send(text);
    await world.until(async () => client.told('error').length === 4);
    client.type('x'.repeat(5000));
    await world.until(async () => client.told('error').at(-1).code === 'keys_too_many');
    assert.equal(world.bmc(1).typed, '');
    client.type('x'.repeat(20_000));
    assert.equal((await client.closed).code, 1009);
  });

  it('says when the BMC is lost and when it is back, and keys meanwhile are refused', async () => {
    await using place = await heldConsole();
    const { world, join } = place;
    const client = await join('ann', '?write=true');
    await world.until(async () => client.told('live').length === 1);
    world.bmc(1).down = true;
    await world.until(async () => client.told('connection').at(-1)?.connected === false);
    client.type('x');
    await world.until(async () => client.told('error').at(-1)?.code === 'console_lost');
    world.bmc(1).down = false;
    await world.until(async () => client.told('connection').at(-1).connected === true);
  });

  it('ends with the allocation, with the credentials, with the access and with the service, and says which', async () => {
    await using place = await heldConsole();
    const { world, join, tokenOf } = place;
    const revoked = await join('revoked');
    const { id } = (await world.ok(world.operator('GET', '/tokens'))).find(
      ({ label }: { label: string }) => label === 'revoked',
    );
    await world.ok(world.operator('DELETE', `/tokens/${id}`));
    assert.equal((await revoked.closed).code, 4001);

    await world.ok(world.admin('POST', '/users', { name: 'ann', password: 'correct horse' }));
    for (const project of ['a', 'b'])
      await world.ok(world.operator('PUT', `/projects/${project}/members/ann`));
    const basic = { authorization: `Basic ${Buffer.from('ann:correct horse').toString('base64')}` };
    const member = await ConsoleClient.open(world, STREAM, basic);
    await world.ok(world.operator('DELETE', '/projects/a/members/ann'));
    assert.equal((await member.closed).code, 4003);

    const expiring = (
      await world.ok(
        world.caller(await tokenOf('maker'))('POST', '/tokens', {
          label: 'soon over',
          project: 'a',
          expiresInSeconds: 1,
        }),
      )
    ).token;
    const expired = await ConsoleClient.open(world, STREAM, bearer(expiring));
    assert.equal((await expired.closed).code, 4001);

    const stays = await join('stays');
    await world.done(world.a('POST', '/nodes/n1/release'));
    assert.deepEqual(await stays.closed, { code: 4000, reason: 'The project holds the node no longer.' });

    await world.allocate('n1', 'a');
    const last = await join('last');
    await world.restart();
    assert.equal((await last.closed).code, 1001);
  });

  it('who does not answer a ping is let go', async () => {
    await using place = await heldConsole({ pingMs: 30 });
    const { world, tokenOf } = place;
    const mute = await rawStream(world, await tokenOf('mute'));
    await once(mute, 'close');
    const alive = await place.join('alive');
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(alive.socket.readyState, WebSocket.OPEN);
  });

  it('two hundred read; the one that does not is dropped, and nobody waits for it', async () => {
    await using place = await heldConsole({ lagBytes: 256 * 1024 });
    const { world, tokenOf } = place;
    const print = async (lines: number) => {
      for (let line = 0; line < lines; line++) {
        world.bmc(1).print(`${'x'.repeat(998)}\r\n`);
        if (line % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    // More than the kernel buffers for who does not read.
    await print(12_000);
    const token = await tokenOf('many');
    const slow = await rawStream(world, token, 12_000_000);
    slow.pause();
    const clients = await Promise.all(
      Array.from({ length: 200 }, () => ConsoleClient.open(world, `${STREAM}?tail=0`, bearer(token))),
    );
    for (const client of clients) await world.until(async () => client.told('live').length === 1, 30_000);
    assert.equal((await watchersOf(world, clients[0]!)).length, 201);
    // Each batch is with all of them before the next is printed, while the slow one has not even the log.
    for (let batch = 1; batch <= 4; batch++) {
      await print(100);
      const all = async () => clients.every((client) => client.text.length === batch * 100_000);
      await world.until(all, 30_000);
    }
    const left = async () => clients[0]!.told('watchers').at(-1).watchers.length === 200;
    await world.until(left, 30_000);
    slow.resume();
    if (!slow.closed) await once(slow, 'close');
    assert.ok(clients.every(({ socket }) => socket.readyState === WebSocket.OPEN));
    assert.equal((await world.ok(world.a('GET', '/nodes/n1/console?tail=400000'))).length, 400_000);
  });

  it('a reader that was too slow is told so when it reads on', async () => {
    await using place = await heldConsole({ lagBytes: 10_000 });
    const { world, tokenOf } = place;
    await printed(world, 'x'.repeat(9_000_000));
    const slow = await rawStream(world, await tokenOf('slow'), 9_000_000);
    slow.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await printed(world, 'y'.repeat(20_000));
    slow.resume();
    await once(slow, 'close');
    assert.match(slow.frames(), /You read too slowly/);
  });
});

const watchersOf = (world: World, client: ConsoleClient) =>
  world.until(async () => {
    const watchers = client.told('watchers').at(-1)?.watchers;
    return watchers?.length > 200 ? watchers : undefined;
  }, 30_000);
