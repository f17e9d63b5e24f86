/**
 * Choices as if their nodes could change from stretch to stretch: in each the cheapest nodes serve, those of the greatest
 * weight first, whoever they are for. No real schedule of them has a greater surplus, and most often one has the same.
 */
import type { Choice, Program } from './program.ts';

/** That surplus of choices, the heaviest first, on a calendar; minus infinity where nodes are too few. */
export function hop(
  { width, lengths, costs }: Program,
  free: Int32Array,
  heaviest: readonly Choice[],
): number {
  let surplus = 0;
  let from = width;
  let to = 0;
  for (const { value, start, end } of heaviest) {
    surplus += value;
    if (start < from) from = start;
    if (end > to) to = end;
  }
  for (let stretch = from; stretch < to; stretch++) {
    let row = 0;
    let left = free[stretch]!;
    for (const { start, end, nodes, weight } of heaviest) {
      if (stretch < start || stretch >= end) continue;
      for (let missing = nodes; missing > 0; ) {
        while (left === 0) {
          row++;
          if (row === costs.length) return Number.NEGATIVE_INFINITY;
          left = free[row * width + stretch]!;
        }
        const taken = Math.min(left, missing);
        surplus -= taken * weight * costs[row]! * lengths[stretch]!;
        missing -= taken;
        left -= taken;
      }
    }
  }
  return surplus;
}
