/** (a), (b), (f): how much less hardware, how much more demand, by the market and by every baseline. */
import { KNOBS, type System } from '../systems.ts';
import { boundByUse } from './bound.ts';
import { leastHardware, leastTrimmed, mean, mostDemand, run, worseOff } from './criterion.ts';
import type { World } from './world.ts';

const WEEK_S = 7 * 86_400;

export const COMPARED: readonly System[] = [
  'pool',
  'market',
  'k-double',
  'posted',
  'esi-leap',
  'flocx',
  'static',
];

export type Saving = {
  seed: number;
  system: System;
  /** Share of the silos' hardware that is not needed, each owner giving up the same share of its own. */
  saved: number;
  /** The same, the owners giving up as much as each can; to a pool that is the same. */
  trimmed: number;
  /** What pooling could save by use alone. */
  bound: number;
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
  savings({ four: five, size: { ...size, draws: size.draws.slice(0, 1) } }, say, ['pool', 'market']);

export function savings(
  { four, size }: Pick<World, 'four' | 'size'>,
  say: (text: string) => void,
  systems: readonly System[] = COMPARED,
): Saving[] {
  return size.draws.flatMap((seed) => {
    const workload = four(seed);
    const alone = run('static', workload, KNOBS);
    const silo = alone.owners;
    const bound = boundByUse(workload, alone, size.weeks * WEEK_S);
    return systems.map((system): Saving => {
      const begun = performance.now();
      const { owners, events } = run(system, workload, KNOBS);
      const seconds = (performance.now() - begun) / 1000;
      const least = leastHardware(system, workload, KNOBS, silo);
      const saved = 1 - least;
      const trimmed = system === 'market' ? 1 - leastTrimmed(workload, least, KNOBS, silo) : saved;
      say(
        `seed ${seed}: ${system} needs ${(100 * saved).toFixed(1)} % less hardware, ${(100 * trimmed).toFixed(1)} % where they differ`,
      );
      return {
        ...{ seed, system, saved, trimmed, bound, events, seconds },
        ...{ worse: worseOff(silo, owners).length, worseAtAll: worseOff(silo, owners, 1).length },
        waitS: mean(owners.map(({ meanWaitS }) => meanWaitS)),
        siloWaitS: mean(silo.map(({ meanWaitS }) => meanWaitS)),
        paidMost: -Math.min(...owners.map(({ net }) => net)),
      };
    });
  });
}

const of = (savings: readonly Saving[], system: System) => savings.filter((one) => one.system === system);

/** What the market saves of what one pool with one queue saves, by the same measure. */
export const captured = (savings: readonly Saving[]): number =>
  mean(of(savings, 'market').map(({ trimmed }) => trimmed)) /
  mean(of(savings, 'pool').map(({ saved }) => saved));

/** The same where no draw counts for more than its pool: the market may beat a pool, which is therefore no bound. */
export const capturedAtMost = (savings: readonly Saving[]): number => {
  const pools = of(savings, 'pool');
  const markets = of(savings, 'market').map(({ seed, trimmed }) =>
    Math.min(trimmed, pools.find((pool) => pool.seed === seed)!.saved),
  );
  return mean(markets) / mean(pools.map(({ saved }) => saved));
};

/** And of what pooling could save by use alone, whatever waits: a bound that a pool with one queue does not reach either. */
export const capturedOfUse = (savings: readonly Saving[]): number =>
  mean(of(savings, 'market').map(({ trimmed }) => trimmed)) / mean(savings.map(({ bound }) => bound));

export type Extra = { system: System; extra: number };

/** On the first draw. */
export function extraDemand({ four }: World, say: (text: string) => void): Extra[] {
  const silo = run('static', four(1), KNOBS).owners;
  return (['pool', 'market'] as const).map((system) => {
    const extra = mostDemand(system, (demand) => four(1, demand), KNOBS, silo) - 1;
    say(`${system} serves ${(100 * extra).toFixed(0)} % more on equal hardware`);
    return { system, extra };
  });
}
