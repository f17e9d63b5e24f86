/**
 * The bound: capacity is not enforced but priced (Lagrange). A node of each kind has a price in each stretch; each bid
 * takes what is best for it at these prices, as if it were alone, and each row serves whoever pays most beyond its
 * cost. What both gain, added, is for any prices at least the best surplus; at good prices it is nearly that.
 *
 * So whatever a schedule does not gain of it is its loss: a bid that does without its best choice, a stretch with nodes
 * that are left over. A schedule's surplus is the bound less its losses, and none of them is below zero.
 */
import type { Budget } from './budget.ts';
import type { Program } from './program.ts';

export class Relaxation {
  readonly #program: Program;
  readonly #budget: Budget;
  /** By kind, before each stretch: the sum of prices. */
  readonly #sums: Float64Array;
  /** By kind and stretch: nodes that the rows serve. */
  readonly #served: Int32Array;
  /** By choice: what it is worth at these prices, its own nodes' costs aside. */
  readonly profits: Float64Array;
  /** By bid: the best choice's profit; 0 where none is worth it. */
  readonly best: Float64Array;
  readonly #bestChoice: Int32Array;
  /** By stretch: what its rows gain. */
  readonly rents: Float64Array;

  constructor(program: Program, budget: Budget) {
    const { kinds, width, choices, bids } = program;
    this.#program = program;
    this.#budget = budget;
    this.#sums = new Float64Array(kinds.length * (width + 1));
    this.#served = new Int32Array(kinds.length * width);
    this.profits = new Float64Array(choices.length);
    this.best = new Float64Array(bids.length);
    this.#bestChoice = new Int32Array(bids.length);
    this.rents = new Float64Array(width);
  }

  /** The bound at these prices, by kind and stretch, without the bids that are absent. */
  bound(prices: Float64Array, absent: ReadonlySet<number>): number {
    return this.#rentsAt(prices) + this.#profitsAt(prices, absent);
  }

  #rentsAt(prices: Float64Array): number {
    const { kinds, width, free, costs, lengths } = this.#program;
    const rows = costs.length;
    this.#served.fill(0);
    this.#budget.spend(rows * width * kinds.length);
    let total = 0;
    for (let stretch = 0; stretch < width; stretch++) {
      let rent = 0;
      for (let row = 0; row < rows; row++) {
        const nodes = free[row * width + stretch]!;
        if (nodes === 0) continue;
        let most = 0;
        let payer = -1;
        for (let kind = 0; kind < kinds.length; kind++) {
          const { weight, reach } = kinds[kind]!;
          if (reach[row] === 0) continue;
          const gain = prices[kind * width + stretch]! - weight * costs[row]! * lengths[stretch]!;
          if (gain <= most) continue;
          most = gain;
          payer = kind;
        }
        if (payer >= 0) this.#served[payer * width + stretch]! += nodes;
        rent += nodes * most;
      }
      this.rents[stretch] = rent;
      total += rent;
    }
    return total;
  }

  #profitsAt(prices: Float64Array, absent: ReadonlySet<number>): number {
    const { kinds, width, bids } = this.#program;
    for (let kind = 0; kind < kinds.length; kind++) {
      const at = kind * (width + 1);
      for (let stretch = 0; stretch < width; stretch++)
        this.#sums[at + stretch + 1] = this.#sums[at + stretch]! + prices[kind * width + stretch]!;
    }
    let total = 0;
    for (let bid = 0; bid < bids.length; bid++) {
      this.best[bid] = 0;
      this.#bestChoice[bid] = -1;
      if (absent.has(bid)) continue;
      const { choices } = bids[bid]!;
      this.#budget.spend(choices.length);
      for (const { index, kind, start, end, nodes, value } of choices) {
        const at = kind * (width + 1);
        const profit = value - nodes * (this.#sums[at + end]! - this.#sums[at + start]!);
        this.profits[index] = profit;
        if (profit <= this.best[bid]!) continue;
        this.best[bid] = profit;
        this.#bestChoice[bid] = index;
      }
      total += this.best[bid]!;
    }
    return total;
  }

  /** Of a node in a stretch, as in the last bound. */
  price(kind: number, stretch: number): number {
    const at = kind * (this.#program.width + 1) + stretch;
    return this.#sums[at + 1]! - this.#sums[at]!;
  }

  /** Nodes wanted less nodes served, by kind and stretch: the direction in which prices should go. */
  excess(into: Float64Array): void {
    const { width, choices } = this.#program;
    for (let at = 0; at < into.length; at++) into[at] = -this.#served[at]!;
    for (const index of this.#bestChoice) {
      if (index < 0) continue;
      const { kind, start, end, nodes } = choices[index]!;
      for (let stretch = start; stretch < end; stretch++) into[kind * width + stretch]! += nodes;
    }
  }
}
