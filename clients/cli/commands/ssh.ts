/** `bullion ssh`: a shell on a node whose host key was made before it booted, so that the first connection is verified. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { rackWith } from './boot.ts';

type Options = { user: string; identity?: string; knownHosts?: true };

export function addSsh(program: Command, cli: Cli): void {
  example(
    program
      .command('ssh')
      .description('log in to a node that runs; its host key is known from its boot')
      .argument('<node>')
      .argument('[command...]', 'what to run there, after --; a shell by default')
      .option('--user <user>', 'who to be there', 'root')
      .option('--identity <file>', 'the private key to log in with')
      .option('--known-hosts', "print the node's line for a known_hosts file, and do not connect")
      .action(async (node: string, command: string[], options: Options) => {
        const { provisioning } = await cli.services();
        const boot = await ok(
          provisioning.GET('/provisioning/v1/boots/{boot}', { params: { path: { boot: node } } }),
        );
        const lines = boot.sshHostKeys.map((key) => `${node},${boot.address} ${key}`);
        if (options.knownHosts)
          return cli.result({ address: boot.address, knownHosts: lines }, lines.join('\n'));
        if (boot.state !== 'running') throw notRunning(node, boot.state);
        if (lines.length === 0) throw noKeys(node);
        cli.exitCode = await connect(cli, { node, address: boot.address, lines }, command, options);
      }),
    'bullion ssh node1',
    'bullion ssh node1 --user ada -- uptime -p',
    'bullion ssh node1 --known-hosts >>~/.ssh/known_hosts',
  );
}

type Where = { node: string; address: string; lines: readonly string[] };

/** Its exit code. A node of a virtual rack is reached from within the rack only. */
async function connect(
  cli: Cli,
  where: Where,
  command: string[],
  { user, identity }: Options,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-ssh-'));
  try {
    const known = join(folder, 'known_hosts');
    writeFileSync(known, where.lines.map((line) => `${line}\n`).join(''));
    const args = [
      ...['-o', `UserKnownHostsFile=${known}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
      ...['-o', 'StrictHostKeyChecking=yes', '-o', `HostKeyAlias=${where.node}`],
      ...(identity === undefined ? [] : ['-i', identity]),
      ...['-l', user, where.address, ...command],
    ];
    const rack = await rackWith(cli, where.address);
    const entering = rack === undefined ? [] : (await import('@bullion/rack')).enter(rack);
    const [program, ...rest] = [...entering, 'ssh', ...args];
    const ssh = spawn(program!, rest, { stdio: 'inherit', env: cli.io.env, signal: cli.signal });
    const [code] = (await once(ssh, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const notRunning = (node: string, state: string) =>
  new BullionError(
    'conflict',
    'node_not_running',
    `Node "${node}" does not run: its last boot is ${state}.`,
    {
      hint: `Boot it: bullion boot ${node} --image IMAGE --ssh-key ~/.ssh/id_ed25519.pub`,
    },
  );

const noKeys = (node: string) =>
  new BullionError('conflict', 'host_key_unknown', `No host key of node "${node}" is known.`, {
    hint: 'It was booted by an earlier version. Boot it again, or connect with ssh and compare the key on its console.',
  });
