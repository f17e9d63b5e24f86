/** Boots: the ways from a request to a running operating system, side by side on the virtual rack; and boots in numbers. */
import { obstacles } from '@bullion/rack';
import { measureFour } from './boot/four.ts';
import { Lab } from './boot/lab.ts';
import { LocalBoots } from './boot/local.ts';
import { type ModeTimes, measureModes, median, type Way } from './boot/modes.ts';
import { POST_S, withPost } from './boot/post.ts';
import { run as measureStorm } from './boot-storm.ts';
import { type Bench, type BenchOptions, type Figure, rounded } from './common/figures.ts';
import { missingProgram } from './common/programs.ts';

export const run: Bench['run'] = async (options) => {
  const hundred = await measureHundred(options);
  const lacking = [...(await obstacles()).map(({ what }) => what), missingProgram('debugfs')].filter(Boolean);
  if (lacking.length > 0) {
    const note = `no virtual rack here: ${lacking.join('; ')}`;
    return { diskless_vs_copy: { value: null, unit: 'times', note }, ...hundred };
  }
  const lab = await Lab.open(options);
  try {
    const local = await LocalBoots.prepare(lab);
    try {
      const times = await measureModes(lab, local, options);
      tellPhases(times, options);
      const four = await measureFour(lab, local, options);
      return {
        ...ratios(times, lab.disk.sizeBytes),
        four_at_once: {
          value: rounded(four.ratio),
          target: '<= 1.15',
          unit: 'times',
          note: `slowest of four: ${rounded(four.diskless, 1)} s diskless, ${rounded(four.local, 1)} s from local disks; rounds from ${rounded(four.range[0])} to ${rounded(four.range[1])}`,
        },
        ...hundred,
      };
    } finally {
      await local.close();
    }
  } finally {
    await lab.close();
  }
};

function ratios({ seconds, phases, control, bytes }: ModeTimes, sizeBytes: number): Record<string, Figure> {
  const of = (way: Way) => median(seconds[way]);
  const real = withPost(seconds);
  const times = (value: number, target?: string, note?: string): Figure => ({
    value: rounded(value),
    unit: 'times',
    target,
    note,
  });
  const took = (way: Way): Figure => ({ value: rounded(of(way), 1), unit: 's' });
  const post = `with ${POST_S} s of POST at each power-on`;
  return {
    diskless_vs_copy: times(of('copy') / of('diskless'), '>= 3'),
    reprovision_vs_copy: times(of('copy') / of('reprovision'), '>= 5'),
    diskless_vs_local: times(of('diskless') / of('local'), '<= 1.2'),
    control_s: {
      value: rounded(median(control)),
      unit: 's',
      target: '< 1 s',
      note: ['control', 'dhcp', 'ipxe']
        .map((name) => `${name} ${rounded(phases.diskless[name]!)}`)
        .join(', '),
    },
    network_share: {
      value: rounded((median(bytes) / sizeBytes) * 100, 2),
      unit: '% of the image',
      note: `${Math.round(median(bytes) / 2 ** 20)} MiB for a diskless boot`,
    },
    diskless_s: took('diskless'),
    reprovision_s: took('reprovision'),
    local_s: took('local'),
    copy_s: took('copy'),
    firmware_s: { value: rounded(phases.diskless.firmware!), unit: 's', note: 'of the diskless boot' },
    post_diskless_vs_copy: times(real.copy / real.diskless, undefined, post),
    post_reprovision_vs_copy: times(real.copy / real.reprovision, undefined, post),
    post_diskless_vs_local: times(real.diskless / real.local, undefined, post),
  };
}

/** What people look at when a figure is not as it should be. */
function tellPhases({ seconds, phases }: ModeTimes, { say }: BenchOptions): void {
  for (const way of ['diskless', 'copy'] as const) {
    const words = Object.entries(phases[way]).map(([name, value]) => `${name} ${value.toFixed(2)}`);
    say(`phases of ${way}: ${words.join(', ')} s`);
  }
  const real = Object.entries(withPost(seconds)).map(([way, value]) => `${way} ${value.toFixed(0)}`);
  say(`with a real server's POST: ${real.join(', ')} s`);
}

/** A hundred recorded boots in flight, which need no rack. `control_s` is measured with real servers here. */
async function measureHundred(options: BenchOptions): Promise<Record<string, Figure>> {
  const { control_s: _, ...figures } = await measureStorm(options);
  return figures;
}
