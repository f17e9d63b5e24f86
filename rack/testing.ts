/** What the tests of whole racks share. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { everyPid } from './life.ts';
import { missingPackages, obstacles } from './packages.ts';
import { PATH } from './processes.ts';
import { parseSpec, type RackSpec } from './spec.ts';
import type { NodeStatus, RackStatus } from './status.ts';

/** Why no rack can be brought up here, for a test's `skip`; false where one can. */
export async function lacking(): Promise<string | false> {
  const missing = missingPackages().map((need) => need.package);
  if (missing.length > 0) return `needs the Debian packages ${missing.join(' ')}`;
  const [obstacle] = await obstacles();
  return obstacle?.what ?? false;
}

/** A home of this test file's own, removed by `using`. Racks go into it as long as it is there. */
export function temporaryHome(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'bullion-rack-test-'));
  const before = process.env.BULLION_HOME;
  process.env.BULLION_HOME = path;
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
      if (before === undefined) delete process.env.BULLION_HOME;
      else process.env.BULLION_HOME = before;
    },
  };
}

/** Two small servers that only have to reach their firmware, named so that no two tests' racks are alike. */
export function smallRack(name: string): RackSpec {
  return parseSpec(
    `name: ${name}-${process.pid}
accelerator: tcg
switches: [{ name: tor1 }]
controller: { vlan: 10, address: 10.10.0.1/24, address6: 'fd00:10::1/64' }
nodes:
  - { name: node1, memoryMb: 128, disk: 64M }
  - { name: node2, memoryMb: 256, firmware: uefi, tpm: true }
`,
    'smallRack',
  );
}

export type Ran = { code: number | null; output: string };

/** Runs a command to its end, at most 20 s; never throws. */
export function command(words: readonly string[], env: NodeJS.ProcessEnv = {}): Ran {
  const done = spawnSync(words[0]!, words.slice(1), {
    timeout: 20_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
    env: { ...process.env, PATH, ...env },
  });
  return { code: done.status, output: `${done.stdout}${done.stderr}` };
}

/** ipmitool on the operator's machine, as the isolation service runs it. */
export function ipmi(
  entrance: string[],
  node: NodeStatus,
  words: string[],
  password = node.bmc.password,
): Ran {
  const { address, user } = node.bmc;
  const tool = ['ipmitool', '-I', 'lanplus', '-C', '3', '-H', address, '-U', user, '-E'];
  return command([...entrance, ...tool, ...words], { IPMI_PASSWORD: password });
}

export const vsctl = (rack: RackStatus, words: string[]): Ran =>
  command(['ovs-vsctl', `--db=${rack.switches[0]!.address}`, '--timeout=5', ...words]);

export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  ms = 60_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${ms / 1000} s`);
    await sleep(50);
  }
}

/** What racks could change on the host, to be compared before and after. */
export function hostNetwork(): { links: string; routes: string; names: string } {
  return {
    // Only what is there, not the counters that other programs move.
    links: command(['ip', '-o', 'address']).output + command(['ip', '-br', 'link']).output,
    routes: command(['ip', 'route']).output,
    names: command(['ls', '/run/netns']).output,
  };
}

/** Processes that name `word` in their command line; one that ended and waits to be reaped has none. */
export const processesNaming = (word: string): number[] =>
  everyPid().filter((pid) => pid !== process.pid && commandLine(pid).includes(word));

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Whether any process is in this network namespace: none, and the kernel has removed it. */
export const anyoneIn = (namespace: string): boolean =>
  everyPid().some((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === namespace;
    } catch {
      return false;
    }
  });
