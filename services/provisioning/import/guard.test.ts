import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { HttpSource } from '@bullion/volumes/transfer';
import { FetchGuard } from './guard.ts';
import { guardedFetch } from './guarded-fetch.ts';

const refused = { code: 'import_host_refused' };

test('public addresses are fetched from, and no others', async () => {
  const guard = new FetchGuard();
  for (const host of ['93.184.216.34', '[2606:2800:220:1::1]', '8.8.8.8']) await guard.addresses(host);
  const inside = [
    ...['127.0.0.1', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
    ...['224.0.0.1', '255.255.255.255', '[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[ff02::1]'],
    ...['[::ffff:127.0.0.1]', '[::ffff:8.8.8.8]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]'],
  ];
  for (const host of inside) await assert.rejects(guard.addresses(host), refused, host);
});

test('a host is judged by all of its addresses', async () => {
  const both = async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ];
  await assert.rejects(new FetchGuard(undefined, both).addresses('a.example'), refused);
  await new FetchGuard(['public', '10.0.0.0/8'], both).addresses('a.example');
  await new FetchGuard(['a.example'], both).addresses('A.Example.');
  await new FetchGuard(['*.example'], both).addresses('a.example');
  await assert.rejects(new FetchGuard(['*.example'], both).addresses('example'), refused);
  await assert.rejects(new FetchGuard(['b.example'], both).addresses('a.example'), refused);
  await assert.rejects(new FetchGuard(['10.0.0.0/8'], both).addresses('a.example'), refused);
});

test('a setting that is no place is refused', () => {
  for (const odd of ['10.0.0.0/33', 'http://x', '', '-a', '*.'])
    assert.throws(() => new FetchGuard([odd]), { code: 'import_from_invalid' }, odd);
});

test('the connection goes to the address that was looked at, and a redirect inside is refused', async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.host!);
    if (request.url === '/away') return void response.writeHead(302, { location: 'http://10.0.0.1/' }).end();
    response.end('hello');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    // A name that no resolver knows: only the guard's own answer can lead to the server.
    const guard = new FetchGuard(['127.0.0.1'], async () => [{ address: '127.0.0.1', family: 4 }]);
    const get = guardedFetch(guard);
    const answer = await get(`http://images.invalid:${port}/`);
    assert.deepEqual(
      [answer.status, await answer.text(), answer.url],
      [200, 'hello', `http://images.invalid:${port}/`],
    );
    assert.deepEqual(seen, [`images.invalid:${port}`]);
    const source = new HttpSource(`http://127.0.0.1:${port}/away`, { fetch: get, attempts: 1 });
    const scratch = await (await import('node:fs/promises')).mkdtemp('/tmp/bullion-guard-');
    await assert.rejects(source.prepare({ scratch, key: 'k', maxBytes: 1e9 }), {
      code: 'source-denied',
      message: /address 10\.0\.0\.1 may not be fetched/,
    });
    await (await import('node:fs/promises')).rm(scratch, { recursive: true });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
