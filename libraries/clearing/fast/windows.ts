/** The least of each window of a row. */

/** Positions whose values rise: the front is the least of the window. Reused, for there is one thread. */
let queue = new Int32Array(1024);

/**
 * Adds to `sums[s]`, for s in [first, last], `sign` times the least of row and cap over [s, s + slots), and never of
 * less than zero. `row` and `cap` are offsets into `free`; a cap below zero is none.
 */
export function addWindowMinima(
  sums: Int32Array,
  sign: 1 | -1,
  free: Int32Array,
  row: number,
  cap: number,
  first: number,
  last: number,
  slots: number,
): void {
  if (queue.length < last + slots) queue = new Int32Array(2 * (last + slots));
  let head = 0;
  let tail = 0;
  for (let slot = first; slot < last + slots; slot++) {
    const value = valueAt(free, row, cap, slot);
    while (tail > head && valueAt(free, row, cap, queue[tail - 1]!) >= value) tail--;
    queue[tail++] = slot;
    const start = slot - slots + 1;
    if (start < first) continue;
    if (queue[head]! < start) head++;
    const least = valueAt(free, row, cap, queue[head]!);
    if (least > 0) sums[start]! += sign * least;
  }
}

function valueAt(free: Int32Array, row: number, cap: number, slot: number): number {
  const value = free[row + slot]!;
  if (cap < 0) return value;
  const most = free[cap + slot]!;
  return Math.min(most, value);
}

/** The least of one window, never less than zero. */
export function windowMinimum(
  free: Int32Array,
  row: number,
  cap: number,
  start: number,
  slots: number,
): number {
  let least = valueAt(free, row, cap, start);
  for (let slot = start + 1; slot < start + slots && least > 0; slot++) {
    const value = valueAt(free, row, cap, slot);
    if (value < least) least = value;
  }
  return Math.max(least, 0);
}
