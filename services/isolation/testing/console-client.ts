/** A console's WebSocket as a client has it: what it was sent, what it was told, and how it ended. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { type Answer, type Json, World, type WorldOptions } from './world.ts';

export const STREAM = '/nodes/n1/console/stream';

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Opens the service's port, once. */
export async function listen(world: World): Promise<number> {
  const { server } = world.service.app;
  if (!server.listening) await world.service.app.listen({ host: '127.0.0.1', port: 0 });
  return (server.address() as AddressInfo).port;
}

export class ConsoleClient {
  readonly socket: WebSocket;
  text = '';
  readonly messages: Json[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.messages.push(JSON.parse(data));
      else this.text += Buffer.from(data as ArrayBuffer).toString();
    };
    this.closed = once(socket, 'close').then(([{ code, reason }]) => ({ code, reason }));
  }

  static async open(world: World, path: string, headers: Record<string, string>): Promise<ConsoleClient> {
    const url = `ws://127.0.0.1:${await listen(world)}/isolation/v1${path}`;
    const client = new ConsoleClient(new WebSocket(url, { headers } as never));
    await once(client.socket, 'open');
    return client;
  }

  /** The messages of one type, without it. */
  told(type: string): Json[] {
    return this.messages.filter((message) => message.type === type);
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  type(keys: string): void {
    this.socket.send(Buffer.from(keys));
  }
}

/** How an upgrade is refused: an ordinary answer of HTTP. */
export async function refusedUpgrade(
  world: World,
  path: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const asked = request({
    port: await listen(world),
    path: `/isolation/v1${path}`,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  }).end();
  asked.on('upgrade', (_, socket) => {
    socket.destroy();
    asked.destroy(new Error('it was upgraded'));
  });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode!, body: await json(answer) };
}

/** A world whose project `a` holds n1 with its console connected, and tokens of `a` by name. */
export async function heldConsole(consoles: WorldOptions['consoles'] = {}) {
  const world = await World.open({ consoles: { checkMs: 50, ...consoles } });
  await listen(world);
  await world.allocate('n1', 'a');
  await world.until(async () => (await world.a('POST', '/nodes/n1/console', { keys: '' })).status === 200);
  const tokenOf = async (label: string, project = 'a') =>
    (await world.ok(world.operator('POST', `/projects/${project}/tokens`, { label }))).token as string;
  const join = async (label: string, query = '') =>
    await ConsoleClient.open(world, `${STREAM}${query}`, bearer(await tokenOf(label)));
  return { world, tokenOf, join, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** A client that shakes hands and then does nothing by itself. */
export async function rawStream(world: World, token: string, tail = 0) {
  const socket = connect(await listen(world), '127.0.0.1');
  let frames = '';
  socket.write(
    [
      `GET /isolation/v1${STREAM}?tail=${tail} HTTP/1.1`,
      'host: x',
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      `authorization: Bearer ${token}\r\n\r\n`,
    ].join('\r\n'),
  );
  await once(socket, 'data');
  socket.on('data', (chunk) => (frames = (frames + chunk.toString('latin1')).slice(-1000)));
  return Object.assign(socket, { frames: () => frames });
}
