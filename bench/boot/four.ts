/** Four servers at once beside one alone: what a storm costs beyond what four kernels cost the processor. */
import type { BenchOptions } from '../common/figures.ts';
import { type Lab, NODES, total } from './lab.ts';
import type { LocalBoots } from './local.ts';
import { median, type Seconds } from './modes.ts';

export type Four = {
  /** Seconds of the slowest of four. */
  diskless: number;
  local: number;
  /** Slowest of four over one alone, diskless, divided by the same from local disks. */
  ratio: number;
};

export async function measureFour(
  lab: Lab,
  local: LocalBoots,
  alone: Seconds,
  { quick, say }: BenchOptions,
): Promise<Four> {
  const slowest = { diskless: [] as number[], local: [] as number[] };
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const boots = await Promise.all(NODES.map((node) => lab.boot(node, 'first', 'diskless')));
    await Promise.all(NODES.map((node) => lab.end(node)));
    slowest.diskless.push(Math.max(...boots.map(total)));
    slowest.local.push(Math.max(...(await local.boot(NODES))));
    say(
      `four at once: ${slowest.diskless.at(-1)!.toFixed(1)} s diskless, ${slowest.local.at(-1)!.toFixed(1)} s local`,
    );
  }
  const diskless = median(slowest.diskless);
  const fromDisk = median(slowest.local);
  const ratio = diskless / median(alone.diskless) / (fromDisk / median(alone.local));
  return { diskless, local: fromDisk, ratio };
}
