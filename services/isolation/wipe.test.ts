/** Wipe hooks, against a real HTTP server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { memoryBmcDriver } from './drivers/bmc/memory.ts';
import { isClosed } from './drivers/switch/port.ts';
import { World } from './testing/world.ts';

type Asked = { method: string; url: string; authorization: string; key: string; body: string };

class Wiper implements AsyncDisposable {
  readonly asked: Asked[] = [];
  answer: (response: ServerResponse, request: Asked) => void = (response) => response.writeHead(204).end();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  static async open(): Promise<Wiper> {
    const wiper = new Wiper();
    wiper.#server.listen(0, '127.0.0.1');
    await once(wiper.#server, 'listening');
    return wiper;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization = '', 'idempotency-key': key = '' } = request.headers;
    const asked = { method: request.method!, url: request.url!, authorization, key: String(key), body };
    this.asked.push(asked);
    this.answer(response, asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A world with a wipe hook on all nodes, and n1 held by `a` with its NIC on a network. */
async function site(wiper: Wiper, more: object = {}): Promise<World> {
  const world = await World.open();
  const hook = { url: `${wiper.url}/wipe`, token: 'sesame', timeoutSeconds: 5, ...more };
  await world.ok(world.operator('PUT', '/wipe-hooks/wiper', hook));
  await world.allocate('n1', 'a');
  await world.network('net', 'a');
  await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
  return world;
}

const json = (response: ServerResponse, status: number, body: object, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function stillReleasing(world: World): Promise<void> {
  assert.ok(isClosed(world.switch.state('p1')));
  assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).state, 'releasing');
  await world.refused(world.operator('POST', '/nodes/n1/allocate', { project: 'b' }), 409, 'node_allocated');
}

describe('a wipe hook', () => {
  it('is told what to wipe when the server is off and its ports are closed, and the node is free after it', async () => {
    await using wiper = await Wiper.open();
    await using world = await site(wiper);
    const { allocation } = await world.ok(world.a('GET', '/nodes/n1'));
    let polls = 0;
    wiper.answer = (response, { method }) => {
      assert.ok(isClosed(world.switch.state('p1')));
      assert.equal(world.bmc(1).power, 'off');
      if (method === 'POST') return json(response, 202, {}, { location: '/jobs/7' });
      json(response, 200, { state: polls++ < 2 ? 'running' : 'succeeded' });
    };
    const { id, steps } = await world.done(world.a('POST', '/nodes/n1/release'));
    assert.deepEqual(
      steps.map(({ name }) => name),
      ['power off', 'switch verified', 'wipe: wiper', 'free'],
    );
    const [first, second] = wiper.asked;
    assert.deepEqual([first!.authorization, first!.key], ['Bearer sesame', id]);
    assert.deepEqual(JSON.parse(first!.body), { node: 'n1', allocation, operation: id });
    assert.deepEqual([second!.method, second!.url], ['GET', '/jobs/7']);
  });

  it('that fails leaves the node releasing and closed, with the cause; a second release goes on', async () => {
    await using wiper = await Wiper.open();
    await using world = await site(wiper);
    wiper.answer = (response, { method }) =>
      method === 'POST'
        ? json(response, 202, {}, { location: '/jobs/7' })
        : json(response, 200, { state: 'failed', error: 'disk sda does not take a secure erase' });
    const failed = await world.ended(world.a('POST', '/nodes/n1/release'));
    assert.equal(failed.error?.code, 'hook_failed');
    assert.match(failed.error!.message, /sda does not take/);
    assert.doesNotMatch(JSON.stringify(failed), /127\.0\.0\.1|sesame/);
    await stillReleasing(world);
    for (const [status, headers] of [
      [403, {}],
      [302, { location: '/elsewhere' }],
      [202, {}],
      [202, { location: 'http://localhost:1/steal' }],
    ] as const) {
      wiper.answer = (response) => json(response, status, {}, headers);
      const again = await world.ended(world.a('POST', '/nodes/n1/release'));
      assert.equal(again.error!.code, 'hook_failed');
      await stillReleasing(world);
    }
    wiper.answer = (response) => response.writeHead(204).end();
    await world.done(world.a('POST', '/nodes/n1/release'));
    await world.allocate('n1', 'b');
  });

  it('that hangs is given up, and one that is away for a while is asked again', async () => {
    await using wiper = await Wiper.open();
    await using world = await site(wiper, { timeoutSeconds: 1 });
    wiper.answer = () => {};
    assert.equal((await world.ended(world.a('POST', '/nodes/n1/release'))).error?.code, 'hook_timeout');
    await stillReleasing(world);
    let left = 2;
    wiper.answer = (response) => void (left-- > 0 ? response.destroy() : response.writeHead(204).end());
    await world.done(world.a('POST', '/nodes/n1/release'));
  });

  it('that is asked twice because the service was restarted knows it by the key, and frees the node once', async () => {
    await using wiper = await Wiper.open();
    await using world = await site(wiper, { timeoutSeconds: 60 });
    wiper.answer = (response) => json(response, 202, {}, { location: '/jobs/7' });
    const { operation } = await world.ok(world.a('POST', '/nodes/n1/release'));
    await world.until(async () => wiper.asked.length > 0);
    wiper.answer = (response) => response.writeHead(204).end();
    await world.restart();
    await world.until(async () => (await world.ok(world.operator('GET', '/nodes/n1'))).state === 'free');
    const posts = wiper.asked.filter(({ method }) => method === 'POST');
    assert.deepEqual(
      posts.map(({ key }) => key),
      [operation, operation],
    );
    assert.equal((await world.events('node.released')).length, 1);
  });

  it('is chosen by operators for all nodes or one, and its token is never shown', async () => {
    await using wiper = await Wiper.open();
    await using world = await site(wiper, { subject: 'node/n2' });
    await world.refused(world.a('GET', '/wipe-hooks'), 403, 'operator_only');
    await world.refused(
      world.a('PUT', '/wipe-hooks/x', { url: wiper.url, token: 'x' }),
      403,
      'operator_only',
    );
    await world.refused(
      world.operator('PUT', '/wipe-hooks/x', { url: 'file:///etc', token: 'x' }),
      400,
      'request_invalid',
    );
    const shown = JSON.stringify(await world.ok(world.operator('GET', '/wipe-hooks')));
    assert.match(shown, /node\/n2/);
    assert.doesNotMatch(shown, /sesame/);
    assert.doesNotMatch(JSON.stringify(await world.ok(world.operator('GET', '/audit'))), /sesame/);
    await world.done(world.a('POST', '/nodes/n1/release'));
    assert.equal(wiper.asked.length, 0);
    await world.ok(world.operator('DELETE', '/wipe-hooks/wiper'));
    await world.refused(world.operator('DELETE', '/wipe-hooks/wiper'), 404, 'hook_not_found');
  });
});

describe('a release', () => {
  it('of an allocation that is over touches nobody', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const { allocation } = await world.ok(world.a('GET', '/nodes/n1'));
    await world.done(world.a('POST', '/nodes/n1/release', { allocation }));
    await world.allocate('n1', 'a');
    await world.refused(world.a('POST', '/nodes/n1/release', { allocation }), 409, 'allocation_over');
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).state, 'allocated');
  });

  it('of a server whose power nothing but itself tells waits for an operator, with its ports closed', async () => {
    await using world = await World.open();
    const driver = memoryBmcDriver(...world.bmcs);
    const { bmcDrivers } = world.service.context as unknown as { bmcDrivers: Map<string, typeof driver> };
    bmcDrivers.set('memory', { ...driver, capabilities: { ...driver.capabilities, powerVerified: false } });
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
    world.bmc(1).down = true;
    await world.refused(world.a('POST', '/nodes/n1/release', { confirmedOff: true }), 403, 'operator_only');
    const failed = await world.ended(world.a('POST', '/nodes/n1/release'));
    assert.equal(failed.error?.code, 'power_off_unconfirmed');
    await stillReleasing(world);
    await world.done(world.operator('POST', '/nodes/n1/release', { confirmedOff: true }));
    assert.equal((await world.ok(world.operator('GET', '/nodes/n1'))).state, 'free');
  });
});
