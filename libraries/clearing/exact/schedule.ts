/** Choices that stand together on the calendar: what each bid gets of which row. */
import type { Choice } from './program.ts';

/** `taken`: nodes of each of the choice's rows. */
export type Stand = { choice: Choice; taken: Int32Array };

export class Schedule {
  /** By bid. */
  readonly stands = new Map<number, Stand>();
  /** Weighted surplus, scaled. */
  surplus = 0;

  constructor(stands: Iterable<Stand> = []) {
    for (const stand of stands) {
      this.stands.set(stand.choice.bid, stand);
      this.surplus += surplusOf(stand);
    }
  }
}

function surplusOf({ choice, taken }: Stand): number {
  let surplus = choice.value;
  for (let at = 0; at < taken.length; at++) surplus -= taken[at]! * choice.costs[at]!;
  return surplus;
}
