/**
 * Runs on the operator's machine of a rack, where the BMCs are: each line of its input is a call of the driver, or a
 * request to the BMC, and is answered by a line. `SETTINGS` names the BMC.
 */
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Turns } from '../../turns.ts';
import { Client } from '../client.ts';
import { redfishDriver } from '../driver.ts';
import { parseRedfishSettings } from '../settings.ts';
import { bootableDisc } from './disc.ts';

const settings = JSON.parse(process.env.SETTINGS!) as unknown;

type Order =
  | { driver: 'powerState' | 'setPower' | 'setBootDevice' | 'powerDraw'; with?: unknown }
  | { get: string }
  | { patch: string; body: object }
  | { post: string; body: object };

const raw = <T>(work: (client: Client) => Promise<T>) =>
  Client.run(
    new Turns(),
    { settings: parseRedfishSettings(settings), what: 'test', signal: undefined },
    work,
  );

async function carryOut(order: Order): Promise<unknown> {
  if ('get' in order) return raw(async (client) => (await client.get(order.get)).body);
  if ('post' in order) return raw(async (client) => (await client.post(order.post, order.body)).status);
  if ('patch' in order)
    return raw(async (client) => (await client.send('PATCH', order.patch, order.body)).status);
  return redfishDriver[order.driver]!(settings, order.with as never);
}

createServer((_, response) => response.end(bootableDisc('booted from the virtual disc'))).listen(8089);
for await (const line of createInterface(process.stdin)) {
  const answer = await carryOut(JSON.parse(line) as Order).then(
    (result) => ({ result: result ?? null }),
    (error: unknown) => ({ error: String(error) }),
  );
  console.log(JSON.stringify(answer));
}
process.exit(0);
