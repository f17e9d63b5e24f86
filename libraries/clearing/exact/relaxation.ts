/**
 * The bound: capacity is not enforced but priced (Lagrange). Each row has a price for each slot; each bid takes what is
 * best for it at these prices, as if it were alone; what the rows take in is added. For any prices that are not below
 * zero this is at least the best surplus, and prices that nearly clear the market make it nearly that.
 */
import type { Open } from './ascent.ts';
import type { Budget } from './budget.ts';
import type { Choice, Program } from './program.ts';

export class Relaxation {
  readonly #program: Program;
  /** By row, before each slot: the sum of prices. */
  readonly #sums: Float64Array;
  readonly #usage: Int32Array;
  /** What each choice is worth at these prices. */
  readonly profits: Float64Array;
  /** By bid: the best open choice; -1 for none. */
  readonly best: Int32Array;
  readonly #order: Int32Array;
  readonly #unitCosts: Float64Array;
  readonly #budget: Budget;

  constructor(program: Program, budget: Budget) {
    this.#program = program;
    this.#budget = budget;
    const { rows, width, choices, bids } = program;
    this.#sums = new Float64Array(rows * (width + 1));
    this.#usage = new Int32Array(rows * width);
    this.profits = new Float64Array(choices.length);
    this.best = new Int32Array(bids.length);
    this.#order = new Int32Array(rows);
    this.#unitCosts = new Float64Array(rows);
  }

  /** The bound at these prices over what is open; minus infinity where a bid that may not lose has no choice. */
  bound(prices: Float64Array, { choices: open, must }: Open): number {
    const { rows, width, free, bids } = this.#program;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      const at = row * (width + 1);
      for (let slot = 0; slot < width; slot++) {
        const price = prices[row * width + slot]!;
        sum += price;
        this.#sums[at + slot + 1] = sum;
        if (price !== 0) total += price * free[row * width + slot]!;
      }
    }
    // What the excess and the step along it take is counted here, too.
    let steps = 3 * rows * width;
    for (let bid = 0; bid < bids.length; bid++) {
      let best = -1;
      let most = must[bid] === 1 ? Number.NEGATIVE_INFINITY : 0;
      for (const choice of bids[bid]!.choices) {
        if (open[choice.index] === 0) continue;
        steps += choice.rows.length;
        const profit = choice.value - this.#fill(choice);
        this.profits[choice.index] = profit;
        if (profit > most) {
          most = profit;
          best = choice.index;
        }
      }
      this.best[bid] = best;
      total += most;
    }
    this.#budget.spend(steps);
    return total;
  }

  /** The least cost of a choice's nodes at these prices; leaves the rows, cheapest first, in `#order`. */
  #fill({ rows, caps, costs, most, nodes, start, end }: Choice): number {
    const span = this.#program.width + 1;
    const sums = this.#sums;
    const order = this.#order;
    const unitCosts = this.#unitCosts;
    const count = rows.length;
    for (let at = 0; at < count; at++) {
      const offset = rows[at]! * span;
      let unit = costs[at]! + sums[offset + end]! - sums[offset + start]!;
      const cap = caps[at]!;
      if (cap >= 0) unit += sums[cap * span + end]! - sums[cap * span + start]!;
      let into = at;
      for (; into > 0 && unitCosts[order[into - 1]!]! > unit; into--) order[into] = order[into - 1]!;
      order[into] = at;
      unitCosts[at] = unit;
    }
    let missing = nodes;
    let cost = 0;
    for (let at = 0; missing > 0; at++) {
      const part = order[at]!;
      const taken = Math.min(most[part]!, missing);
      cost += taken * unitCosts[part]!;
      missing -= taken;
    }
    return cost;
  }

  /** Use less supply, by row and slot, of the choices in `best`: the direction in which prices should go. */
  excess(into: Float64Array): number {
    const { rows, width, free, choices } = this.#program;
    const usage = this.#usage;
    usage.fill(0);
    for (const index of this.best) {
      if (index < 0) continue;
      const choice = choices[index]!;
      this.#fill(choice);
      let missing = choice.nodes;
      for (let at = 0; missing > 0; at++) {
        const part = this.#order[at]!;
        const taken = Math.min(choice.most[part]!, missing);
        missing -= taken;
        const cap = choice.caps[part]!;
        for (let slot = choice.start; slot < choice.end; slot++) {
          usage[choice.rows[part]! * width + slot]! += taken;
          if (cap >= 0) usage[cap * width + slot]! += taken;
        }
      }
    }
    let square = 0;
    for (let at = 0; at < rows * width; at++) {
      const over = usage[at]! - free[at]!;
      into[at] = over;
      square += over * over;
    }
    return square;
  }
}
