/**
 * Volumes: what a clone of a clone costs beside a plain file, constant time, and a boot storm on one image.
 * BENCH_ONLY=seq_read,storm measures only these (a load of volumes/rates.ts, `constant_time`, `storm`).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './common/figures.ts';
import { measureConstantTime } from './volumes/constant-time.ts';
import { measureRates } from './volumes/rates.ts';
import { measureStorm } from './volumes/storm.ts';

export const run: Bench['run'] = async (options) => {
  const wanted = (process.env.BENCH_ONLY ?? '').split(',').filter(Boolean);
  const wants = (name: string) => wanted.length === 0 || wanted.includes(name);
  const folder = await mkdtemp(join(tmpdir(), 'bullion-volumes-bench-'));
  try {
    return {
      ...(await measureRates(options, join(folder, 'rates'), wants)),
      ...(wants('constant_time') ? await measureConstantTime(options, join(folder, 'constant-time')) : {}),
      ...(wants('storm') ? await measureStorm(options, join(folder, 'storm')) : {}),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
