/** A machine of `machine.ts` in a namespace of its own, at the end of a cable to this host (a veth pair). */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, run, spawnBound } from '@bullion/service';
import { Namespace } from '../../../switch/ovs/testing/namespace.ts';
import { type KeyPair, makeKeys } from '../../../switch/ssh/testing/keys.ts';
import { unpacked } from '../../../switch/ssh/testing/packages.ts';
import { magicPacket } from '../packet.ts';
import type { Machine } from './machine.ts';

/** Why these tests cannot run here; false when they can. */
export async function whyNot(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'needs root, for a cable into a network namespace';
  const programs = { ping: 'iputils-ping', ssh: 'openssh-client', ip: 'iproute2', nsenter: 'util-linux' };
  for (const [program, name] of Object.entries(programs)) {
    const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].some((folder) =>
      existsSync(join(folder, program)),
    );
    if (!found) return `needs ${program} (Debian: ${name})`;
  }
  return (await unpacked('openssh-server')) === undefined && 'needs openssh-server, from a Debian mirror';
}

const MAC = '52:54:00:ab:00:01';
const SECURE_ON = '01:02:03:0a:0b:0c';
const WAKE_PORT = 9;
const SSH_PORT = 2222;
let labs = 0;

export class Lab implements AsyncDisposable {
  readonly folder: string;
  readonly settings;
  readonly strangerKey: string;
  readonly #namespace: Namespace;
  /** This host's end of the cable. */
  readonly #device: string;
  readonly #process;

  private constructor(namespace: Namespace, device: string, machine: Machine, keys: KeyPair[]) {
    const { folder } = machine;
    this.folder = folder;
    this.#device = device;
    this.#namespace = namespace;
    const [user, host, stranger] = keys as [KeyPair, KeyPair, KeyPair];
    this.strangerKey = stranger.privateKey;
    const [network] = machine.address.split(/\d+\//) as [string];
    const last = Number(machine.address.slice(network.length).split('/')[0]);
    this.settings = {
      ...{ address: `${network}${last}`, port: SSH_PORT, username: 'root' },
      ...{ privateKey: user.privateKey, hostKey: host.publicKey.split(' ').slice(0, 2).join(' ') },
      ...{ mac: MAC, secureOn: SECURE_ON, wakePort: WAKE_PORT, broadcast: `${network}${last + 5}` },
      ...{ shutdown: `touch ${join(folder, 'shutdown')}`, reboot: `touch ${join(folder, 'reboot')}` },
      quietSeconds: 0.5,
    };
    const enter = ['--target', String(namespace.pid), '--net', process.execPath];
    const script = join(import.meta.dirname, 'machine.ts');
    this.#process = spawnBound('nsenter', [...enter, '--disable-warning=ExperimentalWarning', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, MACHINE: JSON.stringify(machine) },
    });
  }

  static async create(): Promise<Lab> {
    const namespace = await Namespace.create();
    try {
      return await Lab.#create(namespace, labs++);
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async #create(namespace: Namespace, number: number): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), 'drivers-wol-'));
    // A network of eight addresses, out of those for benchmarks (RFC 2544): the host, the machine, its NIC.
    const network = `198.18.${process.pid % 256}`;
    const first = (number % 32) * 8;
    const device = `wol${process.pid}-${number}`;
    const peer = ['peer', 'name', 'nic', 'netns', String(namespace.pid)];
    await ip('link', 'add', device, 'type', 'veth', ...peer);
    await ip('address', 'add', `${network}.${first + 1}/29`, 'dev', device);
    await ip('link', 'set', device, 'up');
    await namespace.run('ip', 'link', 'set', 'nic', 'up');
    // So that the kernel of the namespace hands on the network's broadcast; a NIC needs no address for that.
    await namespace.run('ip', 'address', 'add', `${network}.${first + 3}/29`, 'dev', 'nic');
    const keys = await Promise.all(['user', 'host', 'stranger'].map((name) => makeKeys(folder, name)));
    const machine: Machine = {
      ...{ folder, openssh: (await unpacked('openssh-server'))!, device: 'nic' },
      ...{ address: `${network}.${first + 2}/29`, port: SSH_PORT, wakePort: WAKE_PORT },
      wakeHex: magicPacket(MAC, SECURE_ON).subarray(6).toString('hex'),
      ...{ hostKeyPath: join(folder, 'host'), authorizedKey: keys[0]!.publicKey },
    };
    const lab = new Lab(namespace, device, machine, keys);
    await new Promise((resolve) => lab.#process.stdout!.once('data', resolve));
    return lab;
  }

  /** When it is done with what it is at. */
  async power(): Promise<'on' | 'off'> {
    const orders = ['wake', 'shutdown', 'reboot', 'hang'].map((order) => join(this.folder, order));
    while (orders.some((path) => existsSync(path))) await sleep(20);
    return (await readFile(join(this.folder, 'power'), 'utf8')) === 'on' ? 'on' : 'off';
  }

  /** Its power stays on, and it says nothing any more. */
  async hang(): Promise<void> {
    await writeFile(join(this.folder, 'hang'), '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#process);
    // The kernel would do it too, in its own time.
    await ip('link', 'delete', this.#device);
    await this.#namespace[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run('ip', args, { timeoutMs: 5000 });
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
