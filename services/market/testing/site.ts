/** The market service beside a real isolation service whose hardware is in memory, with a clock that is turned by hand. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Services } from '@bullion/sdk';
import { createLogger } from '@bullion/service';
import { newDatabase } from '@bullion/service/testing/postgres.ts';
import { type Json, World } from '../../isolation/testing/world.ts';
import { tellMisses } from '../delivery/attendance.ts';
import { deliverOnce } from '../delivery/delivery.ts';
import { survey } from '../delivery/survey.ts';
import { type MarketService, openMarket } from '../index.ts';
import { freezing } from '../market/index.ts';
import { ATTRIBUTES, BEGIN, SLOT } from './floor.ts';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

export class Site implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'bullion-market-'));
  now = Math.max(BEGIN, Math.ceil(Date.now() / SLOT) * SLOT);
  world!: World;
  service!: MarketService;
  url = '';
  readonly tokens: Record<string, string> = {};
  /** Where `BULLION_TEST_DATABASE` is the URL of a PostgreSQL server: a database of its own there. */
  #database: string | undefined;

  /** All nodes are the project `a`'s: two, where not said otherwise. `b` and `c` buy. */
  static async open(nodes = 2): Promise<Site> {
    const site = new Site();
    site.world = await World.open({ nodes, clock: () => site.now });
    for (let n = 1; n <= nodes; n++)
      await site.world.ok(site.world.operator('PATCH', `/nodes/n${n}`, { owner: 'a' }));
    const { service } = site.world;
    site.tokens.operator = await service.createToken('operator', 'test');
    site.tokens.service = await service.createToken('service', 'market');
    await site.world.ok(site.world.operator('POST', '/projects', { name: 'c' }));
    for (const project of ['a', 'b', 'c'])
      site.tokens[project] = (
        await site.world.ok(site.world.operator('POST', `/projects/${project}/tokens`, { label: 'm' }))
      ).token;
    site.url = await service.app.listen({ port: 0, host: '127.0.0.1' });
    const server = process.env.BULLION_TEST_DATABASE;
    if (server !== undefined) site.#database = await newDatabase(server);
    await site.start();
    return site;
  }

  async start(): Promise<void> {
    this.service = await openMarket({
      folder: this.folder,
      logger: createLogger(process.env.BULLION_LOG ?? 'silent'),
      isolation: { url: this.url, token: this.tokens.service! },
      clock: () => this.now,
      ...(this.#database === undefined ? {} : { database: this.#database }),
    });
    await this.service.app.ready();
  }

  async restart(): Promise<void> {
    await this.service.close();
    await this.start();
  }

  services(who: string): Services {
    return connect({ url: this.url, token: this.tokens[who]! });
  }

  async ask(
    who: string,
    method: Method,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<{ status: number; body: Json }> {
    const answer = await this.service.app.inject({
      method,
      url: `/market/v1${path}`,
      headers: { authorization: `Bearer ${this.tokens[who]}`, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  }

  async ok(who: string, method: Method, path: string, body?: unknown, headers = {}): Promise<Json> {
    const answer = await this.ask(who, method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async refused(who: string, method: Method, path: string, body: unknown, code: string): Promise<void> {
    const answer = await this.ask(who, method, path, body);
    assert.deepEqual(
      [answer.body.error?.code, answer.status >= 400 && answer.status < 500],
      [code, true],
      JSON.stringify(answer.body),
    );
    assert.ok(answer.body.error.hint);
  }

  /** Credits for both, both nodes enrolled. Returns their class. */
  async furnish(credits = 1_000_000_000_000): Promise<string> {
    for (const party of ['a', 'b'])
      await this.ok('operator', 'POST', '/credits', { party, amount: String(credits) });
    let name = '';
    for (const { name: node } of await this.world.ok(this.world.operator('GET', '/nodes')))
      name = (await this.ok('operator', 'PUT', `/nodes/${node}`, { owner: 'a', attributes: ATTRIBUTES }))
        .class;
    return name;
  }

  iso = (slots: number) => new Date(this.now + slots * SLOT).toISOString();

  async clear(): Promise<void> {
    const { desk } = this.service.context;
    await survey(this.service.context);
    await desk.own(freezing(randomUUID()));
    await desk.own({ do: 'clear' });
  }

  /** Time passes, and what is due is done, nodes too. */
  async pass(slots: number): Promise<void> {
    this.now += slots * SLOT;
    await this.beginSlot();
    await this.deliver();
  }

  async beginSlot(): Promise<void> {
    await tellMisses(this.service.context);
    await this.service.context.desk.own({ do: 'tick' });
  }

  /** Until all is as it should be, or `rounds` are over. */
  async deliver(rounds = 200): Promise<void> {
    for (let n = 0; n < rounds && (await deliverOnce(this.service.context)); n++)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async holder(node: string): Promise<string | null> {
    return (await this.world.ok(this.world.operator('GET', `/nodes/${node}`))).project;
  }

  /** The isolation service opens a lease in its own time: returns when `project` holds the node. */
  heldBy = (node: string, project: string) =>
    this.world.until(async () => (await this.holder(node)) === project);

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.close();
    await this.world[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
