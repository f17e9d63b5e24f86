import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { OvsdbClient, OvsdbError, OvsdbLost } from './client.ts';
import { JsonTextSplitter } from './framing.ts';

type Message = { method?: string; params: unknown[]; id: unknown; result?: unknown };

/** A server that does as it is told, for what a real one does too seldom to test. */
async function connect(test: TestContext, onMessage: (message: Message, socket: Socket) => void) {
  const server = createServer((socket) => {
    const splitter = new JsonTextSplitter();
    socket.on('data', (chunk) => {
      for (const message of splitter.push(chunk)) onMessage(message as Message, socket);
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const end = new AbortController();
  const client = await OvsdbClient.connect(
    { host: '127.0.0.1', port },
    { signal: end.signal, timeoutMs: 300 },
  );
  test.after(() => {
    client.close();
    server.close();
  });
  return { client, end };
}

const answering =
  (result: unknown, error: unknown = null) =>
  (message: Message, socket: Socket) =>
    socket.write(JSON.stringify({ id: message.id, result, error }));

it("the server's echo is answered, also while we wait for something else", async (t) => {
  const { client } = await connect(t, (message, socket) => {
    if (message.method === 'list_dbs') {
      socket.write(JSON.stringify({ method: 'echo', params: ['alive?'], id: 'echo' }));
    } else {
      assert.deepEqual(message, { result: ['alive?'], error: null, id: 'echo' });
      answering(['Open_vSwitch'])({ ...message, id: 1 }, socket);
    }
  });
  assert.deepEqual(await client.call('list_dbs', []), ['Open_vSwitch']);
});

const REFUSALS: [string, unknown[]][] = [
  ['an operation that failed', [{ count: 1 }, { error: 'constraint violation', details: 'why' }]],
  ['an operation that was not reached', [{ count: 1 }, null]],
  ['a commit that failed', [{ count: 1 }, {}, { error: 'referential integrity violation' }]],
  ['an answer that is too short', [{ count: 1 }]],
];
for (const [what, results] of REFUSALS) {
  it(`${what} fails the transaction, and the connection stays good`, async (t) => {
    const { client } = await connect(t, answering(results));
    await assert.rejects(client.transact('db', [{ op: 'update' }, { op: 'commit' }]), OvsdbError);
    assert.equal(client.ended.aborted, false);
  });
}

it('a request that is refused as a whole says why', async (t) => {
  const { client } = await connect(t, answering(null, { error: 'unknown database', details: 'no such db' }));
  await assert.rejects(client.transact('db', []), /unknown database: no such db/);
});

it('a server that does not answer in time is given up, with all that waits for it', async (t) => {
  const { client } = await connect(t, () => {});
  const results = await Promise.allSettled([client.call('one', []), client.call('two', [])]);
  for (const result of results) assert.ok(result.status === 'rejected' && result.reason instanceof OvsdbLost);
  assert.ok(client.ended.reason instanceof OvsdbLost);
  await assert.rejects(client.call('three', []), OvsdbLost);
});

it('a server that hangs up, and a caller that gives up, end all that waits', async (t) => {
  const hanging = await connect(t, (_, socket) => socket.destroy());
  await assert.rejects(hanging.client.call('one', []), OvsdbLost);
  const { client, end } = await connect(t, () => end.abort());
  await assert.rejects(client.call('one', []), OvsdbLost);
});
