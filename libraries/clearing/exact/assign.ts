/**
 * Once each bid has its start: which nodes of which rows it gets, for its whole lease. Tries all ways, the cheapest
 * first, as long as two bounds allow: what those that come later could have at best if their nodes could hop, and how
 * far the ways that were taken fall short of the relaxation.
 */
import { hop } from './hopping.ts';
import type { Choice, Program } from './program.ts';
import { Schedule } from './schedule.ts';

/** The bound of a relaxation, its prices, and what choices are worth at them. */
export type Relaxed = { bound: number; prices: Float64Array; profits: Float64Array };

/** The best schedule of these choices, if its surplus is `enough`. `mayStep`: called for each way; false: no more. */
export function assign(
  program: Program,
  choices: readonly Choice[],
  { bound, prices, profits }: Relaxed,
  enough: number,
  mayStep: () => boolean,
): Schedule | undefined {
  const inTurn = choices.toSorted((a, b) => a.start - b.start || a.end - b.end || a.bid - b.bid);
  const later = inTurn.map((_, index) => heaviestFirst(inTurn.slice(index + 1)));
  const units = inTurn.map((choice) => unitCosts(program, choice, prices));
  const schedule = new Schedule(program);
  /** The surplus with which what is left for those that come later was left before. */
  const reached = inTurn.map(() => new Map<string, number>());
  let best: Schedule | undefined;
  let least = enough;
  const from = (index: number, relaxed: number): void => {
    if (index === inTurn.length) {
      best = schedule.copy();
      // Only a better one is of interest from here on.
      least = best.surplus + program.unit;
      return;
    }
    const choice = inTurn[index]!;
    const left = schedule.freeFrom(choice.start);
    if (schedule.surplus <= (reached[index]!.get(left) ?? Number.NEGATIVE_INFINITY)) return;
    reached[index]!.set(left, schedule.surplus);
    for (const taken of splits(schedule, choice)) {
      if (!mayStep()) return;
      const cost = taken.reduce((sum, nodes, at) => sum + nodes * units[index]![at]!, 0);
      const next = relaxed - profits[choice.index]! + choice.value - cost;
      if (next < least) continue;
      schedule.add({ choice, taken });
      if (schedule.surplus + hop(program, schedule.free, later[index]!) >= least) from(index + 1, next);
      schedule.remove(choice.bid);
    }
  };
  from(0, bound);
  return best;
}

export const heaviestFirst = (choices: readonly Choice[]): Choice[] =>
  choices.toSorted((a, b) => b.weight - a.weight);

/** What a node of each row costs for the whole lease at a relaxation's prices. */
function unitCosts({ width }: Program, { rows, caps, costs, start, end }: Choice, prices: Float64Array) {
  const units = costs.slice();
  for (let at = 0; at < rows.length; at++)
    for (let slot = start; slot < end; slot++) {
      units[at]! += prices[rows[at]! * width + slot]!;
      if (caps[at]! >= 0) units[at]! += prices[caps[at]! * width + slot]!;
    }
  return units;
}

/** All ways to take a choice's nodes, as many as possible of the cheapest first. */
function* splits(schedule: Schedule, choice: Choice): Generator<Int32Array> {
  const left = Int32Array.from(choice.rows, (_, at) => schedule.left(choice, at));
  /** Nodes of the rows after each. */
  const beyond = left.map((_, at) => left.subarray(at + 1).reduce((sum, nodes) => sum + nodes, 0));
  const taken = new Int32Array(left.length);
  const walk = function* (at: number, missing: number): Generator<Int32Array> {
    if (missing === 0) yield taken.slice();
    if (missing === 0 || at === left.length) return;
    for (let nodes = Math.min(missing, left[at]!); nodes >= Math.max(0, missing - beyond[at]!); nodes--) {
      taken[at] = nodes;
      yield* walk(at + 1, missing - nodes);
    }
    taken[at] = 0;
  };
  yield* walk(0, choice.nodes);
}
