/** The URLs with a token that power and consoles are reached by. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it } from 'node:test';
import { bytesOf, exchange, HilWorld } from './testing/hil.ts';

/** Node n1 is alice's, and its management is enabled. */
async function open(): Promise<HilWorld> {
  const hil = await HilWorld.open();
  await hil.giveNode();
  await hil.ok(hil.alice('PUT /node/n1/obm', { enabled: true }));
  return hil;
}
const urlOf = async ({ alice }: HilWorld, asked = 'POST /node/n1/power_on'): Promise<string> =>
  (await alice(asked)).headers.location!;
const status = async ({ endpoint }: HilWorld, asked: string) =>
  (await exchange(endpoint, asked, undefined)).status;

it('a token is good for its operation on its node, and for nothing else', async () => {
  await using hil = await open();
  const url = await urlOf(hil);
  for (const other of [
    url.replace('power_on', 'power_off'),
    url.replace('/n1/', '/n2/'),
    url.slice(0, -1),
    url.split('?')[0]!,
    `${url}&token=other`.replace('?token', '?other'),
  ]) {
    assert.equal(await status(hil, `POST ${other}`), 401, other);
  }
  assert.equal(hil.obmd.power, 'off');
  assert.equal(await status(hil, `POST ${url}`), 200);
  assert.equal(hil.obmd.power, 'on');
});

it('a token ends when management is disabled, also where it is enabled again', async () => {
  await using hil = await open();
  const url = await urlOf(hil);
  await hil.ok(hil.alice('PUT /node/n1/obm', { enabled: false }));
  await hil.ok(hil.alice('PUT /node/n1/obm', { enabled: true }));
  assert.equal(await status(hil, `POST ${url}`), 401);
});

it('what a project enabled is not enabled for the next one, and its tokens are no good there', async () => {
  await using hil = await open();
  const url = await urlOf(hil);
  // By our own API, which does not ask for management to be disabled first.
  await hil.world.done(hil.world.a('POST', '/nodes/n1/release'));
  await hil.ok(hil.bob('POST /project/b/connect_node', { node: 'n1' }));
  assert.notEqual(await status(hil, `POST ${url}`), 200);
  assert.equal((await hil.bob('POST /node/n1/power_on')).body.type, 'BlockedError');
  assert.equal(hil.obmd.power, 'off');
});

it('management stays enabled over a restart; tokens do not', async () => {
  await using hil = await open();
  const url = await urlOf(hil);
  await hil.world.restart();
  const { app } = hil.world.service;
  assert.equal((await app.inject({ method: 'POST', url })).statusCode, 401);
  const again = await app.inject({
    method: 'POST',
    url: '/v0/node/n1/power_on',
    headers: { authorization: `Bearer ${await hil.world.service.createToken('operator', 'test')}` },
  });
  assert.equal(again.statusCode, 307);
});

it('the audit log tells who switched a node on, and keeps no token', async () => {
  await using hil = await open();
  const url = await urlOf(hil);
  await status(hil, `POST ${url}`);
  const lines = await hil.world.ok(hil.world.operator('GET', '/audit?limit=1000'));
  const own = lines.filter(({ action }: { action: string }) => action === 'POST /v0/obm/n1/power_on');
  assert.deepEqual(
    own.map(({ actor, outcome }: Record<string, string>) => [actor, outcome]),
    [
      ['user/alice', 'begun'],
      ['user/alice', 'done'],
    ],
  );
  const text = JSON.stringify(lines);
  assert.ok(!text.includes(url.split('token=')[1]!));
  assert.ok(!text.includes(hil.obmd.adminToken));
});

it('a console is a stream of bytes to all its readers, and ends when management is disabled', async () => {
  await using hil = await open();
  const readers = await Promise.all(
    [1, 2].map(async () => {
      const url = await urlOf(hil, 'GET /node/n1/console');
      const { hostname, port } = new URL(hil.endpoint);
      const socket = connect({ host: hostname, port: Number(port) });
      socket.write(bytesOf(hil.endpoint, `GET ${url}`, undefined, undefined));
      const reader = { read: '', ended: new Promise((resolve) => socket.once('end', resolve)) };
      socket.on('data', (chunk) => {
        reader.read += chunk.toString('latin1');
      });
      return reader;
    }),
  );
  await hil.world.until(async () => {
    hil.obmd.print('login:');
    return readers.every(({ read }) => read.includes('login:'));
  });
  assert.match(readers[0]!.read, /content-type: application\/octet-stream/i);
  await hil.ok(hil.alice('PUT /node/n1/obm', { enabled: false }));
  await Promise.all(readers.map(({ ended }) => ended));
});

it('a BMC that fails is told as that, and is not an empty page', async () => {
  await using hil = await open();
  hil.obmd.broken = true;
  const answer = await exchange(hil.endpoint, `POST ${await urlOf(hil)}`, undefined);
  assert.deepEqual([answer.status, answer.body.type], [500, 'OBMError']);
  assert.match(answer.body.msg, /node "n1" did not power the server on/);
  // Where OBMd is, is the operator's business.
  assert.ok(!answer.text.includes(hil.obmd.uri));
});
