/** (g): who gains, and what becomes of an owner of one machine, with and without what newcomers are given. */
import { KNOBS, type Knobs } from '../systems.ts';
import { mean, run, worseOff } from './criterion.ts';
import type { World } from './world.ts';

export type Fairness = {
  way: 'alone' | 'market' | 'market, newcomers helped' | 'market, all lent firmly';
  owners: number;
  worse: number;
  /** Of what owners won in mean wait against their silos: 1 is all alike. */
  jain: number;
  /** Half the mean difference of net balances over their mean size. */
  gini: number;
  /** The smallest: of one machine. */
  smallest: { owners: number; waitS: number; p95: number; net: number; rentedShare: number };
  longestWaitS: number;
};

/** Enough that it never runs out. */
const FUND = 1_000_000n * 1_000_000n;

export function fairness({ sites }: World, say: (text: string) => void): Fairness[] {
  const workload = sites(1);
  const least = Math.min(...workload.owners.map(({ nodes }) => nodes));
  const small = workload.owners.flatMap(({ nodes }, at) => (nodes === least ? [at] : []));
  const helped: Knobs = { ...KNOBS, market: { newcomers: new Set(small), fund: FUND } };
  const silo = run('static', workload, KNOBS);
  const runs = [
    { way: 'alone', ran: silo },
    { way: 'market', ran: run('market', workload, KNOBS) },
    { way: 'market, newcomers helped', ran: run('market', workload, helped) },
    { way: 'market, all lent firmly', ran: run('market', workload, { ...KNOBS, recall: null }) },
  ] as const;
  return runs.map(({ way, ran }) => {
    const { owners } = ran;
    const smallest = small.map((at) => owners[at]!);
    const of = (value: (owner: (typeof owners)[number]) => number) => mean(smallest.map(value));
    const waits = [...ran.ran.values()].map(({ job, start }) => start - job.submit);
    const worse = worseOff(silo.owners, owners).length;
    say(`${owners.length} sites, ${way}: ${worse} worse off`);
    return {
      ...{ way, worse, owners: owners.length },
      jain: jain(owners.map(({ meanWaitS }, at) => Math.max(0, silo.owners[at]!.meanWaitS - meanWaitS))),
      gini: gini(owners.map(({ net }) => net)),
      smallest: {
        ...{ owners: small.length, waitS: of(({ meanWaitS }) => meanWaitS), p95: of(({ p95 }) => p95) },
        ...{
          net: of(({ net }) => net),
          rentedShare: of(({ rented, served }) => rented / Math.max(1, served)),
        },
      },
      longestWaitS: waits.reduce((most, wait) => Math.max(most, wait), 0),
    };
  });
}

/** (sum)^2 / (n * sum of squares). */
export function jain(values: readonly number[]): number {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  return squares === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) ** 2 / (values.length * squares);
}

/** Of balances, which may be negative: 0 is all alike. */
export function gini(values: readonly number[]): number {
  const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
  if (size === 0) return 0;
  let differences = 0;
  for (const a of values) for (const b of values) differences += Math.abs(a - b);
  return differences / (2 * values.length * size);
}
