/** A server's TPM 2.0 (swtpm). Its state lasts from one power-on to the next, like a chip's. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from './processes.ts';

export class Tpm {
  /** Where QEMU finds it while the server is on. */
  readonly socket: string;
  readonly #directory: string;
  readonly #daemon: Daemon;

  constructor(node: string, directory: string, sockets: string) {
    this.#directory = join(directory, 'tpm');
    this.socket = join(sockets, `${node}.tpm`);
    this.#daemon = new Daemon({
      name: `TPM of ${node}`,
      program: 'swtpm',
      args: [
        'socket',
        '--tpm2',
        ...['--tpmstate', `dir=${this.#directory}`],
        ...['--ctrl', `type=unixio,path=${this.socket}`],
        ...['--flags', 'startup-clear'],
      ],
      logFile: join(directory, 'swtpm.log'),
    });
  }

  /** Gives it power: PCRs are as after a reset. */
  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await this.#daemon.kill();
    await rm(this.socket, { force: true });
    this.#daemon.start();
    await this.#daemon.ready(async () => existsSync(this.socket));
  }

  stop(): Promise<void> {
    return this.#daemon.kill();
  }
}
