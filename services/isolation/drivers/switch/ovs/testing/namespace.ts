/**
 * A network namespace for tests, held by a sleeping process: when that ends, every interface in it is gone. Nothing
 * is written to /run/netns, and all processes die with the test, however it dies: nothing is left behind.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { spawnBound } from '@bullion/service';

const run = promisify(execFile);
const ROOT = process.getuid?.() === 0;

export class Namespace {
  readonly pid: number;
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.pid = holder.pid!;
  }

  /** Root is not needed where the kernel gives ordinary users user namespaces. */
  static async create(outer?: Namespace): Promise<Namespace> {
    const enter = outer === undefined ? [] : ['nsenter', ...outer.#enterFlags()];
    const unshare = ['unshare', '--net', ...(ROOT || outer !== undefined ? [] : ['--map-root-user'])];
    const line = [...enter, ...unshare, 'sh', '-c', 'echo in; exec sleep infinity'];
    const holder = spawnBound(line[0]!, line.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    const [first] = await Promise.race([once(holder.stdout!, 'data'), once(holder, 'exit')]);
    if (!Buffer.isBuffer(first)) throw new Error(`${line.join(' ')} ended with ${first}`);
    const namespace = new Namespace(holder);
    await namespace.run('ip', 'link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Runs a command inside, for at most ten seconds; throws when it fails. */
  async run(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('nsenter', [...this.#enterFlags(), command, ...args], { timeout: 10_000 });
    return stdout;
  }

  /** Starts a program inside that runs until it is killed, or this process ends. */
  start(command: string, ...args: string[]): ChildProcess {
    return spawnBound('nsenter', [...this.#enterFlags(), command, ...args], { stdio: 'ignore' });
  }

  #enterFlags(): string[] {
    const user = ROOT ? [] : ['--user', '--preserve-credentials'];
    return ['--target', String(this.pid), ...user, '--net'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const exit = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await exit;
  }
}
