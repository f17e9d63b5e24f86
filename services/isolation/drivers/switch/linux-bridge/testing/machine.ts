/** A Linux switch in QEMU, with cables to the test. It dies with the test, and leaves nothing behind. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, spawnBound } from '@bullion/service';
import type { Cabled, SwitchWire, WireEnd } from '../../contract.ts';
import { RemoteShell } from '../../ssh/shell.ts';
import { freePort } from '../../ssh/testing/free-port.ts';
import { type KeyPair, makeKeys } from '../../ssh/testing/keys.ts';
import { kernel, unpacked } from '../../ssh/testing/packages.ts';
import { linuxBridgeSettingsSchema } from '../settings.ts';
import { Cable } from './cable.ts';
import { makeInitramfs } from './initramfs.ts';

export const BRIDGE = 'br0';
export const PORTS = ['swp1', 'swp2', 'swp3', 'swp4'] as const;

/** A machine that is emulated on a busy host needs about six seconds. */
const BOOT_TIMEOUT_MS = 180_000;
const ECHO_TIMEOUT_MS = 1000;
/** Then it says it again: the first frames may find a switch that is still learning, or a host that is busy. */
const ECHO_AGAIN_MS = 300;
const BROADCAST = Buffer.alloc(6, 0xff);

/** Why there can be no such switch here; false when there can. */
export async function whyNot(): Promise<string | false> {
  const programs = ['qemu-system-x86_64', 'busybox', 'ssh', 'ssh-keygen'];
  const missing = programs.filter((name) => !existsSync(join('/usr/bin', name)));
  if (missing.length > 0)
    return `needs ${missing.join(', ')} (Debian: qemu-system-x86, busybox-static, openssh-client)`;
  if ((await kernel()) === undefined)
    return 'needs a kernel, and linux-image-cloud-amd64 could not be downloaded';
  if ((await unpacked('openssh-server')) === undefined) return 'openssh-server could not be downloaded';
  return false;
}

export class LinuxSwitch {
  readonly sshPort: number;
  readonly user: KeyPair;
  readonly host: KeyPair;
  readonly #folder: string;
  readonly #cables = new Map<string, Cable>();
  #process: ChildProcess | undefined;
  #words = 0;

  private constructor(folder: string, sshPort: number, user: KeyPair, host: KeyPair) {
    this.#folder = folder;
    this.sshPort = sshPort;
    this.user = user;
    this.host = host;
  }

  static async boot(): Promise<LinuxSwitch> {
    const folder = await mkdtemp(join(tmpdir(), 'drivers-linux-bridge-'));
    const machine = new LinuxSwitch(
      folder,
      await freePort(),
      await makeKeys(folder, 'user'),
      await makeKeys(folder, 'host'),
    );
    try {
      await machine.#start();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Settings of the driver. */
  get settings() {
    return {
      address: '127.0.0.1',
      port: this.sshPort,
      username: 'root',
      privateKey: this.user.privateKey,
      hostKey: this.host.publicKey,
      bridge: BRIDGE,
      saveTo: '/etc/bullion/bridge.sh',
    };
  }

  readonly wire: SwitchWire = { talks: (from, to) => this.#talks(from, to) };

  async #talks(from: WireEnd, to: WireEnd): Promise<boolean> {
    const [near, far] = [this.#cables.get(from.port)!, this.#cables.get(to.port)!];
    const word = `echo-${++this.#words}`;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const deafFar = far.hear((heard, sender) => {
      if (heard.word === word && heard.vlan === to.vlan) far.send(sender, to.vlan, `${word}-answer`);
    });
    const deafNear = near.hear((heard) => {
      if (heard.word === `${word}-answer` && heard.vlan === from.vlan) resolve(true);
    });
    const timer = setTimeout(resolve, ECHO_TIMEOUT_MS, false);
    // To the other's address, and to everybody: neither what is learned nor what is flooded may leak.
    const say = () => {
      near.send(far.mac, from.vlan, word);
      near.send(BROADCAST, from.vlan, word);
    };
    const again = setInterval(say, ECHO_AGAIN_MS);
    say();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      clearInterval(again);
      deafFar();
      deafNear();
    }
  }

  /** A server says something into its cable, and the switch is told by the one in lldpd's place whom it heard. */
  async cabled({ port, mac, neighbour }: Cabled): Promise<void> {
    const { chassisId, portId, systemName } = neighbour;
    const heard = {
      ...{ name: port, via: 'LLDP', rid: '1', age: '0 day, 00:00:31' },
      chassis: [{ id: [{ type: 'mac', value: chassisId }], name: [{ value: systemName }] }],
      port: [{ id: [{ type: 'mac', value: portId }], ttl: [{ value: '120' }] }],
    };
    const told = JSON.stringify({ lldp: [{ interface: [heard] }] });
    await this.run(`cat >/run/lldp.json <<'END-OF-FILE'\n${told}\nEND-OF-FILE`);
    this.#cables.get(port)!.send(BROADCAST, null, 'hello', Buffer.from(mac.replaceAll(':', ''), 'hex'));
  }

  /** Runs a script as root on the switch. */
  async run(script: string): Promise<void> {
    const { signal } = new AbortController();
    const shell = await RemoteShell.open(linuxBridgeSettingsSchema.parse(this.settings), 'sh', {
      signal,
      timeoutMs: 60_000,
    });
    const { code, output } = await shell.run(script);
    await shell.close();
    if (code !== 0) throw new Error(output);
  }

  /** Stops the machine's processor, as a switch that hangs; or lets it go on. */
  freeze(on: boolean): void {
    this.#process?.kill(on ? 'SIGSTOP' : 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill('SIGKILL');
    if (this.#process !== undefined) await end(this.#process);
    for (const cable of this.#cables.values()) cable.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const root = join(this.#folder, 'root');
    const initramfs = join(this.#folder, 'initramfs');
    const boot = (await kernel())!;
    const openssh = (await unpacked('openssh-server'))!;
    const keys = { hostKey: this.host.privateKey, authorizedKey: this.user.publicKey };
    await mkdir(root);
    await makeInitramfs({ kernel: boot, openssh, ...keys, ports: PORTS, bridge: BRIDGE }, root, initramfs);
    const cables: string[] = [];
    for (const [index, port] of PORTS.entries()) {
      const path = join(this.#folder, `${port}.sock`);
      this.#cables.set(port, await Cable.listen(path, index + 1));
      cables.push('-netdev', `stream,id=${port},server=off,addr.type=unix,addr.path=${path}`);
      cables.push('-device', `virtio-net-pci,netdev=${port},romfile=`);
    }
    this.#process = spawnBound(
      'qemu-system-x86_64',
      [
        ...[
          '-accel',
          'tcg',
          '-cpu',
          'max',
          '-m',
          '256',
          '-smp',
          '1',
          '-nodefaults',
          '-display',
          'none',
          '-no-reboot',
        ],
        ...[
          '-kernel',
          boot.image,
          '-initrd',
          initramfs,
          '-append',
          'console=ttyS0 quiet panic=-1 net.ifnames=0',
        ],
        ...['-serial', `file:${this.#console}`],
        ...['-netdev', `user,id=management,restrict=on,hostfwd=tcp:127.0.0.1:${this.sshPort}-:22`],
        ...['-device', 'virtio-net-pci,netdev=management,romfile=', ...cables],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const deadline = performance.now() + BOOT_TIMEOUT_MS;
    for (;;) {
      const said = await readFile(this.#console, 'utf8').catch(() => '');
      if (/Server listening on 0\.0\.0\.0 port 22/.test(said)) return;
      if (performance.now() > deadline || this.#process.exitCode !== null) {
        throw new Error(`the switch did not start:\n${said.slice(-2000)}`);
      }
      await sleep(100);
    }
  }

  get #console(): string {
    return join(this.#folder, 'console.log');
  }
}
