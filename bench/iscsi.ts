/**
 * The iSCSI target beside tgt: same file, same client (`libraries/iscsi/testing/load`), order alternated, medians.
 * Ratios are ours divided by tgt's; `..._clone` is the same from a clone of a clone. BENCH_ONLY=a,b measures only these.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Figure, quantile, rounded } from './common/figures.ts';
import { type Contestant, compare, type Rates } from './iscsi/comparison.ts';
import { residentWithManySessions } from './iscsi/memory.ts';
import { storm } from './iscsi/storm.ts';

/** Ours over tgt's. */
const GOALS: Record<string, number> = {
  rand_read_qd32: 3,
  rand_read_qd1: 1.1,
  rand_write_flush: 1.5,
  seq_read: 1.15,
  seq_write: 1.15,
};

export const run: Bench['run'] = async ({ quick, say }) => {
  const figures: Record<string, Figure> = {};
  const wanted = (process.env.BENCH_ONLY ?? '').split(',').filter(Boolean);
  const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  if (spawnSync('sh', ['-c', 'command -v tgtd']).status !== 0) {
    for (const name of [...Object.keys(GOALS), 'boot_storm'])
      figures[name] = { value: null, unit: 'x', note: 'tgtd is missing (Debian package tgt)' };
    return figures;
  }
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-bench-'));
  const sizeBytes = (quick ? 64 : 512) << 20;
  const rounds = quick ? 1 : 5;
  const ms = quick ? 400 : 1500;
  try {
    Object.assign(figures, ratios(await compare({ folder, sizeBytes, rounds, ms, wants, say })));
    if (wants('rss_256_mb')) {
      const file = join(folder, 'disk.raw');
      const { serving, streaming } = await residentWithManySessions(folder, file, sizeBytes, ms);
      figures.rss_256_mb = { value: serving, unit: 'MiB', target: '<= 300 MiB' };
      figures.rss_256_streaming_writes_mb = { value: streaming, unit: 'MiB' };
    }
    if (wants('boot_storm')) Object.assign(figures, await stormFigures(folder, quick, say));
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const median = (values: readonly number[]): number => quantile(values, 0.5);

function ratios(rates: Rates): Record<string, Figure> {
  const of = (who: Contestant, load: string): number =>
    median(rates[who][load as keyof Rates[Contestant]] ?? []);
  const figures: Record<string, Figure> = {};
  for (const load of Object.keys(rates.bullion)) {
    const peer = load.startsWith('rand_write_flush') ? 'tgt_durable' : 'tgt';
    const [ours, theirs, clone] = [of('bullion', load), of(peer, load), of('clone', load)];
    const goal = GOALS[load];
    const note = `${Math.round(ours)}/s; tgt ${Math.round(theirs)}/s`;
    figures[load] = {
      value: rounded(ours / theirs),
      unit: 'x',
      target: goal === undefined ? undefined : `>= ${goal} x`,
      note: peer === 'tgt_durable' ? `${note} with O_SYNC` : note,
    };
    figures[`${load}_clone`] = {
      value: rounded(clone / theirs),
      unit: 'x',
      target: goal === undefined ? undefined : `>= ${rounded(goal * 0.9)} x`,
      note: `${Math.round(clone)}/s`,
    };
  }
  if ('rand_write_flush' in figures) {
    figures.rand_write_flush_undurable = {
      value: rounded(of('bullion', 'rand_write_flush') / of('tgt', 'rand_write_flush')),
      unit: 'x',
      note: 'tgt as it comes: its flush is sync_file_range, which survives no power loss',
    };
  }
  return figures;
}

async function stormFigures(
  folder: string,
  quick: boolean,
  say: (text: string) => void,
): Promise<Record<string, Figure>> {
  const initiators = quick ? 8 : 64;
  const { bullion, tgt, readAmplification } = await storm({ folder, initiators, rounds: quick ? 1 : 3, say });
  const note = `${initiators} initiators: ${rounded(median(bullion))} s; tgt ${rounded(median(tgt))} s`;
  return {
    boot_storm: { value: rounded(median(tgt) / median(bullion)), unit: 'x', target: '>= 2 x', note },
    boot_storm_read_amplification: {
      value: rounded(median(readAmplification)),
      unit: 'x',
      target: '<= 1.1 x',
      note: 'bytes read from the disk over the unique ones',
    },
  };
}
