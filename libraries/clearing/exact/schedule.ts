/** Choices that stand together on the calendar: what each bid gets of which row. */
import type { Choice, Program } from './program.ts';

/** `taken`: nodes of each of the choice's rows. */
export type Stand = { choice: Choice; taken: Int32Array };

export class Schedule {
  readonly #program: Program;
  /** By row and slot: nodes that nobody takes. */
  readonly free: Int32Array;
  readonly stands = new Map<number, Stand>();
  /** Weighted surplus, scaled. */
  surplus = 0;

  constructor(program: Program) {
    this.#program = program;
    this.free = program.free.slice();
  }

  add(stand: Stand): void {
    this.#move(stand, -1);
    this.stands.set(stand.choice.bid, stand);
    this.surplus += surplusOf(stand);
  }

  remove(bid: number): void {
    const stand = this.stands.get(bid)!;
    this.#move(stand, 1);
    this.stands.delete(bid);
    this.surplus -= surplusOf(stand);
  }

  /** Nodes of the choice's row `at` that are still free all through. */
  left({ rows, caps, most, start, end }: Choice, at: number): number {
    const { width } = this.#program;
    const free = this.free;
    let least = most[at]!;
    for (let slot = start; slot < end && least > 0; slot++) {
      least = Math.min(least, free[rows[at]! * width + slot]!);
      if (caps[at]! >= 0) least = Math.min(least, free[caps[at]! * width + slot]!);
    }
    return Math.max(least, 0);
  }

  /** The cheapest nodes that are left for a choice; undefined where they are too few. */
  cheapest(choice: Choice): Stand | undefined {
    const taken = new Int32Array(choice.rows.length);
    let missing = choice.nodes;
    // Rows come from the cheapest.
    for (let at = 0; at < taken.length && missing > 0; at++) {
      taken[at] = Math.min(missing, this.left(choice, at));
      missing -= taken[at]!;
    }
    return missing === 0 ? { choice, taken } : undefined;
  }

  /** All that is free from a slot on, as a text to compare. */
  freeFrom(start: number): string {
    const { rows, width } = this.#program;
    let text = '';
    for (let row = 0; row < rows; row++)
      for (let at = row * width + start; at < (row + 1) * width; at++)
        text += String.fromCharCode(this.free[at]!);
    return text;
  }

  copy(): Schedule {
    const copy = new Schedule(this.#program);
    for (const stand of this.stands.values()) copy.add(stand);
    return copy;
  }

  #move({ choice, taken }: Stand, sign: 1 | -1): void {
    const { width } = this.#program;
    const { rows, caps, start, end } = choice;
    for (let at = 0; at < taken.length; at++) {
      const change = sign * taken[at]!;
      if (change === 0) continue;
      for (let slot = start; slot < end; slot++) {
        this.free[rows[at]! * width + slot]! += change;
        if (caps[at]! >= 0) this.free[caps[at]! * width + slot]! += change;
      }
    }
  }
}

export function surplusOf({ choice, taken }: Stand): number {
  let surplus = choice.value;
  for (let at = 0; at < taken.length; at++) surplus -= taken[at]! * choice.costs[at]!;
  return surplus;
}
