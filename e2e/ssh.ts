/** Commands on a node, by ssh from the rack's operator machine. The node's host key is pinned from its own report. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enter } from '@bullion/rack';
import { BullionError, type Finished, run } from '@bullion/service';

export type Reachable = { node: string; address: string; sshHostKeys: string[] };

export class Ssh {
  readonly #folder: string;
  readonly #rack: string;
  readonly publicKeyFile: string;

  private constructor(folder: string, rack: string) {
    this.#folder = folder;
    this.#rack = rack;
    this.publicKeyFile = join(folder, 'key.pub');
  }

  /** Makes a key pair for one story. */
  static async create(rack: string): Promise<Ssh> {
    const folder = await mkdtemp(join(tmpdir(), 'bullion-ssh-'));
    const made = await run(
      'ssh-keygen',
      ['-q', '-t', 'ed25519', '-N', '', '-C', 'bullion demo', '-f', join(folder, 'key')],
      { timeoutMs: 10_000 },
    );
    if (made.code !== 0) throw new Error(`ssh-keygen failed: ${made.stderr}`);
    return new Ssh(folder, rack);
  }

  /** Runs a shell command as root on the node, whatever its exit code. */
  async try(target: Reachable, command: string, timeoutMs = 60_000): Promise<Finished> {
    const known = join(this.#folder, `known-${target.node}`);
    await writeFile(known, target.sshHostKeys.map((key) => `${target.address} ${key}\n`).join(''));
    const [program, ...prefix] = enter(this.#rack);
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${known}`,
      'ConnectTimeout=20',
      'LogLevel=ERROR',
    ];
    const args = [
      ...prefix,
      'ssh',
      '-F',
      'none',
      '-i',
      join(this.#folder, 'key'),
      ...options.flatMap((option) => ['-o', option]),
      `root@${target.address}`,
      command,
    ];
    return await run(program!, args, { timeoutMs });
  }

  /** As `try`, and throws where the command fails. Returns what it printed, trimmed. */
  async on(target: Reachable, command: string): Promise<string> {
    const { code, stdout, stderr } = await this.try(target, command);
    if (code === 0) return stdout.trim();
    throw new BullionError(
      'internal',
      'ssh_failed',
      `On ${target.node}, \`${command}\` ended with ${code}: ${(stderr || stdout).trim()}`,
      {
        details: { node: target.node },
      },
    );
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
