/**
 * Four servers at once beside one alone: what a storm costs beyond what four kernels cost the processor. Each round has
 * all four boots, so that what else the machine does falls on all of them.
 */
import type { BenchOptions } from '../common/figures.ts';
import { type Lab, NODES, total } from './lab.ts';
import type { LocalBoots } from './local.ts';
import { median } from './modes.ts';

export type Four = {
  /** Seconds of the slowest of four. */
  diskless: number;
  local: number;
  /** Slowest of four over one alone, diskless, divided by the same from local disks: the median of the rounds. */
  ratio: number;
  /** Of the rounds, lowest and highest. */
  range: [number, number];
};

export async function measureFour(lab: Lab, local: LocalBoots, { quick, say }: BenchOptions): Promise<Four> {
  const slowest = { diskless: [] as number[], local: [] as number[] };
  const ratios: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const [one, four] = [await diskless(lab, NODES.slice(0, 1)), await diskless(lab, NODES)];
    const [localOne, localFour] = [
      await slowestLocal(local, NODES.slice(0, 1)),
      await slowestLocal(local, NODES),
    ];
    slowest.diskless.push(four);
    slowest.local.push(localFour);
    ratios.push(four / one / (localFour / localOne));
    const pair = (alone: number, together: number) => `${alone.toFixed(1)} and ${together.toFixed(1)} s`;
    say(`one and four at once: ${pair(one, four)} diskless, ${pair(localOne, localFour)} local`);
  }
  return {
    diskless: median(slowest.diskless),
    local: median(slowest.local),
    ratio: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
  };
}

/** Seconds of the slowest. */
async function diskless(lab: Lab, nodes: readonly string[]): Promise<number> {
  const boots = await Promise.all(nodes.map((node) => lab.boot(node, 'first', 'diskless')));
  await Promise.all(nodes.map((node) => lab.end(node)));
  return Math.max(...boots.map(total));
}

const slowestLocal = async (local: LocalBoots, nodes: readonly string[]) =>
  Math.max(...(await local.boot(nodes)));
