import assert from 'node:assert/strict';
import { Server } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BullionError } from './errors.ts';
import { type App, createApp, failures, requireToken } from './http.ts';
import { createLogger } from './log.ts';
import { openApiFaults } from './testing/openapi.ts';

const bearer = { authorization: 'Bearer good' };

async function thingsApp(): Promise<App> {
  const app = await createApp({ name: 'test', title: 'Test', logger: createLogger('silent') });
  requireToken(app, async (token) =>
    token === 'good'
      ? { id: 'test', role: 'member', projects: ['a'], project: 'a', label: 'test' }
      : undefined,
  );
  const Thing = z.object({ name: z.string().max(5), size: z.number().int() }).meta({ id: 'Thing' });
  const response = { 200: Thing, ...failures };
  app.get(
    '/test/v1/things/:name',
    { schema: { params: z.object({ name: z.string() }), response } },
    (request) => {
      const { name } = request.params;
      if (name === 'defect') throw new TypeError('password hunter2');
      if (name === 'wrong') return { name: 'far too long', size: 0.5 };
      if (name === 'refused') throw new BullionError('conflict', 'thing_refused', 'No.', { hint: 'Ask.' });
      return { name, size: 1 };
    },
  );
  app.post('/test/v1/things', { schema: { body: Thing, response } }, (request) => request.body);
  app.get('/test/v1/slow', { schema: { response: { 200: z.object({}), ...failures } } }, async () => {
    await sleep(300);
    return {};
  });
  return app;
}

describe('the HTTP frame', () => {
  let app: App;
  beforeEach(async () => void (app = await thingsApp()));
  afterEach(() => app.close());

  const post = (payload: unknown, headers: object = {}) =>
    app.inject({
      method: 'POST',
      url: '/test/v1/things',
      headers: { ...bearer, ...headers },
      payload: payload as string,
    });

  it('a request that is not valid is refused by the name of its field', async () => {
    const answer = await post({ name: 'much too long', size: 'big' });
    assert.equal(answer.statusCode, 400);
    const { error } = answer.json();
    assert.equal(error.code, 'request_invalid');
    assert.match(error.message, /name: /);
    assert.match(error.message, /size: /);
    assert.equal(error.details.faults.length, 2);
    assert.ok(error.hint);
    assert.match((await post([])).json().error.message, /the whole/);
  });

  it('a body that cannot be read is refused in the same form', async () => {
    const json = { 'content-type': 'application/json' };
    for (const [payload, headers, status] of [
      ['{"name":', json, 400],
      ['', json, 400],
      ['{"__proto__": {"x": 1}, "name": "a", "size": 1}', json, 400],
      ['<xml/>', { 'content-type': 'text/xml' }, 415],
      [`"${'x'.repeat(2 * 1024 * 1024)}"`, json, 413],
    ] as const) {
      const answer = await post(payload, headers);
      assert.equal(answer.statusCode, status, payload.slice(0, 50));
      assert.equal(answer.json().error.code, 'request_malformed');
    }
    for (const name of ['%zz', 'x'.repeat(500)]) {
      const answer = await app.inject({ url: `/test/v1/things/${name}`, headers: bearer });
      assert.equal(answer.statusCode, 400);
      assert.equal(answer.json().error.code, 'request_malformed');
    }
  });

  it('a request without a valid token is refused before anything of it is looked at', async () => {
    for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Bearer bad', 'Basic good', 'good']) {
      for (const url of ['/test/v1/things/a', '/test/v1/things/defect']) {
        const answer = await app.inject({
          url,
          headers: authorization === undefined ? {} : { authorization },
        });
        assert.equal(answer.statusCode, 401);
        assert.equal(answer.json().error.code, 'token_invalid');
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
      }
    }
    const invalid = await app.inject({ method: 'POST', url: '/test/v1/things', payload: { name: 7 } });
    assert.equal(invalid.statusCode, 401);
    const lowerCase = await app.inject({
      url: '/test/v1/things/a',
      headers: { authorization: 'bearer good' },
    });
    assert.equal(lowerCase.statusCode, 200);
  });

  it('a route that does not exist is not found, with or without a token', async () => {
    for (const headers of [{}, bearer]) {
      for (const [method, url] of [
        ['GET', '/test/v1/nothing?token=x'],
        ['DELETE', '/test/v1/things/a'],
        ['GET', '/'],
      ] as const) {
        const answer = await app.inject({ method, url, headers });
        assert.equal(answer.statusCode, 404, url);
        assert.equal(answer.json().error.code, 'route_not_found');
        assert.doesNotMatch(answer.body, /token=x/);
      }
    }
  });

  it('an internal error tells nothing but where to ask', async () => {
    for (const name of ['defect', 'wrong']) {
      const answer = await app.inject({ url: `/test/v1/things/${name}`, headers: bearer });
      assert.equal(answer.statusCode, 500);
      const { error } = answer.json();
      assert.equal(error.code, 'internal');
      assert.ok(error.details.request);
      assert.doesNotMatch(answer.body, /hunter2|TypeError|\.ts|far too long/);
    }
  });

  it('an error of ours keeps its status, code and hint', async () => {
    const answer = await app.inject({ url: '/test/v1/things/refused', headers: bearer });
    assert.equal(answer.statusCode, 409);
    assert.deepEqual(answer.json(), { error: { code: 'thing_refused', message: 'No.', hint: 'Ask.' } });
  });

  it('HEAD answers as GET does, without a body', async () => {
    const answer = await app.inject({ method: 'HEAD', url: '/test/v1/things/a', headers: bearer });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.body, '');
    assert.equal((await app.inject({ method: 'HEAD', url: '/test/v1/things/a' })).statusCode, 401);
  });

  it('the OpenAPI 3.1 document is valid and open to all', async () => {
    const answer = await app.inject('/test/openapi.json');
    assert.equal(answer.statusCode, 200);
    const document = answer.json();
    assert.match(document.openapi, /^3\.1\./);
    assert.deepEqual(openApiFaults(document), []);
    assert.deepEqual(Object.keys(document.paths).sort(), [
      '/test/v1/slow',
      '/test/v1/things',
      '/test/v1/things/{name}',
    ]);
    assert.deepEqual((await app.inject('/test/healthz')).json(), { status: 'ok' });
  });

  it('closing answers what was asked before, and cuts off who only holds a connection', async () => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const idle = connect(Number(new URL(address).port), '127.0.0.1');
    const cut = new Promise((resolve) => idle.on('error', resolve).on('close', resolve));
    idle.write('GET /test/healthz HTTP/1.1\r\n');
    const slow = fetch(`${address}/test/v1/slow`, { headers: bearer });
    await sleep(100);
    const started = performance.now();
    await app.close();
    assert.equal((await slow).status, 200);
    await cut;
    assert.ok(performance.now() - started < 5000);
  });

  it('a stream that ends after the close began holds it up no longer, though its client would ask again', async () => {
    const end = Promise.withResolvers<void>();
    app.get('/test/v1/stream', (_request, reply) => {
      const text = async function* () {
        yield 'begin ';
        await end.promise;
        yield 'end';
      };
      return reply.type('text/plain').send(Readable.from(text()));
    });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const answer = await fetch(`${address}/test/v1/stream`, { headers: bearer });
    let cut = false;
    app.server.closeAllConnections = () => {
      cut = true;
      Server.prototype.closeAllConnections.call(app.server);
    };
    const closed = app.close();
    await sleep(100);
    end.resolve();
    assert.equal(await answer.text(), 'begin end');
    await closed;
    assert.equal(cut, false);
  });
});
