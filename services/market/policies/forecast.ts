/** How much more an owner may need soon: from what it needed before. Pure. */

/**
 * What an owner remembers, time by time, the newest last. It is never changed: a new time makes a new one, so that what
 * was computed of one holds.
 */
export type Past = {
  /** Nodes that its own work needed at most. */
  levels: readonly number[];
  /** Jobs that came. Without them all times count alike. */
  arrivals?: readonly number[];
};

/**
 * The quantile (in millionths) of how far its need rises above where it stood within `times`.
 *
 * With arrivals it is taken over jobs, not over times: of so many of the jobs that came, each would have found room on
 * what is kept. Of an owner of one machine and one job a day, 95 % of the times ask for no node; each of its jobs asks
 * for one.
 */
export function growth(past: Past, times: number, coverPpm: number): number {
  const { rises, upTo } = risesOf(past, times);
  const whole = upTo.at(-1) ?? 0;
  if (whole === 0) return 0;
  const wanted = Math.min(whole - 1, Math.floor((whole * coverPpm) / 1_000_000));
  return rises[firstAbove(upTo, wanted)]!;
}

/** Rises, the smallest first, and how much counts up to each of them. */
type Rises = { rises: Int32Array; upTo: Float64Array };
const known = new WeakMap<Past, Map<number, Rises>>();

function risesOf(past: Past, times: number): Rises {
  const { levels, arrivals } = past;
  const of = known.get(past) ?? new Map<number, Rises>();
  known.set(past, of);
  const before = of.get(times);
  if (before) return before;
  const rises = arrivals ? risesTo(levels, times) : risesFrom(levels, times);
  const { length } = rises;
  // By rise, each with its place: numbers are sorted much faster than what needs a comparison of its own.
  const sorted = Float64Array.from(rises, (rise, at) => rise * length + at).sort();
  const upTo = new Float64Array(length);
  let sum = 0;
  for (let n = 0; n < length; n++) {
    // What counts for a rise to a time are the jobs that came in it.
    sum += arrivals ? arrivals[(sorted[n]! % length) + 1]! : 1;
    upTo[n] = sum;
  }
  const found = { rises: Int32Array.from(sorted, (one) => Math.floor(one / length)), upTo };
  of.set(times, found);
  return found;
}

/** From each time but the last to the highest of the `times` after it, which count as far as they are known. */
function risesFrom(levels: readonly number[], times: number): Int32Array {
  const backwards = extremes(levels.toReversed(), times, (a, b) => a >= b).reverse();
  return backwards.map((highest, at) => Math.max(0, highest - levels[at]!));
}

/** To each time but the first from the lowest of the `times` before it. */
function risesTo(levels: readonly number[], times: number): Int32Array {
  const lowest = extremes(levels, times, (a, b) => a <= b);
  return lowest.map((low, at) => Math.max(0, levels[at + 1]! - low));
}

/** For each value but the first: the one of the `reach` before it that `beats` the others. */
function extremes(
  values: readonly number[],
  reach: number,
  beats: (a: number, b: number) => boolean,
): Int32Array {
  const found = new Int32Array(Math.max(0, values.length - 1));
  // Places of candidates, the best first; each beats those after it, and came before them.
  const candidates = new Int32Array(values.length);
  let [head, tail] = [0, 0];
  for (let at = 0; at < found.length; at++) {
    while (tail > head && beats(values[at]!, values[candidates[tail - 1]!]!)) tail--;
    candidates[tail++] = at;
    while (candidates[head]! <= at - reach) head++;
    found[at] = values[candidates[head]!]!;
  }
  return found;
}

function firstAbove(sums: Float64Array, wanted: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How far above where it stands now its need was in the same hours a week before; nothing for who remembers no week. */
export function lastWeek(levels: readonly number[], times: number, week: number): number {
  const then = levels.length - 1 - week;
  if (week === 0 || then < 0) return 0;
  const peak = levels.slice(then + 1, then + 1 + times).reduce((most, one) => Math.max(most, one), 0);
  return Math.max(0, peak - levels.at(-1)!);
}

/** What an owner keeps back for so many times: as much as its need rises by at most, or rose a week ago. */
export const keptFor = (past: Past, times: number, coverPpm: number, week: number): number =>
  Math.max(growth(past, times, coverPpm), lastWeek(past.levels, times, week));
