/** A real Ceph cluster on this machine: a monitor, a manager and one OSD in memory, in a network namespace of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, type CommandOptions, runCommand } from '../../system/command.ts';
import type { CephOptions } from '../rbd-command.ts';

const NEEDED = ['ceph-mon', 'ceph-mgr', 'ceph-osd', 'rbd', 'tgtd', 'unshare', 'nsenter'];

/** Why the tests cannot run here; false where they can. */
export function cephMissing(): string | false {
  if (process.getuid?.() !== 0) return 'needs root, for a network namespace';
  const missing = NEEDED.filter((name) => spawnSync('sh', ['-c', 'command -v "$0"', name]).status !== 0);
  return missing.length === 0 ? false : `${missing.join(', ')} missing: run scripts/setup ceph`;
}

const START_MS = 90_000;
export const POOL = 'volumes';

export class Cluster {
  readonly folder: string;
  readonly conf: string;
  readonly #children: ChildProcess[] = [];
  #namespace = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.conf = join(folder, 'ceph.conf');
  }

  /** Rejects, with everything stopped, where it does not come up in time. */
  static async start(): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'bullion-ceph-')));
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      const log = await readFile(join(cluster.folder, 'daemons.log'), 'utf8').catch(() => '');
      await cluster.stop();
      throw new Error(`the Ceph cluster did not start\n${log.slice(-4000)}`, { cause: error });
    }
  }

  get options(): CephOptions {
    return { pool: POOL, conf: this.conf, run: (program, args, options) => this.run(program, args, options) };
  }

  /** Runs a command where the cluster can be reached. */
  run(
    program: string,
    args: readonly string[],
    options: CommandOptions = { timeoutMs: 60_000 },
  ): Promise<string> {
    const inside = [`--net=/proc/${this.#namespace}/ns/net`, '--', program, ...args];
    return runCommand('nsenter', inside, {
      ...options,
      env: { ...process.env, ...options.env, CEPH_CONF: this.conf },
    });
  }

  /** A command line that starts a program where the cluster can be reached. */
  inside(program: string, args: readonly string[]): [string, string[]] {
    return ['nsenter', [`--net=/proc/${this.#namespace}/ns/net`, '--', program, ...args]];
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const deadline = Date.now() + START_MS;
    const { folder, conf } = this;
    for (const name of ['mon', 'osd', 'mgr', 'run', 'log']) await mkdir(join(folder, name));
    const fsid = randomUUID();
    await writeFile(conf, configuration(folder, fsid));
    const holder = this.#spawn('unshare', ['--net', 'sleep', 'infinity']);
    this.#namespace = holder.pid!;
    await until(deadline, () => this.#isApart());
    await this.run('ip', ['link', 'set', 'lo', 'up']);

    const map = join(folder, 'monmap');
    await this.run('monmaptool', ['--create', '--addv', 'a', '[v2:127.0.0.1:3300/0]', '--fsid', fsid, map]);
    await this.run('ceph-mon', ['--conf', conf, '--mkfs', '-i', 'a', '--monmap', map]);
    this.#spawn(...this.inside('ceph-mon', ['--conf', conf, '-i', 'a', '-f']));
    const osd = randomUUID();
    await until(deadline, () => this.#ceph('osd', 'new', osd));
    await this.run('ceph-osd', ['--conf', conf, '--mkfs', '-i', '0', '--osd-uuid', osd]);
    this.#spawn(...this.inside('ceph-osd', ['--conf', conf, '-i', '0', '-f']));
    this.#spawn(...this.inside('ceph-mgr', ['--conf', conf, '-i', 'x', '-f']));
    await this.#ceph('osd', 'pool', 'create', POOL, '8', '8');
    await until(deadline, () => this.run('rbd', ['pool', 'init', POOL], { timeoutMs: 20_000 }));
  }

  /** Until the holder has started it is still in our own namespace, and what is done "there" would be done to us. */
  async #isApart(): Promise<void> {
    const [ours, theirs] = await Promise.all(
      ['self', this.#namespace].map((process) => readlink(`/proc/${process}/ns/net`)),
    );
    if (ours === theirs) throw new CommandError('unshare', 'failed', null, 'not yet apart');
  }

  #ceph(...args: string[]): Promise<string> {
    return this.run('ceph', ['--connect-timeout', '10', ...args], { timeoutMs: 20_000 });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, 'daemons.log'), 'a');
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.on('error', () => {});
    this.#children.push(child);
    return child;
  }
}

async function until(deadline: number, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof CommandError) || Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

const configuration = (folder: string, fsid: string): string => `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:3300
mon initial members = a
public addr = 127.0.0.1
ms bind msgr1 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd crush chooseleaf type = 0
osd pool default pg autoscale mode = off
osd objectstore = memstore
memstore device bytes = 2147483648
mon data = ${folder}/mon
osd data = ${folder}/osd
mgr data = ${folder}/mgr
run dir = ${folder}/run
admin socket = ${folder}/run/$name.$pid.$cctid.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
crash dir = ${folder}/log
mon data avail crit = 1
mon data avail warn = 1
`;
