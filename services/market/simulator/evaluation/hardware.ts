/** (a), (b), (f): how much less hardware, how much more demand, by the market and by every baseline. */
import { KNOBS, type System } from '../systems.ts';
import { leastHardware, mean, mostDemand, run, worseOff } from './criterion.ts';
import type { World } from './world.ts';

export const COMPARED: readonly System[] = ['pool', 'market', 'k-double', 'posted', 'esi-leap', 'flocx'];

export type Saving = {
  seed: number;
  system: System;
  /** Share of the silos' hardware that is not needed. */
  saved: number;
  /** On equal hardware: owners worse off than alone, by more than a twentieth, and at all. */
  worse: number;
  worseAtAll: number;
  /** On equal hardware: mean of the owners' mean waits, in seconds, and that of their silos. */
  waitS: number;
  siloWaitS: number;
  events: number;
  seconds: number;
  /** Credits that the owner who paid most paid more than it got. */
  paidMost: number;
};

/** With a fifth owner, larger than the others together, whose jobs are as wide as it is. */
export const savingsOfFive = ({ five, size }: World, say: (text: string) => void): Saving[] =>
  savings({ four: five, size: { ...size, seeds: 1 } }, say, ['pool', 'market']);

export function savings(
  { four, size }: Pick<World, 'four' | 'size'>,
  say: (text: string) => void,
  systems: readonly System[] = COMPARED,
): Saving[] {
  return Array.from({ length: size.seeds }, (_, at) => at + 1).flatMap((seed) => {
    const workload = four(seed);
    const silo = run('static', workload, KNOBS).owners;
    return systems.map((system): Saving => {
      const begun = performance.now();
      const { owners, events } = run(system, workload, KNOBS);
      const seconds = (performance.now() - begun) / 1000;
      const saved = 1 - leastHardware(system, workload, KNOBS, silo);
      say(`seed ${seed}: ${system} needs ${(100 * saved).toFixed(1)} % less hardware`);
      return {
        ...{ seed, system, saved, events, seconds },
        ...{ worse: worseOff(silo, owners).length, worseAtAll: worseOff(silo, owners, 1).length },
        waitS: mean(owners.map(({ meanWaitS }) => meanWaitS)),
        siloWaitS: mean(silo.map(({ meanWaitS }) => meanWaitS)),
        paidMost: -Math.min(...owners.map(({ net }) => net)),
      };
    });
  });
}

/** What a system saves of what one pool with one queue saves. */
export function captured(savings: readonly Saving[], system: System): number {
  const of = (name: System) => mean(savings.filter((one) => one.system === name).map(({ saved }) => saved));
  return of(system) / of('pool');
}

export type Extra = { seed: number; system: System; extra: number };

export function extraDemand({ four, size }: World, say: (text: string) => void): Extra[] {
  return Array.from({ length: Math.min(2, size.seeds) }, (_, at) => at + 1).flatMap((seed) => {
    const silo = run('static', four(seed), KNOBS).owners;
    return (['pool', 'market'] as const).map((system) => {
      const extra = mostDemand(system, (demand) => four(seed, demand), KNOBS, silo) - 1;
      say(`seed ${seed}: ${system} serves ${(100 * extra).toFixed(0)} % more on equal hardware`);
      return { seed, system, extra };
    });
  });
}
