/**
 * The schedule with the greatest surplus, by branch and bound: depth first, one bid decided at a time (which start, or
 * none), large ones first, and no further where the bound shows that nothing better can be found.
 */
import { Ascent, type Open } from './ascent.ts';
import { assign, heaviestFirst } from './assign.ts';
import type { Budget } from './budget.ts';
import { hop } from './hopping.ts';
import type { Choice, Program } from './program.ts';
import { Relaxation } from './relaxation.ts';
import { Schedule } from './schedule.ts';

/** Steps that one way of an assignment costs, for each choice. */
const WAY = 8;

const ROUNDS = { root: 200, node: 40 };

/** A part of the search: what is open, and what is free after the bids that are decided. */
type Node = {
  open: Open;
  decided: Uint8Array;
  pools: readonly Int32Array[];
  prices: Float64Array;
};

export class Search {
  readonly #program: Program;
  readonly #relaxation: Relaxation;
  readonly #ascent: Ascent;
  readonly #budget: Budget;
  #best: Schedule;

  constructor(program: Program, budget: Budget) {
    this.#program = program;
    this.#budget = budget;
    this.#relaxation = new Relaxation(program, budget);
    this.#ascent = new Ascent(program, this.#relaxation);
    this.#best = new Schedule(program);
  }

  /**
   * The best schedule without the bids that are `absent`. `start`: a schedule to begin with; `prices`: to begin with,
   * and improved. Undefined when the budget is used up before it is proved.
   */
  best(absent: ReadonlySet<number>, start: Schedule, prices: Float64Array): Schedule | undefined {
    const { choices, bids, pools } = this.#program;
    this.#best = start;
    const root: Node = {
      open: {
        choices: Uint8Array.from(choices, ({ bid }) => (absent.has(bid) ? 0 : 1)),
        must: new Uint8Array(bids.length),
      },
      decided: new Uint8Array(bids.length),
      pools: pools.map(({ free }) => free),
      prices,
    };
    this.#explore(root, ROUNDS.root);
    return this.#budget.isSpent ? undefined : this.#best;
  }

  /** The least surplus that would be better than the best that is known. */
  get #enough(): number {
    return this.#best.surplus + this.#program.unit;
  }

  #explore(node: Node, rounds: number): void {
    if (this.#budget.isSpent) return;
    const bound = this.#ascent.improve(node.prices, node.open, rounds, this.#enough);
    if (bound < this.#enough) return;
    this.#guess(node);
    const branch = this.#close(node, bound);
    if (branch === 'none') return;
    if (branch === undefined) this.#assign(node, bound);
    else for (const choice of this.#waysOf(node, branch)) this.#decide(node, branch, choice);
  }

  /**
   * Closes what cannot be part of a better schedule: with it, the bound would fall by what it is worse than its bid's
   * best. Returns the bid to decide next; undefined where all are decided; 'none' where some bid has no way left.
   */
  #close({ open, decided }: Node, bound: number): number | 'none' | undefined {
    const { bids } = this.#program;
    const { best, profits } = this.#relaxation;
    let branch: number | undefined;
    let most = 0;
    for (let bid = 0; bid < bids.length; bid++) {
      if (decided[bid] === 1) continue;
      const rest = bound - (best[bid]! < 0 ? 0 : profits[best[bid]!]!);
      let ways = 0;
      for (const { index } of bids[bid]!.choices) {
        if (open.choices[index] === 0) continue;
        if (rest + profits[index]! < this.#enough) open.choices[index] = 0;
        else ways++;
      }
      if (rest < this.#enough) open.must[bid] = 1;
      if (open.must[bid] === 0) ways++;
      if (ways === 0) return 'none';
      if (ways === 1 && open.must[bid] === 0) {
        decided[bid] = 1;
        continue;
      }
      const urgency = ways === 1 ? Number.POSITIVE_INFINITY : Number(bids[bid]!.entrant.size) / (ways + 4);
      if (urgency <= most) continue;
      most = urgency;
      branch = bid;
    }
    return branch;
  }

  /** A bid's open choices and, if it may lose, undefined; the best first. */
  #waysOf({ open }: Node, bid: number): (Choice | undefined)[] {
    const { profits } = this.#relaxation;
    const ways = this.#program.bids[bid]!.choices.filter(({ index }) => open.choices[index] === 1).map(
      (choice): { choice?: Choice; profit: number } => ({ choice, profit: profits[choice.index]! }),
    );
    if (open.must[bid] === 0) ways.push({ profit: 0 });
    return ways.sort((a, b) => b.profit - a.profit).map(({ choice }) => choice);
  }

  #decide(node: Node, bid: number, choice: Choice | undefined): void {
    const open = { choices: node.open.choices.slice(), must: node.open.must.slice() };
    const decided = node.decided.slice();
    decided[bid] = 1;
    for (const { index } of this.#program.bids[bid]!.choices)
      if (index !== choice?.index) open.choices[index] = 0;
    let { pools } = node;
    if (choice !== undefined) {
      open.must[bid] = 1;
      pools = this.#draw(pools, choice);
      this.#closeWithout(open.choices, decided, pools, choice);
    }
    this.#explore({ open, decided, pools, prices: node.prices.slice() }, ROUNDS.node);
  }

  #draw(pools: readonly Int32Array[], { pool, nodes, start, end }: Choice): Int32Array[] {
    const drawn = [...pools];
    for (const above of this.#program.pools[pool]!.above) {
      drawn[above] = pools[above]!.slice();
      for (let slot = start; slot < end; slot++) drawn[above]![slot]! -= nodes;
    }
    return drawn;
  }

  /** Closes choices of others for which a pool has too few nodes left beside `choice`. */
  #closeWithout(
    open: Uint8Array,
    decided: Uint8Array,
    pools: readonly Int32Array[],
    { start, end }: Choice,
  ): void {
    for (const other of this.#program.choices) {
      if (open[other.index] === 0 || decided[other.bid] === 1) continue;
      const from = Math.max(start, other.start);
      const to = Math.min(end, other.end);
      if (from >= to) continue;
      for (const above of this.#program.pools[other.pool]!.above)
        for (let slot = from; slot < to; slot++)
          if (pools[above]![slot]! < other.nodes) open[other.index] = 0;
    }
  }

  /** All bids are decided: their nodes remain to be found. */
  #assign({ open, prices }: Node, bound: number): void {
    const program = this.#program;
    const choices = program.choices.filter(({ index }) => open.choices[index] === 1);
    this.#budget.spend(choices.length * program.width);
    const most = hop(program, program.free, heaviestFirst(choices));
    if (most < this.#enough || this.#inTurn(choices) === most) return;
    const relaxed = { bound, prices, profits: this.#relaxation.profits };
    const mayStep = () => this.#budget.spend(choices.length * WAY);
    this.#best = assign(program, choices, relaxed, this.#enough, mayStep) ?? this.#best;
  }

  /** Each choice in the order of starts takes the cheapest nodes. Returns the surplus, if all find theirs. */
  #inTurn(choices: readonly Choice[]): number | undefined {
    const schedule = new Schedule(this.#program);
    for (const choice of choices.toSorted((a, b) => a.start - b.start || b.weight - a.weight)) {
      const stand = schedule.cheapest(choice);
      if (stand === undefined) return undefined;
      schedule.add(stand);
    }
    if (schedule.surplus > this.#best.surplus) this.#best = schedule;
    return schedule.surplus;
  }

  /** A schedule after the relaxation's taste: who gains most at its prices comes first and takes the best that is left. */
  #guess({ open }: Node): void {
    const { bids } = this.#program;
    const { best, profits } = this.#relaxation;
    const order = bids.map((_, bid) => bid).filter((bid) => best[bid]! >= 0);
    const rank = (bid: number) => profits[best[bid]!]! + (open.must[bid] === 1 ? this.#program.most : 0);
    order.sort((a, b) => rank(b) - rank(a));
    const schedule = new Schedule(this.#program);
    for (const bid of order) {
      const ways = bids[bid]!.choices.filter(({ index }) => open.choices[index] === 1);
      ways.sort((a, b) => profits[b.index]! - profits[a.index]!);
      for (const choice of ways) {
        const stand = schedule.cheapest(choice);
        if (stand === undefined) continue;
        schedule.add(stand);
        break;
      }
    }
    if (schedule.surplus > this.#best.surplus) this.#best = schedule;
  }
}
