/** How much more an owner may need soon: from what it needed before. Pure. */

/**
 * Of the times that it remembers, the quantile (in millionths) of how far its need rose above where it stood, at its
 * highest within `slots`. Times whose `slots` are not over yet count as far as they are known.
 * `levels`: nodes that its own work needed, slot by slot, the newest last.
 */
export function growth(levels: readonly number[], slots: number, coverPpm: number): number {
  if (levels.length < 2) return 0;
  const rises = new Int32Array(levels.length - 1);
  // From the newest back: the candidates for the highest within reach, falling; the first is it.
  const candidates = new Int32Array(levels.length);
  let head = 0;
  let tail = 0;
  for (let at = levels.length - 2; at >= 0; at--) {
    const came = at + 1;
    while (tail > head && levels[candidates[tail - 1]!]! <= levels[came]!) tail--;
    candidates[tail++] = came;
    while (candidates[head]! > at + slots) head++;
    rises[at] = Math.max(0, levels[candidates[head]!]! - levels[at]!);
  }
  rises.sort();
  return rises[Math.min(rises.length - 1, Math.floor((rises.length * coverPpm) / 1_000_000))]!;
}

/** How far above where it stands now its need was in the same hours a week before; nothing for who remembers no week. */
export function lastWeek(levels: readonly number[], slots: number, week: number): number {
  const then = levels.length - 1 - week;
  if (week === 0 || then < 0) return 0;
  const peak = levels.slice(then + 1, then + 1 + slots).reduce((most, one) => Math.max(most, one), 0);
  return Math.max(0, peak - levels.at(-1)!);
}

/** What an owner keeps back for `slots`: as much as its need rises by at most times, or rose a week ago. */
export const keptFor = (levels: readonly number[], slots: number, coverPpm: number, week: number): number =>
  Math.max(growth(levels, slots, coverPpm), lastWeek(levels, slots, week));
