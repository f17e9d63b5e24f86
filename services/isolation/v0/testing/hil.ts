/** A small world as HIL's clients see it, asked over a socket with the bytes that they send. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { hashPassword } from '@bullion/service';
import { obmdDriver } from '../../drivers/bmc/obmd/driver.ts';
import { FakeObmd } from '../../drivers/bmc/obmd/testing/fake.ts';
import { MemorySwitch } from '../../drivers/switch/memory.ts';
import { type Json, World, type WorldOptions } from '../../testing/world.ts';

export type Answer = { status: number; text: string; body: Json; headers: Record<string, string> };
/** `asked` is `METHOD /path` below `/v0`; `body` is a text as it is, or what Python's `json.dumps` makes of it. */
export type Hil = (asked: string, body?: unknown) => Promise<Answer>;

export const MOCK = 'http://schema.massopencloud.org/haas/v0/switches/mock';
const PORTS = ['gi1/0/1', 'gi1/0/2'];

/** Users of the world: `root` is an administrator; `alice` acts for the project `a` and `bob` for `b`. */
export class HilWorld implements AsyncDisposable {
  readonly world: World;
  readonly obmd: FakeObmd;
  readonly endpoint: string;
  /** By name and password, or as somebody else by a header, or as nobody. */
  readonly as = (user: string | null, authorization?: string): Hil => {
    const login = user && `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`;
    return (asked, body) => send(this.endpoint, asked, body, authorization ?? login ?? undefined);
  };
  /** A success; returns its body. */
  readonly ok = async (answer: Promise<Answer>): Promise<Json> => {
    const { status, text, body } = await answer;
    assert.ok(status === 200 || status === 202, `${status} ${text}`);
    return body;
  };
  readonly root = this.as('root');
  readonly alice = this.as('alice');
  readonly bob = this.as('bob');

  private constructor(world: World, obmd: FakeObmd, endpoint: string) {
    this.world = world;
    this.obmd = obmd;
    this.endpoint = endpoint;
  }

  /** A switch `sw` is registered, which has ports gi1/0/1 and gi1/0/2; these are not, and there is no node. */
  static async open(options: WorldOptions = {}): Promise<HilWorld> {
    const switches = [new MemorySwitch('sw', PORTS)];
    const world = await World.open({ nodes: 0, switches, bmcDrivers: [obmdDriver], ...options });
    const password = await HASH;
    for (const name of ['root', 'alice', 'bob']) {
      await world.ok(world.admin('POST', '/users', { name, role: name === 'root' ? 'admin' : 'member' }));
      await world.service.context.db
        .updateTable('users')
        .set({ password })
        .where('name', '=', name)
        .execute();
    }
    for (const [user, project] of [
      ['alice', 'a'],
      ['bob', 'b'],
    ] as const) {
      await world.ok(world.operator('PUT', `/projects/${project}/members/${user}`));
    }
    const endpoint = await world.service.app.listen({ host: '127.0.0.1', port: 0 });
    return new HilWorld(world, await FakeObmd.start(), endpoint);
  }

  /** Node n1 on port gi1/0/1 of `sw`, by its NIC em1; alice's. */
  async giveNode(): Promise<void> {
    const { root, alice, obmd, ok } = this;
    await ok(root('PUT /node/n1', { obmd: { uri: obmd.uri, admin_token: obmd.adminToken } }));
    await ok(root('PUT /switch/sw/port/gi1/0/1'));
    await ok(root('PUT /node/n1/nic/em1', { macaddr: 'DE:AD:BE:EF:20:14' }));
    await ok(root('POST /switch/sw/port/gi1/0/1/connect_nic', { node: 'n1', nic: 'em1' }));
    await ok(alice('POST /project/a/connect_node', { node: 'n1' }));
  }

  /** Waits until the action that is begun is carried out, as scripts do. */
  async done(hil: Hil, begun: Promise<Answer>): Promise<Json> {
    return await this.ended(hil, (await this.ok(begun)).status_id);
  }

  async ended(hil: Hil, id: string): Promise<Json> {
    return await this.world.until(async () => {
      const action = await this.ok(hil(`GET /networking_action/${id}`));
      return action.status === 'PENDING' ? undefined : action;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
    await this.obmd[Symbol.asyncDispose]();
  }
}

/** Of every user of the world. It is hashed once: that takes its time. */
export const PASSWORD = 'the password of all';
const HASH = hashPassword(PASSWORD);

/** What HIL's client sends, through `requests` 2.12 of Python 2.7: no Content-Type, not even with a body. */
export function bytesOf(endpoint: string, asked: string, body: unknown, authorization: string | undefined) {
  const [method, path] = asked.split(/ (.*)/s) as [string, string];
  const text = body === undefined ? undefined : typeof body === 'string' ? body : dumps(body);
  const length = text === undefined ? (method === 'GET' ? undefined : 0) : Buffer.byteLength(text);
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(endpoint).host}`,
    'Connection: close',
    'Accept-Encoding: gzip, deflate',
    'Accept: */*',
    'User-Agent: python-requests/2.12.5',
    ...(length === undefined ? [] : [`Content-Length: ${length}`]),
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${text ?? ''}`;
}

/** As Python's json.dumps: with a space after each comma and colon. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const said = Object.entries(value).filter(([, field]) => field !== undefined);
  const fields = said.map(([name, field]) => `${JSON.stringify(name)}: ${dumps(field)}`);
  return `{${fields.join(', ')}}`;
}

/** `asked` is followed to where it is sent on, as `requests` does: with the same method and body. */
async function send(endpoint: string, asked: string, body: unknown, authorization?: string): Promise<Answer> {
  const [method, path] = asked.split(/ (.*)/s) as [string, string];
  return await exchange(endpoint, `${method} /v0${path}`, body, authorization);
}

export async function exchange(
  endpoint: string,
  asked: string,
  body: unknown,
  authorization?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(bytesOf(endpoint, asked, body, authorization));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString();
  const cut = answer.indexOf('\r\n\r\n');
  const [first, ...lines] = answer.slice(0, cut).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const raw = answer.slice(cut + 4);
  const text = headers['transfer-encoding'] === 'chunked' ? unchunked(raw) : raw;
  return { status: Number(first!.split(' ')[1]), text, body: parse(text), headers };
}

const unchunked = (raw: string) => raw.replaceAll(/[0-9a-f]+\r\n([\s\S]*?)\r\n/g, '$1');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // HIL's client takes it for None.
  }
}
