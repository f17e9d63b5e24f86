/** All experiments, each by its name. */
import type { Found } from '../traces/folder.ts';
import { cascades, spirals } from './crashes.ts';
import { fairness } from './fairness.ts';
import { extraDemand, savings, savingsOfFive } from './hardware.ts';
import { insistence, ways } from './provisioning.ts';
import { type Size, type World, worldOf } from './world.ts';

export const PARTS = {
  savings,
  extra: extraDemand,
  ways,
  insistence,
  fairness,
  cascades,
  spirals,
  five: savingsOfFive,
};
export type Part = keyof typeof PARTS;
export type Evaluation = { [Name in Part]: ReturnType<(typeof PARTS)[Name]> } & { world: string; size: Size };

export const FULL: Size = { draws: [1, 2, 3], weeks: 3 };
export const QUICK: Size = { draws: [1], weeks: 1 };

export type Experiment = (world: World, say: (text: string) => void) => unknown;

/** Those of `only`; the others are as they were in `known`. */
export function evaluate(
  found: readonly Found[],
  size: Size,
  say: (text: string) => void,
  { only, known }: { only: readonly Part[]; known?: Partial<Evaluation> } = {
    only: Object.keys(PARTS) as Part[],
  },
): Evaluation {
  const world = worldOf(found, size);
  say(`owners: ${world.says}`);
  const results = only.map((name) => [name, (PARTS[name] as Experiment)(world, say)]);
  return { ...known, world: world.says, size, ...Object.fromEntries(results) } as Evaluation;
}
