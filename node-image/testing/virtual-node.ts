/** A server in QEMU with a NIC on QEMU's own user network, where the test machine's loopback is 10.0.2.2. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type NodeOptions = {
  /** For the console log, sockets and UEFI variables. */
  folder: string;
  firmware: 'bios' | 'uefi';
  /** Loaded by QEMU itself, without firmware's help, when given. */
  kernel?: { kernel: string; initrd: string; cmdline: string };
  /** A local disk. */
  disk?: string;
  /** Network boot: a folder served by TFTP, and the file in it that iPXE is given. */
  netboot?: { folder: string; file: string };
  /** A port of the test machine that leads to the node's sshd. */
  sshPort?: number;
};

export const MAC = '52:54:00:b0:11:01';
export const ADDRESS = '10.0.2.15/24';
/** The test machine, as the node sees it. */
export const HOST = '10.0.2.2';

export class VirtualNode implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  static async start(options: NodeOptions): Promise<VirtualNode> {
    const { folder, firmware, kernel, disk, netboot, sshPort } = options;
    // What the node before said is not what this one says.
    for (const left of ['console.log', 'qmp.sock']) await rm(join(folder, left), { force: true });
    const uefiVariables = join(folder, 'efivars.fd');
    if (firmware === 'uefi') await copyFile('/usr/share/OVMF/OVMF_VARS_4M.fd', uefiVariables);
    const machine =
      firmware === 'bios'
        ? ['-machine', 'pc,graphics=off']
        : [
            ...['-machine', 'q35'],
            ...['-drive', 'if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd'],
            ...['-drive', `if=pflash,format=raw,file=${uefiVariables}`],
          ];
    const user = ['user', 'id=n0'];
    if (sshPort !== undefined) user.push(`hostfwd=tcp:127.0.0.1:${sshPort}-:22`);
    if (netboot !== undefined) user.push(`tftp=${netboot.folder}`, `bootfile=${netboot.file}`);
    const args = [
      ...[
        '-accel',
        'tcg,thread=multi',
        '-cpu',
        'max',
        '-m',
        '512',
        '-smp',
        '1',
        '-display',
        'none',
        '-nodefaults',
      ],
      ...machine,
      ...['-serial', `file:${join(folder, 'console.log')}`],
      ...['-qmp', `unix:${join(folder, 'qmp.sock')},server=on,wait=off`],
      ...[
        '-netdev',
        user.join(','),
        '-device',
        `virtio-net-pci,netdev=n0,mac=${MAC},bootindex=${netboot ? 1 : 9}`,
      ],
    ];
    if (disk !== undefined) {
      args.push(
        '-drive',
        `if=none,id=d0,format=raw,file=${disk}`,
        '-device',
        'virtio-blk-pci,drive=d0,bootindex=2',
      );
    }
    if (kernel !== undefined)
      args.push('-kernel', kernel.kernel, '-initrd', kernel.initrd, '-append', kernel.cmdline);
    const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return new VirtualNode(qemu, folder);
  }

  console(): Promise<string> {
    return readFile(join(this.#folder, 'console.log'), 'utf8');
  }

  /** Resolves with the first match of `pattern` on the console. */
  async says(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const text = await this.console().catch(() => '');
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (Date.now() > deadline || this.isOff) throw new Error(`the console never said ${pattern}:\n${text}`);
      await sleep(50);
    }
  }

  /** Presses the power button (ACPI). */
  async pressPower(): Promise<void> {
    const socket = connect(join(this.#folder, 'qmp.sock'));
    await once(socket, 'connect');
    socket.write('{"execute":"qmp_capabilities"}\n{"execute":"system_powerdown"}\n');
    await once(socket, 'data');
    setTimeout(() => socket.destroy(), 500).unref();
  }

  get isOff(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Resolves when the node has switched itself off. */
  async off(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.isOff) return;
    const late = AbortSignal.timeout(timeoutMs);
    await once(this.#process, 'exit', {
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOff) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
