/** An iSCSI target by Debian's tgt, in a folder and on a port of its own: another implementation than ours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tool } from '../tool.ts';

export type TgtOptions = { folder: string; port: number; disk: string; user: string; secret: string };

export class TgtTarget implements AsyncDisposable {
  static readonly targetName = 'iqn.2026-01.test.bullion:node-image';
  readonly #options: TgtOptions;
  #daemon: ChildProcess | undefined;

  private constructor(options: TgtOptions) {
    this.#options = options;
  }

  static async start(options: TgtOptions): Promise<TgtTarget> {
    const target = new TgtTarget(options);
    await target.restart();
    return target;
  }

  /** Starts the daemon, as after a crash if it was killed before. */
  async restart(): Promise<void> {
    const { folder, port, disk, user, secret } = this.#options;
    await mkdir(folder, { recursive: true });
    const args = ['KILL', 'tgtd', '-f', '--iscsi', `portal=127.0.0.1:${port}`];
    this.#daemon = spawn('setpriv', ['--pdeathsig', ...args], { stdio: 'ignore', env: this.#environment });
    for (let tries = 0; ; tries++) {
      try {
        await this.#admin('--op show --mode target');
        break;
      } catch (error) {
        if (tries > 50) throw error;
        await sleep(100);
      }
    }
    await this.#admin(`--op new --mode target --tid 1 -T ${TgtTarget.targetName}`);
    await this.#admin(`--op new --mode logicalunit --tid 1 --lun 1 -b ${disk}`);
    await this.#admin(`--op new --mode account --user ${user} --password ${secret}`);
    await this.#admin(`--op bind --mode account --tid 1 --user ${user}`);
    await this.#admin('--op update --mode target --tid 1 --name DefaultTime2Wait --value 0');
    await this.#admin('--op bind --mode target --tid 1 -I ALL');
  }

  /** As a crash would: no goodbye to the initiators. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #admin(command: string): Promise<string> {
    return tool('tgtadm', ['--lld', 'iscsi', ...command.split(' ')], {
      timeoutMs: 5000,
      env: this.#environment,
    });
  }

  get #environment() {
    return { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TGT_IPC_SOCKET: join(this.#options.folder, 'control') };
  }
}
