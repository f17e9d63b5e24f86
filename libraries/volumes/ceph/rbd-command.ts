import { VolumeError } from '../errors.ts';
import { CommandError, type CommandOptions, runCommand } from '../system/command.ts';

export type Runner = (program: string, args: readonly string[], options: CommandOptions) => Promise<string>;

export interface CephOptions {
  readonly pool: string;
  /** Default: Ceph's own, /etc/ceph/ceph.conf. */
  readonly conf?: string;
  /** The CephX user without `client.`; its key is found by the configuration. Default: admin. */
  readonly id?: string;
  /** For a command that only looks or changes a header. Default: 60 s. Copying has a day. */
  readonly timeoutMs?: number;
  /** For tests, whose cluster is in a network namespace of its own. */
  readonly run?: Runner;
}

const COPY_MS = 24 * 3600 * 1000;

/** The `rbd` command on one pool, its answers as JSON and its failures as `VolumeError`s. */
export class RbdCommand {
  readonly pool: string;
  readonly #run: Runner;
  readonly #timeoutMs: number;
  readonly #common: readonly string[];

  constructor({ pool, conf, id, timeoutMs = 60_000, run = runCommand }: CephOptions) {
    this.pool = pool;
    this.#run = run;
    this.#timeoutMs = timeoutMs;
    this.#common = [
      ...(conf === undefined ? [] : ['--conf', conf]),
      ...(id === undefined ? [] : ['--id', id]),
    ];
  }

  spec(image: string, snapshot?: string): string {
    return `${this.pool}/${image}${snapshot === undefined ? '' : `@${snapshot}`}`;
  }

  async json<T>(what: string, ...args: string[]): Promise<T> {
    const printed = await this.#rbd(what, [...args, '--format', 'json'], { timeoutMs: this.#timeoutMs });
    // Where there is no metadata at all, nothing is printed.
    return JSON.parse(printed.trim() === '' ? '{}' : printed) as T;
  }

  async quick(what: string, ...args: string[]): Promise<void> {
    await this.#rbd(what, args, { timeoutMs: this.#timeoutMs });
  }

  /** Work in proportion to the data, whose progress is 0 to 1. */
  async copy(
    what: string,
    args: string[],
    options: { signal?: AbortSignal; onProgress?: (part: number) => void },
  ): Promise<void> {
    await this.#rbd(what, args, {
      timeoutMs: COPY_MS,
      signal: options.signal,
      onOutput(text) {
        const percent = [...text.matchAll(/(\d+)% complete/g)].at(-1)?.[1];
        if (percent !== undefined) options.onProgress?.(Number(percent) / 100);
      },
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.quick(`naming ${to}`, 'rename', this.spec(from), this.spec(to));
  }

  /** Removes an image and its snapshots, which nothing needs. */
  async remove(image: string): Promise<void> {
    await this.copy(`removing ${image}`, ['snap', 'purge', '--no-progress', this.spec(image)], {});
    await this.copy(`removing ${image}`, ['rm', '--no-progress', this.spec(image)], {});
  }

  /** The SHA-256 of an image or a snapshot; the data goes from one command to the other. */
  async sha256(what: string, spec: string, signal: AbortSignal | undefined): Promise<string> {
    const script = 'set -o pipefail; "$@" - | sha256sum';
    const args = ['-c', script, 'bash', 'rbd', ...this.#common, 'export', '--no-progress', spec];
    const printed = await this.#explained(what, this.#run('bash', args, { timeoutMs: COPY_MS, signal }));
    return printed.slice(0, 64);
  }

  #rbd(what: string, args: readonly string[], options: CommandOptions): Promise<string> {
    return this.#explained(what, this.#run('rbd', [...this.#common, ...args], options));
  }

  async #explained(what: string, work: Promise<string>): Promise<string> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw explain(what, error, this.pool);
    }
  }
}

/** `rbd` ends with the errno of what failed. */
function explain(what: string, error: CommandError, pool: string): VolumeError {
  const failed = (code: ConstructorParameters<typeof VolumeError>[0], hint: string) =>
    new VolumeError(code, `${what}: ${error.message}`, hint, error);
  if (error.why === 'missing') return failed('folder-unusable', 'Install it: apt-get install ceph-common');
  if (error.why === 'timeout') {
    return failed('folder-unusable', 'Look at the cluster: ceph status. A full cluster waits, too.');
  }
  switch (error.exitCode) {
    case 2:
      return /pool/.test(error.stderr)
        ? failed('folder-unusable', `Make the pool: ceph osd pool create ${pool} && rbd pool init ${pool}`)
        : failed('not-found', 'Look at the list of them.');
    case 17:
      return failed('name-taken', 'Choose another name.');
    case 16:
    case 39:
      return failed('in-use', 'Release what uses it first.');
    case 28:
    case 122:
      return failed('no-space', 'Free some space in the pool; nothing is damaged.');
    case 1:
    case 13:
      return failed('folder-unusable', 'Check the user and its key: it needs "profile rbd" on this pool.');
    default:
      return failed('io-error', 'Look at the cluster: ceph status.');
  }
}
