/**
 * A data centre for tests: a real isolation service with a switch and BMCs in memory, a real provisioning service on a
 * bridge, with real DHCP, HTTP and iSCSI, and nodes n1, n2, .. that are cabled to the bridge. Projects are `a` and `b`.
 * To be used inside a network namespace (own-network.ts).
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisioningType } from '@bullion/sdk';
import { createLogger, end, type Operation, run, spawnBound } from '@bullion/service';
import { VolumeStore } from '@bullion/volumes';
import { RbdStore } from '@bullion/volumes/ceph';
import { World } from '../../isolation/testing/world.ts';
import { openProvisioning, type Provisioning, type ProvisioningOptions } from '../index.ts';
import { ip, SimulatedNode } from './simulated-node.ts';

type Boot = ProvisioningType['Boot'];
type Image = ProvisioningType['Image'];
type Volume = ProvisioningType['Volume'];
type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
// biome-ignore lint/suspicious/noExplicitAny: a test reads answers of every shape.
export type Answer = { status: number; body: any };
/** Asks the service as one caller: `/boots` is `/provisioning/v1/boots`. */
export type Caller = (
  method: Method,
  path: string,
  body?: object | Buffer,
  headers?: Record<string, string>,
) => Promise<Answer>;

export type SiteOptions = Partial<
  Pick<
    ProvisioningOptions,
    'bootTimeoutMs' | 'importFrom' | 'lookMs' | 'scripts' | 'softOffMs' | 'storage' | 'sweepMs'
  >
> & {
  nodes?: number;
  /** Of them, how many are plugged in; all by default. The others have a BMC and a port, and never come up. */
  plugged?: number;
  bootsAtOnce?: number;
  /** Where the services keep what they have; in memory by default. */
  folders?: string;
  /** In a process of its own, to be killed. */
  apart?: boolean;
  /** How much fits on the service's disk, in MiB. */
  diskMiB?: number;
  /** Everything is logged, to a file: `logPath`. */
  logged?: boolean;
  /** Who gives addresses; the service by default. */
  dhcp?: 'own' | 'proxy';
  /** Looks for other DHCP servers before it serves, which takes some seconds. */
  looksForOthers?: boolean;
};

const BRIDGE = 'boot0';
const SERVICE = '10.66.0.1';
const NETWORK = 'provisioning';

/** What is held when no boot lives and no volume is kept. */
export const NOTHING = { boots: [], volumes: [], targets: 0, dhcp: 0, attached: [] };

export class Site implements AsyncDisposable {
  readonly options: SiteOptions;
  readonly folder: string;
  readonly nodes: SimulatedNode[] = [];
  isolation!: World;
  service: Provisioning | undefined;
  #process: ChildProcess | undefined;
  #url = '';
  #isolationUrl = '';
  #serviceToken = '';
  operator!: Caller;
  a!: Caller;
  b!: Caller;
  tokenOfA = '';

  private constructor(options: SiteOptions) {
    this.options = options;
    this.folder = mkdtempSync(join(options.folders ?? '/dev/shm', 'bullion-provisioning-'));
  }

  static async open(options: SiteOptions = {}): Promise<Site> {
    const site = new Site(options);
    const count = options.nodes ?? 2;
    await ip('link', 'set', 'lo', 'up');
    await ip('link', 'add', BRIDGE, 'type', 'bridge');
    await ip('address', 'add', `${SERVICE}/24`, 'dev', BRIDGE);
    await ip('link', 'set', BRIDGE, 'up');
    if (options.diskMiB !== undefined) await site.mountDisk(options.diskMiB);
    site.isolation = await World.open({
      nodes: count,
      // Tests switch nodes off behind its back, and wait until that is seen.
      limits: { readingMs: 200 },
      ...(options.folders && { folders: options.folders }),
    });
    await site.listenIsolation();
    await site.isolation.network(NETWORK, null, { isolated: true });
    site.#serviceToken = await site.isolation.service.createToken('service', 'provisioning');
    site.operator = site.caller(await site.isolation.service.createToken('operator', 'test'));
    for (const project of ['a', 'b'] as const) {
      const { token } = await site.isolation.ok(
        site.isolation.operator('POST', `/projects/${project}/tokens`, { label: 'test' }),
      );
      site[project] = site.caller(token);
      if (project === 'a') site.tokenOfA = token;
    }
    for (let number = 1; number <= (options.plugged ?? count); number++) {
      const { nics } = await site.isolation.ok(site.isolation.operator('GET', `/nodes/n${number}`));
      const unit = options.storage?.kind === 'ceph' ? 1 : 0;
      const plug = { name: `v${number}`, mac: nics[0].mac, bridge: BRIDGE, folder: site.folder, unit };
      site.nodes.push(await SimulatedNode.plug(plug));
    }
    await site.start();
    return site;
  }

  async mountDisk(mebibytes: number): Promise<void> {
    mkdirSync(join(this.folder, 'service'));
    const args = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', join(this.folder, 'service')];
    const { code, stderr } = await run('mount', args, { timeoutMs: 5000 });
    assert.equal(code, 0, stderr);
  }

  node(number: number): SimulatedNode {
    return this.nodes[number - 1]!;
  }

  get logPath(): string {
    return join(this.folder, 'log');
  }

  /** Where dnsmasq's files are. */
  get dhcpFolder(): string {
    return join(this.folder, 'service', 'dhcp');
  }

  async listenIsolation(): Promise<void> {
    const port = this.#isolationUrl === '' ? 0 : Number(new URL(this.#isolationUrl).port);
    this.#isolationUrl = await this.isolation.service.app.listen({ host: '127.0.0.1', port });
  }

  async start(): Promise<void> {
    const {
      apart,
      bootsAtOnce,
      dhcp,
      importFrom,
      logged,
      looksForOthers = false,
      scripts,
      storage,
      bootTimeoutMs,
      lookMs,
      sweepMs,
      softOffMs,
    } = this.options;
    const all: Omit<ProvisioningOptions, 'logger'> = {
      folder: join(this.folder, 'service'),
      network: {
        name: NETWORK,
        interface: BRIDGE,
        address: SERVICE,
        prefix: 24,
        httpPort: 8069,
        iscsiPort: 3260,
        bootsAtOnce,
        dhcp,
        allowOtherDhcp: !looksForOthers,
      },
      isolation: { url: this.#isolationUrl, token: this.#serviceToken },
      importFrom,
      scripts,
      storage,
      bootTimeoutMs: bootTimeoutMs ?? 60_000,
      lookMs: lookMs ?? 100,
      sweepMs: sweepMs ?? 200,
      softOffMs: softOffMs ?? 1000,
    };
    if (apart) await this.#startApart(all);
    else {
      const logger = logged
        ? createLogger('trace', this.logPath)
        : createLogger(process.env.BULLION_LOG ?? 'silent');
      this.service = await openProvisioning({ ...all, logger });
      this.#url = await this.service.app.listen({ host: '127.0.0.1', port: 0 });
      await this.service.start();
    }
  }

  async #startApart(options: Omit<ProvisioningOptions, 'logger'>): Promise<void> {
    const program = join(import.meta.dirname, 'service-process.ts');
    const flags = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(options)];
    this.#process = spawnBound(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await Promise.race([
      once(this.#process.stdout!, 'data'),
      once(this.#process, 'exit').then(([code]) =>
        Promise.reject(new Error(`the service ended with ${code}`)),
      ),
    ])) as [Buffer];
    this.#url = line.toString().trim();
  }

  async stop(): Promise<void> {
    if (this.#process) await end(this.#process, 10_000);
    await this.service?.close();
    this.service = undefined;
    this.#process = undefined;
  }

  async kill(): Promise<void> {
    const gone = once(this.#process!, 'exit');
    this.#process!.kill('SIGKILL');
    await gone;
    this.#process = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  get url(): string {
    return this.#url;
  }

  caller(token: string): Caller {
    return async (method, path, body, headers = {}) => {
      const binary = body instanceof Buffer;
      const response = await fetch(`${this.#url}/provisioning/v1${path}`, {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${token}`,
          ...(body ? { 'content-type': binary ? 'application/octet-stream' : 'application/json' } : {}),
        },
        ...(body ? { body: binary ? new Uint8Array(body) : JSON.stringify(body) } : {}),
      });
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      return { status: response.status, body: isJson ? await response.json() : await response.bytes() };
    };
  }

  /** The body of an answer that must be a success. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async ok(answer: Promise<Answer>): Promise<any> {
    const { status, body } = await answer;
    assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Asserts that it is refused, in full: with what to do next. Returns the error. */
  async refused(answer: Promise<Answer>, status: number, code: string) {
    const got = await answer;
    assert.deepEqual([got.status, got.body?.error?.code], [status, code], JSON.stringify(got.body));
    assert.ok(got.body.error.hint, `${code} has no hint`);
    return got.body.error as { message: string; hint: string };
  }

  /** Waits for the end of an operation. */
  async ended(id: string): Promise<Operation> {
    const operation: Operation = await this.ok(this.operator('GET', `/operations/${id}?wait=60`));
    assert.notEqual(operation.state, 'running', JSON.stringify(operation.steps.at(-1)));
    return operation;
  }

  async done(begun: Promise<Answer>): Promise<Operation> {
    const operation = await this.ended((await this.ok(begun)).operation);
    assert.equal(operation.state, 'succeeded', JSON.stringify(operation));
    return operation;
  }

  /** Looks until `look` finds something. */
  async until<Found>(
    what: string,
    look: () => Promise<Found | undefined | false>,
    ms = 30_000,
  ): Promise<Found> {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      assert.ok(Date.now() < deadline, `not within ${ms} ms: ${what}`);
      await sleep(20);
    }
  }

  /** A sealed image with a kernel; its disk is random. */
  async image(
    name: string,
    project: 'a' | 'b' | null = 'a',
    disk = randomBytes(256 * 1024),
  ): Promise<Buffer> {
    const caller = project === null ? this.operator : this[project];
    await this.ok(
      caller('POST', '/images', { name, project, sizeBytes: disk.length, cmdline: 'quiet', public: false }),
    );
    await this.ok(caller('PUT', `/images/${name}/kernel`, Buffer.from(`kernel of ${name}`)));
    await this.ok(caller('PUT', `/images/${name}/initrd`, Buffer.from(`initrd of ${name}`)));
    await this.ok(caller('PUT', `/images/${name}/disk`, disk));
    await this.done(caller('POST', `/images/${name}/seal`));
    const image: Image = await this.ok(caller('GET', `/images/${name}`));
    assert.equal(image.sha256, createHash('sha256').update(disk).digest('hex'));
    return disk;
  }

  /** Asks for a boot. The node is the project's already. */
  async request(
    node: string,
    source: { image: string; inspection?: string } | { volume: string },
    project: 'a' | 'b' = 'a',
  ): Promise<Boot> {
    return await this.ok(
      this[project]('POST', '/boots', { node, sshAuthorizedKeys: ['ssh-ed25519 AAAA me'], ...source }),
    );
  }

  async boot(id: string): Promise<Boot> {
    return await this.ok(this.operator('GET', `/boots/${id}`));
  }

  /** Waits until the node of a boot was switched on, and its BMC was asked whether it is: now it is the test's. */
  async poweredOn({ id, node, operation }: Boot): Promise<void> {
    const bmc = this.isolation.bmc(Number(node.slice(1)));
    await this.until(`${node} is switched on`, async () => {
      const { state, error } = await this.boot(id);
      assert.equal(state, 'booting', error?.message);
      const { steps }: Operation = await this.ok(this.operator('GET', `/operations/${operation}`));
      return /^(copy|follow)$/.test(steps.at(-1)?.name ?? '') && bmc.power === 'on';
    });
  }

  /** From the request to the state `running`. */
  async running(
    node: string,
    source: { image: string; inspection?: string } | { volume: string },
    project: 'a' | 'b' = 'a',
  ) {
    const boot = await this.request(node, source, project);
    await this.poweredOn(boot);
    const told = await this.node(Number(node.slice(1))).boot();
    const operation = await this.ended(boot.operation);
    assert.equal(operation.state, 'succeeded', JSON.stringify(operation));
    return { boot: await this.boot(boot.id), ...told };
  }

  /** What nodes hold of this service now: nothing of a boot that is over may be in it. */
  async held() {
    const boots: Boot[] = await this.ok(this.operator('GET', '/boots'));
    const volumes: Volume[] = await this.ok(this.operator('GET', '/volumes'));
    const attached: string[] = [];
    for (const node of await this.isolation.ok(this.isolation.operator('GET', '/nodes')))
      for (const nic of node.nics) if (nic.networks.length > 0) attached.push(node.name);
    return {
      boots: boots.map(({ node }) => node),
      volumes: volumes.map(({ name }) => name),
      targets: this.service?.targets().length ?? 0,
      dhcp: readdirSync(join(this.dhcpFolder, 'hosts')).length,
      attached,
    };
  }

  /**
   * What nodes hold of this service though no living boot accounts for it: targets, places in DHCP, ports on the
   * network, power, clones. Volumes that their owner keeps are none, and a port may take its moment to be closed.
   */
  async leaks(): Promise<string[]> {
    const boots: Boot[] = await this.ok(this.operator('GET', '/boots'));
    const volumes: (Volume & { ownBytes: number })[] = await this.ok(this.operator('GET', '/volumes'));
    const { dhcp, targets, attached } = await this.held();
    const booted = new Set(boots.map(({ node }) => node));
    const alive = boots.filter(({ state }) => state !== 'ending').length;
    const on = this.isolation.bmcs.flatMap(({ power }, index) => (power === 'on' ? [`n${index + 1}`] : []));
    return [
      ...(targets > boots.length ? [`${targets} targets of ${boots.length} boots`] : []),
      ...(dhcp > alive ? [`${dhcp} nodes known to DHCP, of ${alive}`] : []),
      ...attached.filter((node) => !booted.has(node)).map((node) => `${node} is on the network`),
      ...on.filter((node) => !booted.has(node)).map((node) => `${node} is on`),
      ...volumes.filter(({ node }) => node !== null && !booted.has(node)).map(({ name }) => `volume ${name}`),
    ];
  }

  /** Ends what lives, and deletes the volumes with it; nothing may be held then. */
  async endAll(): Promise<void> {
    const living: Boot[] = await this.ok(this.operator('GET', '/boots'));
    for (const { id, state } of living)
      if (state !== 'ending') await this.done(this.operator('DELETE', `/boots/${id}?deleteVolume=true`));
    await this.until('every boot is over', async () => {
      const boots: Boot[] = await this.ok(this.operator('GET', '/boots'));
      return boots.length === 0;
    });
    const volumes: Volume[] = await this.ok(this.operator('GET', '/volumes'));
    for (const { name } of volumes) await this.ok(this.operator('DELETE', `/volumes/${name}`));
    assert.deepEqual(await this.held(), NOTHING);
  }

  /** Ends what lives, and checks that what is left is what is listed: layers, folders, targets, DHCP, attachments. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#checkLeftovers();
    } finally {
      await this.stop();
      for (const node of this.nodes) await node.unplug();
      await this.isolation[Symbol.asyncDispose]();
      await ip('link', 'delete', BRIDGE);
      if (this.options.diskMiB !== undefined)
        await run('umount', [join(this.folder, 'service')], { timeoutMs: 5000 });
      rmSync(this.folder, { recursive: true });
    }
  }

  async #checkLeftovers(): Promise<void> {
    await this.endAll();
    const images: Image[] = await this.ok(this.operator('GET', '/images'));
    const deleted: object[] = await this.ok(this.operator('GET', '/deleted?limit=1000'));
    await this.stop();
    const { storage } = this.options;
    const store =
      storage?.kind === 'ceph'
        ? await RbdStore.open(storage)
        : await VolumeStore.open(storage?.path ?? join(this.folder, 'service', 'volumes'));
    const layers = await store.list();
    await store.close();
    const sealed = images.filter(({ state }) => state === 'sealed').length;
    assert.equal(layers.length, sealed, `layers: ${layers.map(({ name, kind }) => `${kind} ${name}`)}`);
    const folders = readdirSync(join(this.folder, 'service', 'images'));
    assert.ok(folders.length <= images.length + deleted.length, `folders of images: ${folders}`);
  }
}
