/**
 * A node without hardware: a network namespace with one NIC on the provisioning network, in which the test does what
 * firmware, iPXE, initramfs and operating system would do, with other people's programs.
 */
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, type Finished, run, spawnBound } from '@bullion/service';
import type { Offer } from '../dhcp/others/packet.ts';
import type { DiskAction, DiskAnswer } from './disk-client.ts';

export type Answer = { status: number; body: string };
export type Lease = { address: string; bootFile: string | undefined };

/** What the initramfs was told. */
export type NodeConfig = Record<
  | 'TARGET_NAME'
  | 'TARGET_ADDRESS'
  | 'TARGET_PORT'
  | 'INITIATOR_NAME'
  | 'CHAP_USER'
  | 'CHAP_SECRET'
  | 'HOSTNAME'
  | 'REPORT_URL'
  | 'SSH_AUTHORIZED_KEYS',
  string
>;

export type Script = { url: string; text: string; kernel: string; initrd: string; config: string };

/** As a UEFI firmware says it (option 60, and 93 for the architecture), or iPXE (option 175 besides). */
const SAYS = {
  firmware: ['-V', 'PXEClient:Arch:00007', '-x', '0x5d:0007'],
  bios: ['-V', 'PXEClient:Arch:00000', '-x', '0x5d:0000'],
  arm64: ['-V', 'PXEClient:Arch:00011', '-x', '0x5d:000b'],
  arm32: ['-V', 'PXEClient:Arch:00010', '-x', '0x5d:000a'],
  http: ['-V', 'HTTPClient:Arch:00016', '-x', '0x5d:0010'],
  httpArm64: ['-V', 'HTTPClient:Arch:00019', '-x', '0x5d:0013'],
  ipxe: ['-V', 'PXEClient:Arch:00007', '-x', '0x5d:0007', '-x', '0xaf:b10501'],
  system: [],
};

const PXE_CLIENT = join(import.meta.dirname, 'pxe-client.ts');
const DISK_CLIENT = join(import.meta.dirname, 'disk-client.ts');

export class SimulatedNode {
  readonly mac: string;
  /** At which logical unit it finds its disk. The real initramfs takes the one that is a disk. */
  readonly #unit: number;
  readonly #folder: string;
  readonly #holder: ChildProcess;
  /** Its cable's end at the bridge. */
  readonly #port: string;

  private constructor(port: string, mac: string, unit: number, folder: string, holder: ChildProcess) {
    this.#port = port;
    this.mac = mac;
    this.#unit = unit;
    this.#folder = folder;
    this.#holder = holder;
  }

  /** Cabled to `bridge`. `name` is short and unique on the bridge. */
  static async plug(options: {
    name: string;
    mac: string;
    bridge: string;
    folder: string;
    unit?: number | undefined;
  }): Promise<SimulatedNode> {
    const { name, mac, bridge, folder, unit = 0 } = options;
    const ours = namespaceOf('self');
    const holder = spawnBound('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
    for (let tries = 0; namespaceOf(String(holder.pid)) === ours; tries++) {
      if (tries > 500) throw new Error('no network namespace for a node');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const node = new SimulatedNode(name, mac, unit, folder, holder);
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid));
    await ip('link', 'set', name, 'master', bridge, 'up');
    await node.must('ip', ['link', 'set', 'eth0', 'address', mac, 'up']);
    await node.must('ip', ['link', 'set', 'lo', 'up']);
    return node;
  }

  async unplug(): Promise<void> {
    // The kernel would do it too, in its own time, and the next node may be given the same name.
    await run('ip', ['link', 'delete', this.#port], { timeoutMs: 5000 });
    await end(this.#holder, 100);
  }

  /** Runs a program on the node. */
  run(
    program: string,
    args: readonly string[],
    options: { input?: string; timeoutMs?: number } = {},
  ): Promise<Finished> {
    const { input, timeoutMs = 15_000 } = options;
    const namespace = `--net=/proc/${this.#holder.pid}/ns/net`;
    return run('nsenter', [namespace, program, ...args], {
      timeoutMs,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** A program that goes on until it is ended; its standard error is a pipe. */
  spawn(program: string, args: readonly string[]): ChildProcess {
    const namespace = `--net=/proc/${this.#holder.pid}/ns/net`;
    return spawnBound('nsenter', [namespace, program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  async must(program: string, args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, args, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Asks for an address; undefined where nobody answers within `seconds`. */
  async dhcp(as: keyof typeof SAYS, seconds = 5): Promise<Lease | undefined> {
    const script = join(this.#folder, `dhcp-${this.mac}`);
    const told = `${script}.told`;
    rmSync(told, { force: true });
    writeFileSync(script, `#!/bin/busybox sh\n[ "$1" = bound ] && env >${told}\nexit 0\n`);
    chmodSync(script, 0o700);
    const args = ['-i', 'eth0', '-f', '-q', '-n', '-T', '1', '-t', String(seconds), '-s', script, '-O', '67'];
    await this.run('busybox', ['udhcpc', ...args, ...SAYS[as]], { timeoutMs: (seconds + 5) * 1000 });
    if (!existsSync(told)) return undefined;
    const lines = readFileSync(told, 'utf8').split('\n');
    const value = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
    const address = value('ip')!;
    await this.use(address);
    return { address, bootFile: value('bootfile') ?? value('boot_file') };
  }

  /** All offers to a network boot of this kind, those of proxies too. */
  async offers(architecture: number, as: 'firmware' | 'ipxe'): Promise<Offer[]> {
    const flags = ['--disable-warning=ExperimentalWarning', PXE_CLIENT, this.mac, String(architecture)];
    return JSON.parse(
      await this.must(process.execPath, [...flags, ...(as === 'ipxe' ? [as] : [])]),
    ) as Offer[];
  }

  async use(address: string): Promise<void> {
    await this.must('ip', ['address', 'flush', 'dev', 'eth0']);
    await this.must('ip', ['address', 'add', `${address}/24`, 'dev', 'eth0']);
  }

  get(url: string): Promise<Answer> {
    return this.#wget([url]);
  }

  post(url: string, body: string): Promise<Answer> {
    return this.#wget(['--post-data', body, url]);
  }

  async #wget(args: string[]): Promise<Answer> {
    const { code, stdout, stderr } = await this.run('busybox', ['wget', '-q', '-O', '-', ...args]);
    if (code === 0) return { status: 200, body: stdout };
    const status = Number(/HTTP\/1\.1 (\d+)/.exec(stderr)?.[1]);
    if (!status) throw new Error(`wget ${args.at(-1)}: ${stderr}`);
    return { status, body: stderr };
  }

  /** The answer to HEAD, as it came. */
  async head(url: string): Promise<string> {
    const { hostname, port, pathname } = new URL(url);
    const request = `HEAD ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n\r\n`;
    // The server takes the end of what we send for the end of our interest.
    const command = `(cat; sleep 0.3) | busybox nc -w 2 ${hostname} ${port}`;
    return await this.must('busybox', ['sh', '-c', command], request);
  }

  async mustGet(url: string): Promise<string> {
    const { status, body } = await this.get(url);
    if (status !== 200) throw new Error(`${url} was answered with ${status}: ${body}`);
    return body;
  }

  /** Firmware, then iPXE: from power-on to the script. */
  async netboot(): Promise<Script> {
    const firmware = await this.dhcp('firmware');
    if (firmware?.bootFile !== 'ipxe.efi')
      throw new Error(`the firmware was told ${JSON.stringify(firmware)}`);
    const lease = await this.dhcp('ipxe');
    if (!lease?.bootFile?.startsWith('http://')) throw new Error(`iPXE was told ${JSON.stringify(lease)}`);
    return await this.script(lease.bootFile);
  }

  async script(url: string): Promise<Script> {
    const text = await this.mustGet(url);
    return {
      url,
      text,
      kernel: /^kernel \S+ \S+ (\S+)/m.exec(text)?.[1] ?? '',
      initrd: /^initrd \S+ \S+ (\S+)/m.exec(text)?.[1] ?? '',
      config: /bullion\.boot=(\S+)/.exec(text)?.[1] ?? '',
    };
  }

  async config(url: string): Promise<NodeConfig> {
    const lines = (await this.mustGet(url)).trimEnd().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))) as NodeConfig;
  }

  report(config: NodeConfig): Promise<Answer> {
    return this.post(
      config.REPORT_URL,
      JSON.stringify({ hostname: config.HOSTNAME, sshHostKeys: [`ssh-ed25519 AAAA${config.HOSTNAME}`] }),
    );
  }

  /** From power-on to the report. */
  async boot(): Promise<{ script: Script; config: NodeConfig }> {
    const script = await this.netboot();
    await this.mustGet(script.kernel);
    await this.mustGet(script.initrd);
    const config = await this.config(script.config);
    const capacity = await this.capacity(config);
    if (capacity.code !== 0) throw new Error(`no disk: ${capacity.stderr}`);
    const { status, body } = await this.report(config);
    if (status !== 200) throw new Error(`the report was answered with ${status}: ${body}`);
    return { script, config };
  }

  /** libiscsi's own client reads the disk's size. */
  capacity(config: NodeConfig): Promise<Finished> {
    const { CHAP_USER, CHAP_SECRET, TARGET_ADDRESS, TARGET_PORT, TARGET_NAME, INITIATOR_NAME } = config;
    const url = `iscsi://${CHAP_USER}%${CHAP_SECRET}@${TARGET_ADDRESS}:${TARGET_PORT}/${TARGET_NAME}/${this.#unit}`;
    return this.run('iscsi-readcapacity16', ['-i', INITIATOR_NAME, url]);
  }

  /** QEMU's own client carries out commands on the disk: `read -P 7 0 4k`, `flush`. */
  qemuIo(config: NodeConfig, ...commands: string[]): Promise<Finished> {
    const { CHAP_USER, CHAP_SECRET, TARGET_ADDRESS, TARGET_PORT, TARGET_NAME, INITIATOR_NAME } = config;
    const secret = ['--object', `secret,id=chap,data=${CHAP_SECRET}`];
    const where = `portal=${TARGET_ADDRESS}:${TARGET_PORT},target=${TARGET_NAME},lun=${this.#unit}`;
    const who = `user=${CHAP_USER},password-secret=chap,initiator-name=${INITIATOR_NAME}`;
    const disk = ['--image-opts', `driver=iscsi,transport=tcp,${where},${who}`];
    return this.run('qemu-io', [...secret, ...disk, ...commands.flatMap((each) => ['-c', each])], {
      timeoutMs: 60_000,
    });
  }

  /** Reads or writes blocks of the disk, in one session, of the initiator port `isid`. Writes are flushed. */
  async disk(config: NodeConfig, actions: DiskAction[], isid?: string): Promise<DiskAnswer[]> {
    const input = JSON.stringify({ config, actions, isid });
    const flags = ['--disable-warning=ExperimentalWarning'];
    return JSON.parse(await this.must(process.execPath, [...flags, DISK_CLIENT], input)) as DiskAnswer[];
  }
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

export async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run('ip', args, { timeoutMs: 5000 });
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
