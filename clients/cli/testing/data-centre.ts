/** Real services on real HTTP with hardware in memory: two nodes, one switch. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openIsolation } from '@bullion/isolation';
import { openMarket } from '@bullion/market';
import { openProvisioning } from '@bullion/provisioning';
import { createLogger } from '@bullion/service';
import { MemoryBmc, memoryBmcDriver } from '../../../services/isolation/drivers/bmc/memory.ts';
import { driversOf } from '../../../services/isolation/drivers/index.ts';
import { MemorySwitch, memorySwitchDriver } from '../../../services/isolation/drivers/switch/memory.ts';
import { Front } from '../serve/front.ts';
import { open, urlOf } from '../serve/listen.ts';
import { type Ran, run } from './run.ts';

const PORTS = ['p1', 'p2', 'p3', 'p4'];

export class DataCentre {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  readonly tor: MemorySwitch;
  readonly bmcs: readonly [MemoryBmc, MemoryBmc];
  readonly #closers: (() => Promise<void>)[];

  private constructor(
    folder: string,
    url: string,
    token: string,
    closers: (() => Promise<void>)[],
    parts: Pick<DataCentre, 'tor' | 'bmcs'>,
  ) {
    this.folder = folder;
    this.url = url;
    this.token = token;
    this.tor = parts.tor;
    this.bmcs = parts.bmcs;
    this.#closers = closers;
  }

  /** `provisioning`: with that service too. It takes images and volumes; its DHCP and targets are not opened. */
  static async open(options: { provisioning?: boolean; market?: boolean } = {}): Promise<DataCentre> {
    const folder = await mkdtemp(join(tmpdir(), 'bullion-cli-'));
    const logger = createLogger('silent');
    const tor = new MemorySwitch('tor1', PORTS);
    const bmcs = [new MemoryBmc('bmc1'), new MemoryBmc('bmc2')] as const;
    const isolation = await openIsolation({
      folder: join(folder, 'isolation'),
      logger,
      drivers: {
        switchDrivers: driversOf(memorySwitchDriver(tor)),
        bmcDrivers: driversOf(memoryBmcDriver(...bmcs)),
      },
    });
    const front = new Front();
    await front.add('isolation', isolation.app);
    const server = front.server();
    await open(server, { host: '127.0.0.1', port: 0 });
    const url = urlOf(server);
    const closers = [() => isolation.close(), () => front.close()];
    if (options.provisioning) {
      const provisioning = await openProvisioning({
        folder: join(folder, 'provisioning'),
        logger,
        network: {
          name: 'provisioning',
          interface: 'lo',
          address: '127.0.0.1',
          prefix: 8,
          httpPort: 0,
          iscsiPort: 0,
        },
        isolation: { url, token: await isolation.createToken('service', 'test') },
        importFrom: ['127.0.0.0/8'],
      });
      await front.add('provisioning', provisioning.app);
      closers.unshift(() => provisioning.close());
    }
    if (options.market) {
      const market = await openMarket({
        folder: join(folder, 'market'),
        logger,
        isolation: { url, token: await isolation.createToken('service', 'market') },
        config: { slotMs: 1000 },
        batchMs: 100,
        checkMs: 50,
      });
      await front.add('market', market.app);
      market.start();
      closers.unshift(() => market.close());
    }
    const token = await isolation.createToken('admin', 'test');
    return new DataCentre(folder, url, token, closers, { tor, bmcs });
  }

  /** Runs a command as the operator, or as the bearer of `token`. */
  async bullion(args: readonly string[], token = this.token): Promise<Ran> {
    return await run(args, { BULLION_URL: this.url, BULLION_TOKEN: token, BULLION_HOME: this.folder });
  }

  /** The same for a command that must succeed; returns its JSON value. */
  async value<Value = never>(args: readonly string[], token?: string): Promise<Value> {
    const { code, stdout } = await this.bullion([...args, '--json'], token);
    if (code !== 0) throw new Error(`bullion ${args.join(' ')} ended with ${code}: ${stdout}`);
    return JSON.parse(stdout) as Value;
  }

  /** Registers the switch, its ports, and node1 and node2, each with a NIC nic0 and nic1. */
  async furnish(): Promise<void> {
    await this.value(['switch', 'add', 'tor1', '--driver', 'memory', '--setting', 'name=tor1']);
    await this.value(['port', 'add', 'tor1', ...PORTS]);
    for (const n of [1, 2]) {
      const nics = [0, 1].flatMap((i) => ['--nic', `nic${i}=52:54:00:00:0${n}:0${i}@tor1/p${2 * n - 1 + i}`]);
      const bmc = [
        '--bmc',
        'memory',
        '--bmc-address',
        `bmc${n}`,
        '--bmc-user',
        'admin',
        '--bmc-setting',
        'password=secret',
      ];
      await this.value(['node', 'add', `node${n}`, ...bmc, ...nics]);
    }
  }

  /** A project with a token of its own. */
  async admit(project: string): Promise<string> {
    await this.value(['project', 'create', project]);
    return (await this.value<{ token: string }>(['project', 'token', project])).token;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
