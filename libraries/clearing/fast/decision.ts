/**
 * What a bid decided in the original run, and how much more it would have had to find at each start to decide
 * otherwise. With it a replay sees in a moment that a bid decides as it did, and need not place it again.
 */
import type { Entrant, Field } from './field.ts';
import { type Placement, place, scratch } from './placing.ts';
import { addWindowMinima } from './windows.ts';

export type Decision = {
  entrant: Entrant;
  placement: Placement | undefined;
  /** Asks above this level change nothing. */
  level: number;
  /**
   * By group and start, from `first`: nodes that are missing there for a better placement than the bid's own. Better is
   * a lower level; at an equal level an earlier start, or an equal start in an earlier group.
   */
  missing: Int32Array;
  /** The least of them. */
  least: number;
};

/** Places a bid on the calendar of the original run, which stays as it is. */
export function decide(field: Field, free: Int32Array, entrant: Entrant): Decision {
  const { first, last, reach, nodes } = entrant;
  const placement = place(field, free, entrant);
  const level = placement?.level ?? entrant.limitLevel;
  const starts = Math.max(0, last - first + 1);
  const missing = new Int32Array(starts * reach.groups.length);
  let least = nodes;
  for (const [index, { rows, caps }] of reach.groups.entries()) {
    if (starts === 0) break;
    const split = splitOf(placement, index, last);
    const found = scratch(last);
    for (let at = 0; at < rows.length && field.levels[rows[at]!]! <= level; at++) {
      const end = field.levels[rows[at]!] === level ? Math.min(last, split - 1) : last;
      const cap = caps[at]! < 0 ? -1 : caps[at]! * field.width;
      if (end >= first)
        addWindowMinima(found, 1, free, rows[at]! * field.width, cap, first, end, entrant.slots);
    }
    for (let start = first; start <= last; start++) {
      const lacks = nodes - found[start]!;
      missing[index * starts + start - first] = lacks;
      if (lacks < least) least = lacks;
    }
  }
  return { entrant, placement, level, missing, least };
}

/** From this start on a placement in a group is better only below the level of the bid's own. */
function splitOf(placement: Placement | undefined, group: number, last: number): number {
  if (placement === undefined) return last + 1;
  return group < placement.group ? placement.start + 1 : placement.start;
}

/** Where a replay's calendar differs from the original's: by ask row, the slots [low, high). */
export class Difference {
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly rows: number[] = [];
  low = 0;
  high = 0;
  /** No slot has more nodes free than this beyond the original, all asks together. */
  gain = 0;

  constructor(asks: number) {
    this.#low = new Int32Array(asks);
    this.#high = new Int32Array(asks);
  }

  clear(): void {
    for (const row of this.rows) this.#high[row] = 0;
    this.rows.length = 0;
    this.high = 0;
    this.gain = 0;
  }

  add({ rows, start }: Placement, slots: number): void {
    const end = start + slots;
    this.low = this.high === 0 ? start : Math.min(this.low, start);
    this.high = Math.max(this.high, end);
    for (const row of rows) {
      const isNew = this.#high[row] === 0;
      if (isNew) this.rows.push(row);
      this.#low[row] = isNew ? start : Math.min(this.#low[row]!, start);
      this.#high[row] = Math.max(this.#high[row]!, end);
    }
  }

  /** Whether the bid would decide otherwise on `now` than it did on `original`. True may be wrong, false never is. */
  mayChange(field: Field, original: Int32Array, now: Int32Array, decision: Decision): boolean {
    const { entrant, placement } = decision;
    if (entrant.first >= this.high || entrant.last + entrant.slots <= this.low) return false;
    if (placement !== undefined && this.#touches(field, decision, placement)) return true;
    return this.gain >= decision.least && this.#improves(field, original, now, decision);
  }

  /** Whether an ask that the placement used, or would rather use, differs while it stands. */
  #touches({ levels }: Field, { entrant, level }: Decision, { group, start }: Placement): boolean {
    const { groupOf } = entrant.reach;
    for (const row of this.rows)
      if (
        groupOf[row] === group &&
        levels[row]! <= level &&
        this.#low[row]! < start + entrant.slots &&
        this.#high[row]! > start
      )
        return true;
    return false;
  }

  #improves(field: Field, original: Int32Array, now: Int32Array, decision: Decision): boolean {
    const { entrant, placement, level, missing } = decision;
    const { reach, slots } = entrant;
    const starts = entrant.last - entrant.first + 1;
    const first = Math.max(entrant.first, this.low - slots + 1);
    const last = Math.min(entrant.last, this.high - 1);
    for (let group = 0; group < reach.groups.length; group++) {
      const split = splitOf(placement, group, entrant.last);
      let more: Int32Array | undefined;
      for (const row of this.rows) {
        if (reach.groupOf[row] !== group || field.levels[row]! > level) continue;
        const from = Math.max(first, this.#low[row]! - slots + 1);
        const most = field.levels[row] === level ? Math.min(last, split - 1) : last;
        const to = Math.min(most, this.#high[row]! - 1);
        if (to < from) continue;
        more ??= scratch(last);
        const cap = reach.capOf[row]! < 0 ? -1 : reach.capOf[row]! * field.width;
        addWindowMinima(more, 1, now, row * field.width, cap, from, to, slots);
        addWindowMinima(more, -1, original, row * field.width, cap, from, to, slots);
      }
      if (more === undefined) continue;
      const offset = group * starts - entrant.first;
      for (let start = first; start <= last; start++)
        if (more[start]! >= missing[offset + start]!) return true;
    }
    return false;
  }
}
