/** Everything that a boot test needs, in one folder that goes away with it: image, target, service, ssh key, node. */
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOut } from '../disk.ts';
import { type BuiltImage, buildImage, missingPackages } from '../index.ts';
import { readRecipe } from '../recipe.ts';
import { tool } from '../tool.ts';
import { FakeProvisioning, type Heard } from './fake-provisioning.ts';
import { TgtTarget } from './tgt-target.ts';
import { ADDRESS, HOST, MAC, type NodeOptions, VirtualNode } from './virtual-node.ts';

const CHAP_USER = 'node-user';
const CHAP_SECRET = 'not-so-secret-16';
const INITIATOR = 'iqn.2026-01.test.bullion:node-1';

/** Why the boot tests cannot run here, or false. */
export function cannotBoot(): string | false {
  const needed = {
    qemu: '/usr/bin/qemu-system-x86_64',
    ovmf: '/usr/share/OVMF/OVMF_CODE_4M.fd',
    tgt: '/usr/sbin/tgtd',
  };
  const absent = Object.entries(needed).filter(([, path]) => !exists(path));
  const names = [...missingPackages().map((each) => each.package), ...absent.map(([name]) => name)];
  if (names.length > 0) return `needs Debian packages: ${names.join(' ')}`;
  return process.geteuid?.() === 0 ? false : 'needs root, to build an image';
}

export class Rig implements AsyncDisposable {
  readonly image: BuiltImage;
  readonly service: FakeProvisioning;
  readonly target: TgtTarget;
  /** The disk that the target serves: a copy of the image's, for the node to write to. */
  readonly disk: string;
  readonly #folder: string;
  readonly #sshPort: number;
  readonly #targetPort: number;
  #node: VirtualNode | undefined;

  private constructor(
    image: BuiltImage,
    folder: string,
    service: FakeProvisioning,
    target: TgtTarget,
    ports: { ssh: number; target: number },
  ) {
    this.image = image;
    this.#folder = folder;
    this.service = service;
    this.target = target;
    this.disk = join(folder, 'disk.raw');
    this.#sshPort = ports.ssh;
    this.#targetPort = ports.target;
  }

  static async start(): Promise<Rig> {
    const image = await buildImage();
    const folder = await mkdtemp(join(tmpdir(), 'node-image-test-'));
    const disk = join(folder, 'disk.raw');
    await tool('cp', ['--sparse=always', image.disk, disk]);
    await tool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(folder, 'key')]);
    const ports = { ssh: await freePort(), target: await freePort() };
    const service = await FakeProvisioning.start();
    const target = await TgtTarget.start({
      folder: join(folder, 'tgt'),
      port: ports.target,
      disk,
      user: CHAP_USER,
      secret: CHAP_SECRET,
    });
    return new Rig(image, folder, service, target, ports);
  }

  /**
   * Makes the disk anew, with a service that says on the console when the node is up, and from where: "UP FROM
   * /dev/sda2". (A disk whose node was switched off has a journal that would undo changes from outside.)
   */
  async announceOnConsole(): Promise<void> {
    await this.target.kill();
    await tool('cp', ['--sparse=always', this.image.disk, this.disk]);
    const unit = join(this.#folder, 'announce.service');
    const say = `ExecStart=/bin/sh -c 'echo "UP FROM $$(findmnt -no SOURCE /)" >/dev/ttyS0'`;
    await writeFile(unit, `[Unit]\nAfter=ssh.service\n[Service]\nType=oneshot\n${say}\n`);
    const { root } = layOut(readRecipe('golden').disk);
    const folder = '/etc/systemd/system';
    const script = `cd ${folder}\nwrite ${unit} announce.service\ncd multi-user.target.wants\nsymlink announce.service ${folder}/announce.service\n`;
    await tool('debugfs', ['-w', '-f', '-', `${this.disk}?offset=${root.offset}`], { input: script });
    await this.target.restart();
  }

  /** What a node is told by the service; `change` replaces some of it. */
  async config(change: Record<string, string> = {}): Promise<Record<string, string>> {
    const keys = await readFile(join(this.#folder, 'key.pub'));
    return {
      TARGET_NAME: TgtTarget.targetName,
      TARGET_ADDRESS: HOST,
      TARGET_PORT: String(this.#targetPort),
      INITIATOR_NAME: INITIATOR,
      CHAP_USER,
      CHAP_SECRET,
      HOSTNAME: 'node-1',
      REPORT_URL: `${this.#url}/boot/token/report`,
      SSH_AUTHORIZED_KEYS: keys.toString('base64'),
      ...change,
    };
  }

  /** The kernel command line of one boot, as the service's iPXE script gives it. */
  get cmdline(): string {
    const boot = `bullion.boot=${this.#url}/boot/token/config bullion.ip=${ADDRESS} bullion.mac=${MAC}`;
    return `${boot} ${this.image.manifest.cmdline}`;
  }

  /** Switches a node on whose kernel QEMU loads by itself. */
  async bootDirectly(config: Record<string, string>, cmdline = this.cmdline): Promise<VirtualNode> {
    const { kernel, initrd } = this.image;
    return this.#powerOn({ firmware: 'bios', kernel: { kernel, initrd, cmdline } }, config);
  }

  /** Switches a node on that fetches kernel and initramfs by iPXE over HTTP. */
  async bootByIpxe(firmware: NodeOptions['firmware']): Promise<VirtualNode> {
    this.service.files.set('vmlinuz', await readFile(this.image.kernel));
    this.service.files.set('initrd', await readFile(this.image.initrd));
    const files = `${this.#url}/files`;
    const lines = [`kernel ${files}/vmlinuz ${this.cmdline} initrd=initrd`, `initrd ${files}/initrd`, 'boot'];
    return this.#bootByScript(firmware, lines);
  }

  /** Switches a node on whose firmware boots the iSCSI disk itself. */
  sanboot(firmware: NodeOptions['firmware']): Promise<VirtualNode> {
    return this.#bootByScript(firmware, [
      `set initiator-iqn ${INITIATOR}`,
      `set username ${CHAP_USER}`,
      `set password ${CHAP_SECRET}`,
      `sanboot iscsi:${HOST}::${this.#targetPort}:1:${TgtTarget.targetName}`,
    ]);
  }

  /** Switches a node on that boots from the disk, now a local one. Stops the target. */
  async bootLocally(firmware: NodeOptions['firmware']): Promise<VirtualNode> {
    await this.target.kill();
    return this.#powerOn({ firmware, disk: this.disk }, {});
  }

  async #bootByScript(firmware: NodeOptions['firmware'], lines: string[]): Promise<VirtualNode> {
    await writeFile(join(this.#folder, 'boot.ipxe'), ['#!ipxe', ...lines, ''].join('\n'));
    return this.#powerOn(
      { firmware, netboot: { folder: this.#folder, file: 'boot.ipxe' } },
      await this.config(),
    );
  }

  async #powerOn(options: Omit<NodeOptions, 'folder' | 'sshPort'>, config: Record<string, string>) {
    await this.#node?.[Symbol.asyncDispose]();
    this.service.startBoot(config);
    this.#node = await VirtualNode.start({ ...options, folder: this.#folder, sshPort: this.#sshPort });
    return this.#node;
  }

  /** The node's report; fails with the console when the node gives up, or none comes. */
  async report(timeoutMs = 90_000): Promise<Heard> {
    const node = this.#node!;
    const stop = new AbortController();
    const gaveUp = node
      .off(timeoutMs, stop.signal)
      .then(() => Promise.reject(new Error('the node powered off')));
    try {
      return await Promise.race([this.service.hear('/boot/token/report', timeoutMs), gaveUp]);
    } catch (error) {
      throw new Error(`${String(error)}; its console:\n${await node.console()}`);
    } finally {
      stop.abort();
      gaveUp.catch(() => {});
    }
  }

  /** Runs a command on the node as root. */
  ssh(command: string, timeoutMs = 60_000): Promise<string> {
    const known = [
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'LogLevel=ERROR',
    ];
    const login = ['-p', String(this.#sshPort), '-i', join(this.#folder, 'key'), '-o', 'BatchMode=yes'];
    return tool('ssh', [...known, ...login, 'root@127.0.0.1', command], { timeoutMs });
  }

  /** Of the test machine, where the node's sshd is. */
  get sshPort(): number {
    return this.#sshPort;
  }

  get #url(): string {
    return `http://${HOST}:${this.service.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node?.[Symbol.asyncDispose]();
    await this.target[Symbol.asyncDispose]();
    await this.service[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
