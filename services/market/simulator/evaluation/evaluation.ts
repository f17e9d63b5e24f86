/** All experiments, each by its name. */
import { cascades, spirals } from './crashes.ts';
import { fairness } from './fairness.ts';
import { extraDemand, savings, savingsOfFive } from './hardware.ts';
import { insistence, ways } from './provisioning.ts';
import { recalls } from './recalls.ts';
import type { Size, World } from './world.ts';

export const PARTS = {
  savings,
  extra: extraDemand,
  ways,
  insistence,
  fairness,
  cascades,
  spirals,
  recalls,
  five: savingsOfFive,
};
export type Part = keyof typeof PARTS;
export const ALL = Object.keys(PARTS) as Part[];
export type Evaluation = { [Name in Part]: ReturnType<(typeof PARTS)[Name]> } & { world: string; size: Size };

export const FULL: Size = { draws: [1, 2, 3], weeks: 3 };
export const QUICK: Size = { draws: [1], weeks: 0.5 };

type Say = (text: string) => void;
export type Experiment = (world: World, say: Say) => unknown[];

/** What can be done by itself: a part, of `savings` one draw. */
export type Task = { part: Part; draws: readonly number[] };

export const tasksOf = ({ draws }: Size, only: readonly Part[] = ALL): Task[] =>
  ALL.filter((part) => only.includes(part)).flatMap((part): Task[] =>
    part === 'savings' ? draws.map((draw) => ({ part, draws: [draw] })) : [{ part, draws }],
  );

export const carryOut = (world: World, { part, draws }: Task, say: Say): unknown[] =>
  (PARTS[part] as Experiment)({ ...world, size: { ...world.size, draws } }, say);

/** Results in the order of their tasks; `rest` is what is known besides. */
export const merge = (tasks: readonly Task[], results: readonly unknown[], rest: object): Evaluation => {
  const parts = Map.groupBy(tasks.keys(), (at) => tasks[at]!.part);
  const merged = [...parts].map(([part, places]) => [part, places.flatMap((at) => results[at])]);
  return { ...rest, ...Object.fromEntries(merged) } as Evaluation;
};
