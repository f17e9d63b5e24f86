/** Volumes: what a clone of a clone costs beside a plain file, constant time, and a boot storm on one image. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './common/figures.ts';
import { measureConstantTime } from './volumes/constant-time.ts';
import { measureRates } from './volumes/rates.ts';
import { measureStorm } from './volumes/storm.ts';

export const run: Bench['run'] = async (options) => {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-volumes-bench-'));
  try {
    return {
      ...(await measureRates(options, join(folder, 'rates'))),
      ...(await measureConstantTime(options, join(folder, 'constant-time'))),
      ...(await measureStorm(options, join(folder, 'storm'))),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
