/** Clones and snapshots of sparse volumes of 1 GiB and 4 TiB. */
import { VolumeStore } from '../../libraries/volumes/index.ts';
import { type BenchOptions, type Figure, quantile, rounded } from '../common/figures.ts';

const GiB = 1024 ** 3;

export async function measureConstantTime(
  options: BenchOptions,
  folder: string,
): Promise<Record<string, Figure>> {
  const times = options.quick ? 5 : 51;
  const figures: Record<string, Figure> = {};
  const store = await VolumeStore.open(folder);
  try {
    for (const [label, sizeBytes] of [
      ['1g', GiB],
      ['4t', 4096 * GiB],
    ] as const) {
      await store.createVolume(label, sizeBytes);
      const disk = await store.open(label);
      const taken: Record<'clone' | 'snapshot', number[]> = { clone: [], snapshot: [] };
      for (let i = 0; i < times; i += 1) {
        // In use, as a server's disk is: something is written and not yet flushed.
        await disk.write((i * 7919 * 4096) % sizeBytes, Buffer.alloc(4096, 1));
        let begun = performance.now();
        await store.snapshot(label, `${label}-${i}`);
        taken.snapshot.push(performance.now() - begun);
        begun = performance.now();
        await store.clone(`${label}-${i}`, `${label}-clone-${i}`);
        taken.clone.push(performance.now() - begun);
      }
      await disk.close();
      for (const what of ['clone', 'snapshot'] as const) {
        const worst = rounded(quantile(taken[what], 0.99));
        const value = rounded(quantile(taken[what], 0.5));
        figures[`${what}_ms_${label}`] = { value, unit: 'ms', target: '< 10 ms', note: `99 %: ${worst} ms` };
        options.say(`${what} of ${label}: ${value} ms, 99 %: ${worst} ms`);
      }
    }
  } finally {
    await store.close();
  }
  return figures;
}
