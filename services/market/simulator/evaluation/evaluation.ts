/** All experiments, one after the other. */
import type { Found } from '../traces/folder.ts';
import { type Cascade, cascades, type Spiral, spirals } from './crashes.ts';
import { type Fairness, fairness } from './fairness.ts';
import { type Extra, extraDemand, type Saving, savings } from './hardware.ts';
import { type Insistence, insistence, type Way, ways } from './provisioning.ts';
import { type Size, worldOf } from './world.ts';

export type Evaluation = {
  world: string;
  size: Size;
  savings: Saving[];
  extra: Extra[];
  ways: Way[];
  insistence: Insistence[];
  fairness: Fairness[];
  cascades: Cascade[];
  spirals: Spiral[];
  /** With the fifth owner, who is larger than the others together. */
  five: Saving[];
};

export const FULL: Size = { seeds: 6, weeks: 3 };
export const QUICK: Size = { seeds: 1, weeks: 1 };

export function evaluate(found: readonly Found[], size: Size, say: (text: string) => void): Evaluation {
  const world = worldOf(found, size);
  say(`owners: ${world.says}`);
  return {
    ...{ world: world.says, size },
    savings: savings(world, say),
    extra: extraDemand(world, say),
    ways: ways(world, say),
    insistence: insistence(world, say),
    fairness: fairness(world, say),
    cascades: cascades(world, say),
    spirals: spirals(world, say),
    five: savings({ ...world, four: world.five, size: { ...size, seeds: 1 } }, say),
  };
}
