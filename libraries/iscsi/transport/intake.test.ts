/** Bytes land where they are wanted, whichever way the stream is cut. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pattern } from '../testing/fixture.ts';
import { adopt, type Intake } from './intake.ts';

async function pair(t: TestContext, intake: Intake): Promise<{ client: Socket; adopted: Socket }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', noDelay: true });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const adopted = adopt(accepted, intake);
  t.after(() => {
    client.destroy();
    adopted.destroy();
    server.close();
  });
  return { client, adopted };
}

test('what has a place of its own goes there, the rest is handed over', async (t) => {
  const place = new Uint8Array(300_000);
  let held = -1;
  const handed: Uint8Array[] = [];
  const { client, adopted } = await pair(t, {
    received: (chunk) => {
      handed.push(new Uint8Array(chunk));
      if (held < 0) held = 0;
    },
    landed: (length) => {
      held += length;
    },
    direct: () => (held >= 0 && held < place.length ? place.subarray(held) : undefined),
  });
  adopted.resume();
  client.write(Buffer.from('go'));
  while (held < 0) await new Promise((resolve) => setImmediate(resolve));
  const data = pattern(place.length, 3);
  client.write(data);
  client.end('end');
  await once(adopted, 'end');
  assert.equal(Buffer.from(place).equals(data), true);
  assert.deepEqual(
    handed.map((chunk) => Buffer.from(chunk).toString()),
    ['go', 'end'],
  );
});

test('a paused socket reads nothing until it goes on', async (t) => {
  let received = 0;
  const { client, adopted } = await pair(t, {
    received: (chunk) => {
      received += chunk.length;
    },
    landed: () => undefined,
    direct: () => undefined,
  });
  client.write('abc');
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(received, 0);
  adopted.resume();
  while (received < 3) await new Promise((resolve) => setImmediate(resolve));
  adopted.pause();
  client.write('def');
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(received, 3);
  adopted.resume();
  while (received < 6) await new Promise((resolve) => setImmediate(resolve));
});
