/** A hundred boots in flight: what the services themselves cost each of them, beside a boot alone. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BootCost } from './boot/emulated.ts';
import type { StormOptions, StormResult } from './boot/storm.ts';
import { type Bench, type Figure, quantile, rounded } from './common/figures.ts';
import { missingProgram } from './common/programs.ts';

export const run: Bench['run'] = async ({ quick, say }): Promise<Record<string, Figure>> => {
  const missing = missingProgram('unshare', 'nsenter', 'ip', 'dnsmasq');
  if (missing !== undefined || process.getuid?.() !== 0) {
    const note = missing === undefined ? 'needs root, to make network namespaces' : `needs ${missing}`;
    const none: Figure = { value: null, unit: 's', note };
    return { control_s: none, control_100_s: none };
  }
  const folder = await mkdtemp(join(tmpdir(), 'bullion-storm-'));
  const nodes = quick ? 10 : 100;
  try {
    const options = { folder, nodes, alone: quick ? 1 : 5, operations: quick ? 200 : 2000, pace: 0.5 };
    say(`${nodes} nodes boot at once`);
    const { alone, storm, stormS, endS, cpuS } = await inside(options);
    const control = ({ control, answers }: BootCost) => (control + answers) / 1000;
    const figure = (costs: BootCost[], at: number, of = control) => rounded(quantile(costs.map(of), at), 3);
    const note = quick ? `${nodes} boots` : undefined;
    return {
      control_s: { value: figure(alone, 0.5), target: '< 1 s', unit: 's' },
      control_100_s: { value: figure(storm, 0.5), target: '< 2 s', unit: 's', note },
      control_100_p95_s: { value: figure(storm, 0.95), target: '< 2 s', unit: 's', note },
      to_power_on_p95_s: { value: figure(storm, 0.95, ({ control }) => control / 1000), unit: 's' },
      answers_p95_s: { value: figure(storm, 0.95, ({ answers }) => answers / 1000), unit: 's' },
      kernel_initramfs_p95_s: { value: figure(storm, 0.95, ({ files }) => files / 1000), unit: 's' },
      disk_p95_s: { value: figure(storm, 0.95, ({ disk }) => disk / 1000), unit: 's' },
      all_run_s: { value: rounded(stormS), unit: 's' },
      all_ended_s: { value: rounded(endS), unit: 's' },
      cpu_ms_per_boot: {
        value: rounded((cpuS * 1000) / nodes),
        unit: 'ms',
        note: 'both services, up and down',
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function inside(options: StormOptions): Promise<StormResult> {
  const program = join(import.meta.dirname, 'boot/storm.ts');
  const flags = ['--disable-warning=ExperimentalWarning', ...profile(), program, JSON.stringify(options)];
  const child = spawn('unshare', ['--net', '--mount', process.execPath, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await text(child.stdout);
  const last = said.trim().split('\n').at(-1);
  if (!last) throw new Error('the storm ended without a word');
  return JSON.parse(last) as StormResult;
}

/** `BENCH_PROFILE=FOLDER` writes a CPU profile of the services there. */
const profile = () =>
  process.env.BENCH_PROFILE === undefined
    ? []
    : ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`];
