/**
 * The nodes of a storm as the services see them: a process in a network namespace of its own, cabled to the bridge of a
 * site, which is told which node is switched on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisioningType } from '@bullion/sdk';
import { ip } from '../../services/provisioning/testing/simulated-node.ts';
import type { Site } from '../../services/provisioning/testing/site.ts';
import type { NodeTimes } from './nodes.ts';

type Boot = ProvisioningType['Boot'];
type Group = ProvisioningType['BootGroup'];

/** What one boot cost, in milliseconds: until its power was on, our answers after that, and bytes. */
export type BootCost = { control: number; answers: number; files: number; disk: number };

export class Emulated {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
  }

  static async start({ operations, pace }: { operations: number; pace: number }): Promise<Emulated> {
    const program = join(import.meta.dirname, 'nodes.ts');
    const flags = ['--disable-warning=ExperimentalWarning', program, JSON.stringify({ operations, pace })];
    // It waits for its cable before it opens its socket.
    const cabled = 'until ip -o link show eth0 up >/dev/null 2>&1; do sleep 0.05; done; exec "$@"';
    const child = spawn('unshare', ['--net', 'sh', '-c', cabled, 'sh', process.execPath, ...flags], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await sleep(300);
    const inside = (...args: string[]) => run('nsenter', `--net=/proc/${child.pid}/ns/net`, ...args);
    await ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(child.pid));
    await ip('link', 'set', 'v0', 'master', 'boot0', 'up');
    const addresses = Array.from({ length: 252 }, (_, i) => `address add 10.66.0.${i + 2}/24 dev eth0`);
    await inside('sh', '-c', `ip -batch - <<END\n${addresses.join('\n')}\nEND`);
    await inside('ip', 'link', 'set', 'eth0', 'up');
    await inside('ip', 'route', 'add', '255.255.255.255', 'dev', 'eth0');
    const lines = createInterface({ input: child.stdout! });
    await once(lines, 'line');
    return new Emulated(child, lines);
  }

  stop(): void {
    this.#child.stdin!.end();
  }

  /** `count` nodes are asked for at once; ends when all run, and takes them away again. */
  async storm(site: Site, count: number) {
    const nodes = Array.from({ length: count }, (_, index) => `n${index + 1}`);
    for (const node of nodes) await site.isolation.allocate(node, 'a');
    const asked = Date.now();
    const times = this.#bootWhatIsOn(site, count);
    const group: Group = await site.ok(
      site.a('POST', '/boot-groups', { project: 'a', image: 'golden', nodes }),
    );
    const reported = await times;
    await site.until('all run', async () => {
      const { state, members }: Group = await site.ok(site.a('GET', `/boot-groups/${group.id}`));
      if (state === 'incomplete') throw new Error(JSON.stringify(members.find(({ error }) => error)));
      return state === 'running';
    });
    const seconds = (Date.now() - asked) / 1000;
    const boots: Boot[] = await site.ok(site.a('GET', '/boots?limit=1000'));
    const costs = boots.map((boot) => {
      const at = (stage: string) => Date.parse(boot.timeline.find((one) => one.stage === stage)!.at);
      const told = reported.get(Number(boot.node.slice(1)))!;
      return {
        control: at('power-on') - asked,
        answers: told.dhcp + told.script + told.config + told.login + told.report,
        files: told.files,
        disk: told.disk,
      };
    });
    const ending = Date.now();
    const end = `/boot-groups/${group.id}?deleteVolumes=true`;
    await site.done(site.a('DELETE', end));
    const endSeconds = (Date.now() - ending) / 1000;
    await Promise.all(
      nodes.map((node) => site.isolation.ok(site.isolation.a('POST', `/nodes/${node}/release`))),
    );
    await site.isolation.until(async () => {
      const free = await site.isolation.ok(site.isolation.operator('GET', '/nodes?free=true&limit=1000'));
      return free.length === site.isolation.bmcs.length;
    }, 60_000);
    return { costs, seconds, endSeconds };
  }

  /** Each node comes up when its BMC was told to switch it on. By number, what each was made to wait. */
  async #bootWhatIsOn(site: Site, count: number): Promise<Map<number, NodeTimes>> {
    const numbers = new Map<string, number>();
    const times = new Map<number, NodeTimes>();
    const done = Promise.withResolvers<void>();
    const take = (line: string) => {
      const told = JSON.parse(line) as NodeTimes;
      if (told.error !== undefined) return done.reject(new Error(`${told.mac}: ${told.error}`));
      times.set(numbers.get(told.mac)!, told);
      if (times.size === count) done.resolve();
    };
    this.#lines.on('line', take);
    const watch = setInterval(() => {
      for (let number = 1; number <= count; number++) {
        const mac = `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
        if (numbers.has(mac) || site.isolation.bmc(number).power === 'off') continue;
        numbers.set(mac, number);
        this.#child.stdin!.write(`${JSON.stringify({ mac })}\n`);
      }
    }, 5);
    try {
      await done.promise;
      return times;
    } finally {
      clearInterval(watch);
      this.#lines.off('line', take);
    }
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ${args.join(' ').slice(0, 200)} ended with ${code}`);
}
