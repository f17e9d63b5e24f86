/**
 * A small world for tests: the service on a folder of its own, a switch in memory with ports p1.., servers n1.. whose
 * NIC eth0 is cabled to the port of the same number and whose BMC is in memory, two projects, and tokens for each role.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type Operation } from '@bullion/service';
import { newDatabase } from '@bullion/service/testing/postgres.ts';
import type { BmcDriver } from '../drivers/bmc/driver.ts';
import { MemoryBmc, memoryBmcDriver } from '../drivers/bmc/memory.ts';
import { driversOf } from '../drivers/index.ts';
import type { SwitchDriver } from '../drivers/switch/driver.ts';
import { MemorySwitch, memorySwitchDriver } from '../drivers/switch/memory.ts';
import { type Isolation, type IsolationOptions, openIsolation } from '../index.ts';

// biome-ignore lint/suspicious/noExplicitAny: the answers of many routes; their forms are in the OpenAPI document.
export type Json = any;
export type Answer = { status: number; body: Json; headers?: Record<string, unknown> };
type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
/** Asks the service as one caller: `/nodes` is `/isolation/v1/nodes`. */
export type Caller = (
  method: Method,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<Answer>;

export type WorldOptions = Partial<IsolationOptions> & {
  nodes?: number;
  switches?: readonly MemorySwitch[];
  /** Beside that of the BMCs in memory. */
  bmcDrivers?: readonly BmcDriver[];
  /** Where its folder is made; in memory by default. */
  folders?: string;
  /** In place of the driver of the memory switches. */
  switchDriver?: (driver: SwitchDriver) => SwitchDriver;
};

/** In memory where that can be had: every write waits for the disk, and what is tested is not the disk. */
const FOLDERS = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const LIMITS = { bmcCallMs: 500, powerVerifyMs: 300, portsClosedMs: 1000 };
const FAST = { driftIntervalMs: 60_000, retryMs: 5, retryMaxMs: 20, callTimeoutMs: 2000 };

export class World implements AsyncDisposable {
  readonly folder: string;
  readonly switches: readonly MemorySwitch[];
  readonly bmcs: MemoryBmc[] = [];
  service!: Isolation;
  operator!: Caller;
  admin!: Caller;
  /** Members of the projects `a` and `b`. */
  a!: Caller;
  b!: Caller;
  readonly #options: WorldOptions;
  /** Where `BULLION_TEST_DATABASE` is the URL of a PostgreSQL server: a database of its own there. */
  #database: string | undefined;

  private constructor(options: WorldOptions) {
    this.#options = options;
    this.folder = mkdtempSync(join(options.folders ?? FOLDERS, 'bullion-isolation-'));
    this.switches = options.switches ?? [new MemorySwitch('s1')];
  }

  /** Opens it with its switch, nodes (2, where not said otherwise) and projects registered. */
  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    const server = process.env.BULLION_TEST_DATABASE;
    if (server !== undefined) world.#database = await newDatabase(server);
    await world.start();
    world.operator = world.caller(await world.service.createToken('operator', 'test'));
    world.admin = world.caller(await world.service.createToken('admin', 'test'));
    for (const { name } of world.switches) {
      await world.ok(world.operator('POST', '/switches', { name, driver: 'memory', settings: { name } }));
    }
    for (let number = 1; number <= (options.nodes ?? 2); number++) await world.addNode(number);
    for (const project of ['a', 'b'] as const) {
      await world.ok(world.operator('POST', '/projects', { name: project }));
      const { token } = await world.ok(
        world.operator('POST', `/projects/${project}/tokens`, { label: 'test' }),
      );
      world[project] = world.caller(token);
    }
    return world;
  }

  get switch(): MemorySwitch {
    return this.switches[0]!;
  }

  /** Node `nN`, its NIC on port `pN` of the switches in turn. */
  async addNode(number: number): Promise<void> {
    const on = this.switches[(number - 1) % this.switches.length]!;
    if (!on.portNames().includes(`p${number}`)) on.addPort(`p${number}`);
    this.bmcs.push(new MemoryBmc(`bmc-${number}`));
    await this.ok(this.operator('PUT', `/switches/${on.name}/ports/p${number}`));
    const mac = `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
    await this.ok(
      this.operator('POST', '/nodes', {
        name: `n${number}`,
        firmware: 'uefi',
        bmc: { driver: 'memory', settings: this.bmcSettings(number) },
        nics: [{ name: 'eth0', mac, switch: on.name, port: `p${number}` }],
      }),
    );
  }

  bmcSettings(number: number) {
    return { address: `bmc-${number}`, username: 'admin', password: 'secret' };
  }

  bmc(number: number): MemoryBmc {
    return this.bmcs[number - 1]!;
  }

  /** The bearer of a token, or a user by `NAME:PASSWORD`. */
  caller(token: string): Caller {
    const basic = token.includes(':') && `Basic ${Buffer.from(token).toString('base64')}`;
    return async (method, path, body, headers = {}) => {
      const answer = await this.service.app.inject({
        method,
        url: `/isolation/v1${path}`,
        headers: { authorization: basic || `Bearer ${token}`, ...headers },
        ...(body ? { payload: body } : {}),
      });
      return Object.defineProperty(
        { status: answer.statusCode, body: parse(answer.body) as Json },
        'headers',
        // Not compared where answers are.
        { value: answer.headers, enumerable: false },
      );
    };
  }

  /** The body of an answer that must be a success. */
  async ok(answer: Promise<Answer>): Promise<Json> {
    const { status, body } = await answer;
    assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Asserts that it is refused, in full: with what to do next. Returns the error. */
  async refused(answer: Promise<Answer>, status: number, code: string): Promise<Json> {
    const got = await answer;
    assert.deepEqual([got.status, got.body?.error?.code], [status, code], JSON.stringify(got.body));
    assert.ok(got.body.error.message.length > 10);
    assert.ok(got.body.error.hint, `${code} has no hint`);
    return got.body.error;
  }

  /** Waits for the end of what a request has begun, and returns the operation. */
  async ended(begun: Promise<Answer>): Promise<Operation> {
    const { operation } = await this.ok(begun);
    return await this.service.context.operations.wait(operation, 30_000);
  }

  /** As `ended`, and it must have succeeded. */
  async done(begun: Promise<Answer>): Promise<Operation> {
    const operation = await this.ended(begun);
    assert.equal(operation.state, 'succeeded', JSON.stringify(operation));
    return operation;
  }

  /** Looks until `look` finds something. */
  async until<Found>(look: () => Promise<Found | undefined | false>, milliseconds = 30_000): Promise<Found> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${look}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async allocate(node: string, project: 'a' | 'b'): Promise<void> {
    await this.ok(this[project]('POST', `/nodes/${node}/allocate`, { project }));
  }

  /** A network of a project; returns its VLAN. */
  async network(name: string, project: 'a' | 'b' | null, more: object = {}): Promise<number> {
    const caller = project === null ? this.operator : this[project];
    const { fullName } = await this.ok(caller('POST', '/networks', { name, project, ...more }));
    return (await this.ok(this.operator('GET', `/networks/${encodeURIComponent(fullName)}`))).vlan;
  }

  async port(port: string, on = this.switch.name): Promise<Json> {
    const ports = await this.ok(this.operator('GET', `/switches/${on}/ports`));
    return ports.find(({ name }: { name: string }) => name === port);
  }

  async events(kind: string): Promise<Json[]> {
    const events = await this.ok(this.operator('GET', '/events'));
    return events.filter((event: { kind: string }) => event.kind === kind);
  }

  async start(): Promise<void> {
    const { switchDriver = (driver) => driver, nodes: _, switches: __, ...options } = this.#options;
    this.service = await openIsolation({
      folder: this.folder,
      database: this.#database,
      logger: createLogger(process.env.BULLION_LOG ?? 'silent'),
      reconciler: { ...FAST, ...options.reconciler },
      consoles: { retryMs: 10, retryMaxMs: 50, ...options.consoles },
      limits: { ...LIMITS, ...options.limits },
      drivers: {
        switchDrivers: driversOf(switchDriver(memorySwitchDriver(...this.switches))),
        bmcDrivers: driversOf<BmcDriver>(
          {
            ...memoryBmcDriver(),
            // BMCs are added while the service runs.
            ...Object.fromEntries(
              (
                ['powerState', 'setPower', 'setBootDevice', 'openConsole', 'sensors', 'powerDraw'] as const
              ).map((method) => [
                method,
                (...args: unknown[]) =>
                  (memoryBmcDriver(...this.bmcs)[method] as (...args: unknown[]) => unknown)(...args),
              ]),
            ),
          },
          ...(options.bmcDrivers ?? []),
        ),
      },
      ...(options.vlanPool ? { vlanPool: options.vlanPool } : {}),
      leases: { checkMs: 10, retryMs: 10, ...options.leases },
      clock: options.clock,
      oidc: options.oidc,
    });
    await this.service.app.ready();
  }

  /** Closes the service and opens it again on the same folder. */
  async restart(): Promise<void> {
    await this.service.close();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.close();
    rmSync(this.folder, { recursive: true });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // A console's.
  }
}
