/** A real NETCONF server (Debian's netconfd, of yuma123) with a data model of the test's own, behind a real sshd. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, spawnBound } from '@bullion/service';
import { freePort } from '../../ssh/testing/free-port.ts';
import { type KeyPair, makeKeys } from '../../ssh/testing/keys.ts';
import { unpacked } from '../../ssh/testing/packages.ts';
import { startSshd } from '../../ssh/testing/sshd.ts';

const RELAY = join(import.meta.dirname, 'relay.ts');
const PACKAGES = ['openssh-server', 'netconfd', 'libyuma2', 'libyuma-base'];

/** Why there can be no such server here; false when there can. */
export async function whyNot(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'needs root, for a sshd in a mount namespace';
  const missing = ['ssh', 'ssh-keygen'].filter((name) => !existsSync(join('/usr/bin', name)));
  if (missing.length > 0) return `needs ${missing.join(', ')} (Debian: openssh-client)`;
  for (const name of PACKAGES)
    if ((await unpacked(name)) === undefined) return `${name} could not be downloaded`;
  return false;
}

export class NetconfServer {
  readonly #folder: string;
  readonly #port: number;
  readonly #user: KeyPair;
  readonly #host: KeyPair;
  #daemon: ReturnType<typeof spawnBound> | undefined;
  #stopSshd: (() => Promise<void>) | undefined;

  private constructor(folder: string, port: number, user: KeyPair, host: KeyPair) {
    this.#folder = folder;
    this.#port = port;
    this.#user = user;
    this.#host = host;
  }

  /** `model` is the path of a YANG module. With `answers` it answers more than its configuration (see `tell`). */
  static async start(model: string, answers: Record<string, string> = {}): Promise<NetconfServer> {
    const folder = await mkdtemp(join(tmpdir(), 'drivers-netconf-'));
    const [user, host] = [await makeKeys(folder, 'user'), await makeKeys(folder, 'host')];
    const server = new NetconfServer(folder, await freePort(), user, host);
    try {
      await server.tell(answers);
      await server.#start(model);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get settings() {
    return {
      address: '127.0.0.1',
      port: this.#port,
      username: 'root',
      privateKey: this.#user.privateKey,
      hostKey: this.#host.publicKey,
    };
  }

  /** What it answers to operations beside the configuration: XML by the operation's element name. */
  async tell(answers: Record<string, string>): Promise<void> {
    await writeFile(this.#answers, JSON.stringify(answers));
  }

  get #answers(): string {
    return join(this.#folder, 'answers.json');
  }

  /** Stops the server's processor; or lets it go on. */
  freeze(on: boolean): void {
    this.#daemon?.kill(on ? 'SIGSTOP' : 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopSshd?.();
    this.#daemon?.kill('SIGKILL');
    if (this.#daemon !== undefined) await end(this.#daemon);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(model: string): Promise<void> {
    const roots = await Promise.all(PACKAGES.map(async (name) => (await unpacked(name))!));
    const [openssh, netconfd, library, base] = roots as [string, string, string, string];
    const socket = join(this.#folder, 'ncx.sock');
    // Where it numbers its transactions; without YUMA_HOME it would do so in the home of root.
    await mkdir(join(this.#folder, 'data'));
    const libraries = join(library, 'usr/lib/x86_64-linux-gnu');
    const modules = [dirname(model), join(base, 'usr/share/yuma/modules')].join(':');
    const options = {
      module: basename(model, '.yang'),
      modpath: modules,
      target: 'candidate',
      'ncxserver-sockname': socket,
      port: String(this.#port),
      superuser: 'root',
      log: join(this.#folder, 'netconfd.log'),
      'log-level': 'debug',
    };
    this.#daemon = spawnBound(
      join(netconfd, 'usr/sbin/netconfd'),
      ['--no-startup', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
      {
        stdio: 'ignore',
        cwd: this.#folder,
        env: {
          LD_LIBRARY_PATH: libraries,
          HOME: this.#folder,
          PATH: process.env.PATH,
          YUMA_HOME: this.#folder,
        },
      },
    );
    for (let tries = 0; !existsSync(socket); tries++) {
      if (this.#daemon.exitCode !== null || tries > 100) {
        const log = await readFile(options.log, 'utf8').catch(() => '');
        throw new Error(`netconfd did not start: ${log.slice(-5000)}`);
      }
      await sleep(100);
    }
    const subsystem = [
      ...[process.execPath, '--disable-warning=ExperimentalWarning', RELAY, this.#answers],
      ...[join(netconfd, 'usr/sbin/netconf-subsystem'), `--ncxserver-sockname=${this.#port}@${socket}`],
    ].join(' ');
    this.#stopSshd = await startSshd({
      folder: this.#folder,
      openssh,
      port: this.#port,
      hostKeyPath: join(this.#folder, 'host'),
      authorizedKey: this.#user.publicKey,
      lines: [`Subsystem netconf ${subsystem}`, `SetEnv LD_LIBRARY_PATH=${libraries}`],
    });
  }
}
