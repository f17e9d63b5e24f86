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
