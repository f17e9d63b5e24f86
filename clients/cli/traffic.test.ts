/** `bullion traffic`, against a service that answers with figures; real ones are in services/provisioning/traffic. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { run } from './testing/run.ts';

const latency = {
  count: 4,
  sumUs: 9000,
  buckets: [...Array(12).keys()].map((i) => ({ belowUs: 2 ** i, count: i === 11 ? 4 : 0 })),
};
const figures = {
  ...{ reads: 4, writes: 0, flushes: 0, readBytes: 3 * 2 ** 20, writtenBytes: 0, errors: 0 },
  ...{ cacheHits: 3, cacheMisses: 1 },
  latency: {
    read: latency,
    write: { count: 0, sumUs: 0, buckets: [] },
    flush: { count: 0, sumUs: 0, buckets: [] },
  },
};
const answer = {
  boots: [
    {
      ...{ boot: 'b', node: 'node1', project: 'p', volume: 'v', image: 'golden', lease: null },
      ...{ begunAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:01:00.000Z', figures, points: [] },
    },
  ],
  total: figures,
  points: [
    { at: '2030-01-01T00:00:00.000Z', readBytes: 0, writtenBytes: 0 },
    { at: '2030-01-01T00:00:30.000Z', readBytes: 3 * 2 ** 20, writtenBytes: 0 },
  ],
};

describe('bullion traffic', () => {
  let server: Server;
  let env: NodeJS.ProcessEnv;
  const seen: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bullion-traffic-'));
  before(async () => {
    server = createServer((request, response) => {
      seen.push(request.url!);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    env = { BULLION_URL: `http://127.0.0.1:${port}`, BULLION_TOKEN: 'x', BULLION_HOME: '/nowhere' };
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  test('tells sums, cache hits and latencies, and draws how they rose', async () => {
    const { code, stdout } = await run(['traffic', '--node', 'node1'], env);
    assert.equal(code, 0);
    assert.equal(seen.at(-1), '/provisioning/v1/traffic?node=node1');
    assert.match(stdout, /node1 +v +- +2030-01-01T00:00:00.000Z +3 MiB +0 B +4 +0 +75 %/);
    assert.match(stdout, /read +half below 2 ms, 99 % below 2 ms/);
    assert.match(stdout, /read .*█ 3\.0 MiB in 30\.0 s/);
    const { stdout: json } = await run(['traffic', '--json'], env);
    assert.deepEqual(JSON.parse(json), answer);
  });

  test('draws a picture, and a page', async () => {
    for (const name of ['boot.svg', 'boot.html']) {
      const file = join(folder, name);
      assert.equal((await run(['traffic', '--lease', '<x>&', '--plot', file], env)).code, 0);
      const text = readFileSync(file, 'utf8');
      assert.match(text, /<svg [\s\S]*<\/svg>/);
      assert.match(text, /lease &lt;x&gt;&amp;/);
      assert.match(text, />seconds</);
      assert.ok(!text.includes('NaN'), text);
    }
    const odd = await run(['traffic', '--plot', 'boot.png'], env);
    assert.deepEqual([odd.code, /end in \.svg or \.html/.test(odd.stderr)], [2, true]);
    assert.equal((await run(['traffic', '--plot', '/nowhere/boot.svg'], env)).code, 2);
  });
});
