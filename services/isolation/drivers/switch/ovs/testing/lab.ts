/**
 * A real Open vSwitch (userspace datapath) in a namespace of its own, with servers cabled to it, for tests.
 *
 * A server's NIC is a veth pair: one end is the switch port under test, the other belongs to a second bridge that
 * plays the server. That bridge puts tags on and takes them off, which a kernel without VLAN devices cannot do, so
 * what travels over the cable is real 802.1Q, and what sends it is the kernel's own network stack (ping, with ARP).
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end } from '@bullion/service';
import type { SwitchWire, WireEnd } from '../../contract.ts';
import { Namespace } from './namespace.ts';

export const BRIDGE = 'lab0';
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const QUIET = ['-vconsole:off', '-vsyslog:off', '--no-chdir'];

type Endpoint = { namespace: Namespace; ip: string };

export class OvsLab {
  readonly directory: string;
  readonly namespace: Namespace;
  readonly #daemons = new Map<string, ChildProcess>();
  readonly #endpoints = new Map<string, Promise<Endpoint>>();

  private constructor(directory: string, namespace: Namespace) {
    this.directory = directory;
    this.namespace = namespace;
  }

  /** The ports are `p1`.. `pN`. */
  static async create(servers: number): Promise<OvsLab> {
    const lab = new OvsLab(await mkdtemp(join(tmpdir(), 'drivers-ovs-')), await Namespace.create());
    try {
      await lab.#tool('ovsdb-tool', 'create', lab.#path('conf.db'), SCHEMA);
      await lab.startDatabase();
      await lab.vsctl('--no-wait', 'init');
      await lab.startSwitchd();
      await lab.vsctl('add-br', BRIDGE, '--', 'set', 'bridge', BRIDGE, 'datapath_type=netdev');
      for (let n = 1; n <= servers; n++) await lab.#cable(n);
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  get address(): string {
    return `unix:${this.#path('db.sock')}`;
  }

  /** What the switch's wires carry; a VLAN of null means frames without a tag. */
  readonly wire: SwitchWire = {
    talks: async (from, to) => {
      const [source, target] = await Promise.all([this.#endpoint(from), this.#endpoint(to)]);
      // Two tries: the first packets after a change may find a switch that is still learning.
      return await source.namespace.run('busybox', 'ping', '-c', '2', '-i', '0.3', '-W', '1', target.ip).then(
        () => true,
        () => false,
      );
    },
  };

  /** A server's NIC has this address now, and asks its network for somebody. */
  async speak(port: string, mac: string): Promise<void> {
    const { namespace } = await this.#endpoint({ port, vlan: null });
    await namespace.run('ip', 'link', 'set', nameOf({ port, vlan: null }), 'address', mac);
    await namespace.run('busybox', 'ping', '-c', '1', '-W', '1', '10.77.255.254').catch(() => {});
  }

  async vsctl(...args: string[]): Promise<string> {
    return await this.#tool('ovs-vsctl', `--db=${this.address}`, '--timeout=60', ...args);
  }

  async startDatabase(): Promise<void> {
    await this.#daemon('ovsdb-server', this.#path('conf.db'), `--remote=punix:${this.#path('db.sock')}`);
    await this.until(() => listens(this.#path('db.sock')));
  }

  async startSwitchd(): Promise<void> {
    await this.#daemon('ovs-vswitchd', this.address);
  }

  /** The server's end goes with it, as with a cable that is pulled together with its socket. */
  async losePortDevice(port: string): Promise<void> {
    await this.namespace.run('ip', 'link', 'del', port);
  }

  /** Kills `ovsdb-server` or `ovs-vswitchd`; resolves when it is gone. */
  async kill(daemon: string): Promise<void> {
    const running = this.#daemons.get(daemon);
    this.#daemons.delete(daemon);
    running?.kill('SIGKILL');
    if (running !== undefined) await end(running);
    await rm(this.#path(`${daemon}.pid`), { force: true });
  }

  /** For what the kernel and vswitchd do in their own time. */
  async until(holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms`);
      await sleep(50);
    }
  }

  signal(daemon: string, signal: NodeJS.Signals): void {
    this.#daemons.get(daemon)?.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('ovs-vswitchd');
    await this.kill('ovsdb-server');
    const endpoints = await Promise.allSettled(this.#endpoints.values());
    for (const one of endpoints) {
      if (one.status === 'fulfilled') await one.value.namespace[Symbol.asyncDispose]();
    }
    await this.namespace[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #cable(n: number): Promise<void> {
    await this.namespace.run('ip', 'link', 'add', `p${n}`, 'type', 'veth', 'peer', 'name', `s${n}-nic`);
    await this.namespace.run('ip', 'link', 'set', `p${n}`, 'up');
    await this.namespace.run('ip', 'link', 'set', `s${n}-nic`, 'up');
    await this.vsctl('add-port', BRIDGE, `p${n}`);
    await this.vsctl('add-br', `s${n}`, '--', 'set', 'bridge', `s${n}`, 'datapath_type=netdev');
    await this.vsctl('add-port', `s${n}`, `s${n}-nic`);
  }

  /** Where a server sends and hears frames of one VLAN: an interface in a namespace of its own, made when first used. */
  #endpoint({ port, vlan }: WireEnd): Promise<Endpoint> {
    const name = nameOf({ port, vlan });
    let endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) {
      endpoint = this.#makeEndpoint(name, Number(port.slice(1)), vlan ?? 0);
      this.#endpoints.set(name, endpoint);
    }
    return endpoint;
  }

  /** Every endpoint is in one subnet: only the switch keeps them apart. */
  async #makeEndpoint(name: string, server: number, tag: number): Promise<Endpoint> {
    await this.vsctl(
      ...['add-port', `s${server}`, name, `tag=${tag}`],
      ...['--', 'set', 'interface', name, 'type=internal'],
    );
    const namespace = await Namespace.create(this.namespace);
    const ip = `10.77.${tag % 250}.${server}`;
    await this.namespace.run('ip', 'link', 'set', name, 'netns', String(namespace.pid));
    await namespace.run('ip', 'address', 'add', `${ip}/16`, 'dev', name);
    await namespace.run('ip', 'link', 'set', name, 'up');
    return { namespace, ip };
  }

  async #daemon(program: string, ...args: string[]): Promise<void> {
    const [pidfile, log] = ['pid', 'log'].map((kind) => this.#path(`${program}.${kind}`));
    const files = [`--pidfile=${pidfile}`, `--log-file=${log}`];
    const line = ['env', ...this.#directories, program, ...args, ...QUIET, ...files] as const;
    const daemon = this.namespace.start(...line);
    this.#daemons.set(program, daemon);
    // Each program of the line becomes the next: the number of the process stays.
    await this.until(() => listens(this.#path(`${program}.${daemon.pid}.ctl`)));
  }

  async #tool(program: string, ...args: string[]): Promise<string> {
    return await this.namespace.run('env', ...this.#directories, program, ...args);
  }

  get #directories(): string[] {
    return ['RUN', 'LOG', 'DB', 'SYSCONF'].map((kind) => `OVS_${kind}DIR=${this.directory}`);
  }

  #path(name: string): string {
    return join(this.directory, name);
  }
}

/** The interface of a server that sends and hears frames of one VLAN. */
const nameOf = ({ port, vlan }: WireEnd) => `${port.replace('p', 's')}-v${vlan ?? 0}`;

/** A socket's file is there before somebody listens on it, and after somebody was killed. */
async function listens(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
