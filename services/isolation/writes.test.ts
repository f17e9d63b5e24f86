/** What holds of every write and every list: idempotency keys, pages, the stream of events. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createLogger } from '@bullion/service';
import { runScript } from '@bullion/service/testing/script.ts';
import { openIsolation } from './index.ts';
import { type Json, World } from './testing/world.ts';

const key = (name: string) => ({ 'idempotency-key': name });

describe('an Idempotency-Key', () => {
  it('gives the same request the same answer, also after a restart, and changes nothing again', async () => {
    await using world = await World.open();
    const make = () => world.a('POST', '/tokens', { label: 'once' }, key('k1'));
    const first = await make();
    assert.equal(first.status, 200);
    const attach = () => world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}, key('k2'));
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    const begun = await attach();
    assert.equal(begun.status, 202);
    await world.restart();
    assert.deepEqual(await make(), first);
    assert.deepEqual(await attach(), begun);
    assert.equal((await world.ok(world.a('GET', '/tokens'))).length, 2);
  });

  it('of requests at the same time one is carried out, and all are answered by it', async () => {
    await using world = await World.open({ nodes: 0 });
    const body = { name: 'net', project: 'a' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.a('POST', '/networks', body, key('k'))),
    );
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0]!.status, 200);
    assert.equal((await world.events('network.created')).length, 1);
  });

  it('is refused for another request, and is nobody else’s', async () => {
    await using world = await World.open({ nodes: 0 });
    await world.ok(world.a('POST', '/networks', { name: 'one', project: 'a' }, key('k')));
    const reused = world.a('POST', '/networks', { name: 'two', project: 'a' }, key('k'));
    await world.refused(reused, 422, 'idempotency_key_reused');
    await world.ok(world.b('POST', '/networks', { name: 'two', project: 'b' }, key('k')));
    for (const bad of ['', 'x'.repeat(256), 'a b', 'ü'])
      await world.refused(
        world.a('POST', '/networks', { name: 'x', project: 'a' }, key(bad)),
        400,
        'idempotency_key_invalid',
      );
  });

  it('a refusal is kept as well, a failure is not', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const make = () => world.a('POST', '/networks', { name: 'net', project: 'a' }, key('k'));
    await world.network('net', 'a');
    const refused = await make();
    assert.equal(refused.status, 409);
    await world.ok(world.a('DELETE', '/networks/net'));
    assert.deepEqual(await make(), refused);

    const on = () => world.a('PUT', '/nodes/n1/power', { action: 'on' }, key('power'));
    world.bmc(1).down = true;
    assert.ok((await on()).status >= 500);
    world.bmc(1).down = false;
    assert.deepEqual(await world.ok(on()), { power: 'on' });
  });

  it('holds after kill -9, and answers are encrypted at rest', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bullion-isolation-key-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const script = runScript(
      `import { createLogger } from '@bullion/service';
       import { openIsolation } from './index.ts';
       const { app, createToken } = await openIsolation({ folder: ${JSON.stringify(folder)}, logger: createLogger('silent') });
       const authorization = 'Bearer ' + (await createToken('operator', 'test'));
       const headers = { authorization, 'idempotency-key': 'k' };
       const { body } = await app.inject({ method: 'POST', url: '/isolation/v1/tokens', headers, payload: { label: 'x' } });
       console.log(JSON.stringify({ authorization, body }));
       setInterval(() => {}, 1000);`,
      import.meta.dirname,
    );
    const { authorization, body } = JSON.parse(await script.line());
    await script.kill();
    const service = await openIsolation({ folder, logger: createLogger('silent') });
    try {
      const again = await service.app.inject({
        method: 'POST',
        url: '/isolation/v1/tokens',
        headers: { authorization, ...key('k') },
        payload: { label: 'x' },
      });
      assert.equal(again.body, body);
      const [row] = await service.context.db.selectFrom('answers').selectAll().execute();
      assert.ok(!row!.sealed.includes('bullion_'));
    } finally {
      await service.close();
    }
  });
});

describe('pages', () => {
  it('every list is read in pages that inserts do not shift', async () => {
    await using world = await World.open({ nodes: 5 });
    for (const name of ['n1', 'n2', 'n3']) await world.network(name, 'a');
    const names: string[] = [];
    let after = '';
    for (let page = 0; ; page++) {
      const answer = await world.operator('GET', `/nodes?limit=2&after=${after}`);
      names.push(...answer.body.map(({ name }: Json) => name));
      if (page === 0) await world.addNode(10); // "n10" comes after "n1": behind the reader's back.
      const next = answer.headers!['x-next-cursor'] as string | undefined;
      if (next === undefined) break;
      assert.equal(answer.headers!.link, `</isolation/v1/nodes?limit=2&after=${next}>; rel="next"`);
      after = next;
    }
    assert.deepEqual(names, ['n1', 'n2', 'n3', 'n4', 'n5']);
    for (const path of [
      '/networks',
      '/projects',
      '/switches',
      '/switches/s1/ports',
      '/tokens',
      '/events',
      '/audit',
    ]) {
      const all = await world.ok(world.operator('GET', `${path}?limit=1000`));
      const read = [];
      for (let url: string | undefined = `${path}?limit=1`; url; ) {
        const answer = await world.operator('GET', url);
        read.push(...(await world.ok(Promise.resolve(answer))));
        const next = answer.headers!['x-next-cursor'];
        url = next === undefined ? undefined : `${path}?limit=1&after=${next}`;
      }
      const changing = ({ lastUsedAt: _, ...row }: Json) => row;
      assert.deepEqual(read.map(changing), all.map(changing), path);
      await world.refused(world.operator('GET', `${path}?limit=0`), 400, 'request_invalid');
    }
    assert.equal((await world.operator('GET', '/nodes')).headers!['x-next-cursor'], undefined);
  });

  it("a page's cursor tells nothing of what its reader may not see", async () => {
    await using world = await World.open();
    await world.network('a1', 'a');
    await world.network('b1', 'b');
    await world.network('c1', 'a');
    const answer = await world.b('GET', '/networks?limit=1');
    assert.deepEqual(
      answer.body.map(({ name }: Json) => name),
      ['b1'],
    );
    assert.equal(answer.headers!['x-next-cursor'], undefined);
  });
});

describe('the stream of events', () => {
  /** The service on a real port: a stream has no end that `inject` could wait for. */
  async function listen(world: World): Promise<string> {
    await world.service.app.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(world.service.app.server.address() as AddressInfo).port}/isolation/v1`;
  }
  async function* read(url: string, token: string, headers = {}): AsyncGenerator<Json> {
    const stop = AbortSignal.timeout(8000);
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: stop,
    });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type')!, /^text\/event-stream/);
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block);
        yield data ? { ...JSON.parse(data[1]!), id: /^id: (.*)$/m.exec(block)![1] } : { comment: block };
      }
    }
  }
  const nextEvent = async (stream: AsyncGenerator<Json>): Promise<Json> => {
    for (;;) {
      const { value, done } = await stream.next();
      if (done) return undefined;
      if (value.kind) return value;
    }
  };
  const tokenOf = async (world: World, caller: World['a']) =>
    await world.ok(caller('POST', '/tokens', { label: 'stream' }));

  it('tells what happens from now on, to each project its own', async () => {
    await using world = await World.open();
    const url = await listen(world);
    const { token, id } = await tokenOf(world, world.b);
    const stream = read(`${url}/events/stream`, token);
    assert.ok((await stream.next()).value.comment);
    await world.network('net-a', 'a');
    await world.network('net-b', 'b');
    const event = await nextEvent(stream);
    assert.deepEqual([event.kind, event.subject], ['network.created', 'network/b/net-b']);
    assert.equal(event.id, String(event.sequence));
    // A token that was taken back hears nothing more.
    await world.ok(world.b('DELETE', `/tokens/${id}`));
    assert.equal(await nextEvent(stream), undefined);
  });

  it('goes on after Last-Event-ID, and ends when the service closes', async () => {
    await using world = await World.open();
    const url = await listen(world);
    const { token } = await tokenOf(world, world.a);
    const before = await world.ok(world.a('GET', '/events'));
    await world.network('one', 'a');
    const stream = read(`${url}/events/stream`, token, { 'last-event-id': String(before.at(-1).sequence) });
    assert.equal((await nextEvent(stream)).subject, 'network/a/one');
    await world.network('two', 'a');
    assert.equal((await nextEvent(stream)).subject, 'network/a/two');
    const began = performance.now();
    const closed = world.service.close();
    assert.equal(await nextEvent(stream), undefined);
    await closed;
    assert.ok(performance.now() - began < 2500);
    await world.start();
  });

  it('what cannot be is refused', async () => {
    await using world = await World.open({ nodes: 0 });
    for (const after of ['x', '-1', '1e999', ''.padEnd(300, '9')])
      await world.refused(world.a('GET', `/events/stream?after=${after}`), 400, 'request_invalid');
    const wrong = world.a('GET', '/events/stream', undefined, { 'last-event-id': 'x' });
    await world.refused(wrong, 400, 'request_invalid');
    await world.refused(world.caller('none')('GET', '/events/stream'), 401, 'token_invalid');
  });
});
