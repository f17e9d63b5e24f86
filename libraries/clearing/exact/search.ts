/**
 * The schedule with the greatest surplus. Prices of capacity bound it from above (`relaxation.ts`). Then the calendar is
 * walked (`walk.ts`), first as if all nodes stood for each other, then with ever smaller groups of them: each walk knows from
 * the one before what its states still lose at least. A walk with few states finds a good schedule, one with all the best.
 */
import { Ascent } from './ascent.ts';
import type { Budget } from './budget.ts';
import type { Course, Graph, Taking } from './graph.ts';
import { groupingsOf } from './groupings.ts';
import type { Program } from './program.ts';
import { Relaxation } from './relaxation.ts';
import { Schedule } from './schedule.ts';
import { Turns } from './turns.ts';
import { type Grouping, Walk } from './walk.ts';

/** Rounds of the prices' improvement, before the narrow walk and after it, and that walk's states: of each choice, and in all. */
const EFFORT = {
  before: { each: 3, most: 400 },
  after: { each: 2, most: 200 },
  states: { each: 2, most: 100 },
};

/** Of what may be lost beyond the least that the first walk knows of: how much is allowed at first. */
const FIRST_PART = 1 / 16;

export class Search {
  readonly #program: Program;
  readonly #budget: Budget;
  readonly #relaxation: Relaxation;
  readonly #ascent: Ascent;
  /** The coarsest, and those that follow. */
  readonly #whole: Grouping;
  readonly #finer: readonly Grouping[];
  #best: Schedule;
  #isEarliest = false;

  constructor(program: Program, budget: Budget) {
    this.#program = program;
    this.#budget = budget;
    this.#relaxation = new Relaxation(program, budget);
    this.#ascent = new Ascent(program, this.#relaxation);
    const [whole, ...finer] = groupingsOf(program);
    this.#whole = whole!;
    this.#finer = finer;
    this.#best = new Schedule();
  }

  /**
   * The best schedule without the bids that are `absent`; of all bids the earliest one of the best. `start`: a schedule to
   * begin with; `prices`: to begin with, and improved. Undefined when the budget is used up before it is proved.
   */
  best(absent: ReadonlySet<number>, start: Schedule, prices: Float64Array): Schedule | undefined {
    this.#best = start;
    this.#isEarliest = absent.size === 0;
    const before = this.#ascent.improve(prices, absent, this.#effort(EFFORT.before), this.#enough);
    if (before >= this.#enough) this.#lookNarrowly(absent, before);
    const after = this.#ascent.improve(prices, absent, this.#effort(EFFORT.after), this.#enough);
    if (after >= this.#enough) this.#lookEverywhere(absent, after);
    return this.#budget.isSpent ? undefined : this.#best;
  }

  /** The least surplus that would be better than the best that is known. */
  get #enough(): number {
    if (this.#isEarliest) return this.#best.surplus + 1;
    const { unit } = this.#program;
    return Math.ceil(this.#best.surplus / unit) * unit + 1;
  }

  /** Small programs are soon walked whole. */
  #effort({ each, most }: { each: number; most: number }): number {
    return Math.min(most, each * this.#program.choices.length);
  }

  #lookNarrowly(absent: ReadonlySet<number>, bound: number): void {
    const gap = bound - this.#enough;
    const course = new Turns(this.#program, this.#relaxation, absent, gap);
    const states = this.#effort(EFFORT.states);
    const graph = this.#walk(course, this.#whole, gap, states);
    if (graph !== undefined) this.#refine(graph, gap, states);
  }

  /** Little may be lost at first: most often the best schedule is hardly worse than if all nodes stood for each other. */
  #lookEverywhere(absent: ReadonlySet<number>, bound: number): void {
    const gap = bound - this.#enough;
    const graph = this.#walk(new Turns(this.#program, this.#relaxation, absent, gap), this.#whole, gap);
    if (graph === undefined) return;
    const least = graph.toGo(0);
    for (let part = FIRST_PART; part <= 1 && least <= gap; part *= 2)
      if (this.#refine(graph, least + (gap - least) * part) || this.#budget.isSpent) return;
  }

  /** Whether there is a real schedule that loses at most `gap`; the one that loses least is the best then. */
  #refine(coarsest: Graph, gap: number, widest?: number): boolean {
    let graph: Graph | undefined = coarsest;
    for (const grouping of this.#finer) {
      graph = this.#walk(graph, grouping, gap, widest);
      if (graph === undefined) return false;
    }
    if (graph.toGo(0) > gap) return false;
    this.#best = this.#scheduleOf(graph.best());
    return true;
  }

  #walk(course: Course, grouping: Grouping, gap: number, widest?: number): Graph | undefined {
    return new Walk(this.#program, this.#relaxation, this.#budget, course, grouping, gap).graph(widest);
  }

  /** Of a walk whose groups are single rows. */
  #scheduleOf(takings: readonly Taking[]): Schedule {
    const stands = takings.map(({ choice: index, nodes }) => {
      const choice = this.#program.choices[index]!;
      return { choice, taken: Int32Array.from(choice.rows, (row) => nodes[row]!) };
    });
    return new Schedule(stands);
  }
}
