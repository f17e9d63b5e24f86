/**
 * A network namespace for tests, held by a sleeping process: when that ends, every interface in it is gone. Nothing
 * is written to /run/netns, so nothing is left behind by a test that was killed (the process has an end of its own).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LIFETIME_S = '300';
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
    const line = [...enter, ...unshare, 'sh', '-c', `echo in; exec sleep ${LIFETIME_S}`];
    const holder = spawn(line[0]!, line.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
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
