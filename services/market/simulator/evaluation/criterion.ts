/** What "no worse for any owner" is, and the least hardware and the most demand at which it holds. */
import { type OwnerOutcome, outcomes } from '../outcome.ts';
import { type Knobs, runSystem, type System } from '../systems.ts';
import { scaled, type Workload } from '../workload.ts';

/** A p95 slowdown up to a twentieth above that of its own silo counts as no worse: of ten minutes, half a minute. */
export const TOLERANCE = 1.05;
/** Sizes of hardware are looked for down to this, in steps of about a hundredth. */
const LEAST = 0.6;
const STEP = 0.0126;

export const worseOff = (
  silo: readonly OwnerOutcome[],
  now: readonly OwnerOutcome[],
  tolerance = TOLERANCE,
): OwnerOutcome[] =>
  now.filter((one, at) => one.p95 > silo[at]!.p95 * tolerance || one.unserved > silo[at]!.unserved);

export const run = (system: System, workload: Workload, knobs: Knobs) => {
  const ran = runSystem(system, workload, knobs);
  return { ...ran, owners: outcomes(workload, ran) };
};

/** The least share of the silos' hardware with which nobody is worse off; 1 where the system needs all of it. */
export function leastHardware(
  system: System,
  workload: Workload,
  knobs: Knobs,
  silo: OwnerOutcome[],
): number {
  const suffices = (scale: number) =>
    worseOff(silo, run(system, scaled(workload, scale), knobs).owners).length === 0;
  if (!suffices(1)) return 1;
  return lowest(LEAST, 1, suffices);
}

/** What each owner gives up more at a time, and how often at most. */
const TRIM = { share: 0.04, times: 2 };

/**
 * From the same share of everyone's hardware on, the largest owner first: what each can still do without. Owners have
 * their slack at different sizes. The share of the silos' hardware that all need together.
 */
export function leastTrimmed(workload: Workload, scale: number, knobs: Knobs, silo: OwnerOutcome[]): number {
  const whole = nodesOf(workload);
  let least = scaled(workload, scale);
  const bySize = workload.owners.map((owner, at) => ({ ...owner, at })).sort((a, b) => b.nodes - a.nodes);
  for (const { nodes, at } of bySize) {
    for (let n = 0; n < TRIM.times; n++) {
      const owners = least.owners.map((owner, other) =>
        other === at ? { ...owner, nodes: Math.max(1, owner.nodes - Math.round(nodes * TRIM.share)) } : owner,
      );
      const tried = { ...least, owners };
      if (worseOff(silo, run('market', tried, knobs).owners).length > 0) break;
      least = tried;
    }
  }
  return nodesOf(least) / whole;
}

const nodesOf = ({ owners }: Workload): number => owners.reduce((sum, { nodes }) => sum + nodes, 0);

/** The most demand, as a multiple of what it was, that equal hardware serves with nobody worse off. */
export function mostDemand(
  system: System,
  workloadAt: (demand: number) => Workload,
  knobs: Knobs,
  silo: OwnerOutcome[],
): number {
  const fails = (demand: number) => worseOff(silo, run(system, workloadAt(demand), knobs).owners).length > 0;
  if (fails(1)) return 1;
  return lowest(1, 1.6, fails) - STEP;
}

/** The lowest between `from` and `to` at which it holds, which it does at `to`; as if it held from there on. */
function lowest(from: number, to: number, holds: (at: number) => boolean): number {
  let [low, high] = [from, to];
  while (high - low > STEP) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
