/**
 * A course of the calendar walked with groups of rows (dynamic programming): whoever begins gets so many nodes of each
 * group and keeps them for his whole lease, and all divisions are tried. Ways that leave the same behind, the same state of
 * the course and the same nodes taken from here on, are one state: only the one that lost less goes on. And none goes on that,
 * with what the course still loses at least, loses more than the `gap` between the bound and what is known to be possible.
 *
 * What comes out is a course again, for a walk with smaller groups: its ways are fewer, and it knows better what they lose.
 */
import type { Budget } from './budget.ts';
import { type Division, Divisions } from './divisions.ts';
import { type Course, Graph, type Taking } from './graph.ts';
import type { Group } from './group.ts';
import { Layer } from './layer.ts';
import type { Choice, Program } from './program.ts';
import type { Relaxation } from './relaxation.ts';

/** Groups of a walk; `parents`: by group, of which group of the course it is a part. Those of one follow each other. */
export type Grouping = { groups: readonly Group[]; parents: readonly number[]; isFinest: boolean };

type Reach = { most: number; cap: number };

/** Steps that a state costs beside its length. */
const STATE = 8;

export class Walk {
  readonly #program: Program;
  readonly #relaxation: Relaxation;
  readonly #budget: Budget;
  readonly #course: Course;
  readonly #grouping: Grouping;
  readonly #gap: number;
  readonly #graph = new Graph();
  /**
   * A state: the course's, then what is taken in the next stretches, as rings: by kind and group, and by cap where groups
   * are single rows.
   */
  readonly #state: Int32Array;
  readonly #horizon: number;
  readonly #rings: number;
  readonly #kinds: number;
  readonly #parents: Int32Array;
  readonly #reaches: Reach[] = [];
  readonly #divisions = new Divisions();
  #now: Layer;
  #next: Layer;
  // Of what is just divided; kept here, for this is done millions of times.
  readonly #left: Int32Array;
  readonly #loads: Int32Array;
  #choice: Choice | undefined;
  #nodes: Int32Array = new Int32Array(0);
  #before = 0;
  #loss = 0;

  constructor(
    program: Program,
    relaxation: Relaxation,
    budget: Budget,
    course: Course,
    grouping: Grouping,
    gap: number,
  ) {
    this.#program = program;
    this.#relaxation = relaxation;
    this.#budget = budget;
    this.#course = course;
    this.#grouping = grouping;
    this.#gap = gap;
    const { kinds, choices, rows, costs } = program;
    const caps = grouping.isFinest ? rows - costs.length : 0;
    this.#horizon = choices.reduce((most, { start, end }) => Math.max(most, end - start), 1);
    this.#rings = kinds.length * grouping.groups.length + caps;
    this.#kinds = kinds.length;
    this.#parents = Int32Array.from(grouping.parents);
    this.#left = new Int32Array(grouping.groups.length);
    this.#loads = new Int32Array(kinds.length);
    this.#state = new Int32Array(1 + this.#rings * this.#horizon);
    this.#now = new Layer(this.#state.length);
    this.#next = new Layer(this.#state.length);
  }

  /**
   * The ways that lose at most the gap. `widest`: so many states at once at most, the most promising; then what is found need
   * not be the best. Undefined where there are none, and where the budget is used up.
   */
  graph(widest = Number.POSITIVE_INFINITY): Graph | undefined {
    this.#now.put(this.#state, 0);
    for (const layer of this.#course.layers) {
      this.#graph.nextLayer(this.#now.count, layer);
      this.#onward(layer.stretch);
      if (this.#next.count > widest) this.#keep(widest);
      [this.#now, this.#next] = [this.#next, this.#now];
      if (this.#now.count === 0 || this.#budget.isSpent) return undefined;
    }
    this.#graph.close(this.#now.count);
    return this.#graph;
  }

  #onward(stretch: number | undefined): void {
    const now = this.#now;
    this.#next.clear();
    this.#budget.spend(now.count * (STATE + this.#state.length));
    for (let place = 0; place < now.count; place++) {
      this.#graph.nextState();
      const loss = now.losses[place]!;
      if (loss > this.#gap) continue;
      now.read(place, this.#state);
      if (stretch === undefined) this.#turn(loss);
      else this.#pass(stretch, loss);
    }
  }

  #keep(widest: number): void {
    const state = new Int32Array(this.#state.length);
    this.#next.keep(widest, (place) => {
      this.#next.read(place, state);
      return this.#next.losses[place]! + this.#course.toGo(state[0]!);
    });
  }

  #lead(before: number, loss: number, division: Division | undefined): void {
    if (before + loss + this.#course.toGo(this.#state[0]!) > this.#gap) return;
    this.#graph.arc(this.#next.put(this.#state, before + loss), loss, division?.taking);
  }

  /** A bid may begin. */
  #turn(before: number): void {
    const course = this.#course;
    const here = this.#state[0]!;
    for (let arc = course.firstOf(here); arc < course.pastOf(here); arc++) {
      const loss = course.lossOf(arc);
      this.#state[0] = course.endOf(arc);
      const taking = course.takingOf(arc);
      if (taking === undefined) this.#lead(before, loss, undefined);
      else if (before + loss + course.toGo(this.#state[0]) <= this.#gap) this.#divide(taking, before, loss);
    }
  }

  /** A stretch ends: what its rows could have gained and did not is lost. */
  #pass(stretch: number, before: number): void {
    const { groups } = this.#grouping;
    const state = this.#state;
    const loads = this.#loads;
    const kinds = this.#kinds;
    let lost = this.#relaxation.rents[stretch]!;
    for (let group = 0; group < groups.length; group++) {
      let any = false;
      for (let kind = 0; kind < kinds; kind++) {
        const nodes = state[this.#at(group * kinds + kind, stretch)]!;
        loads[kind] = nodes;
        if (nodes === 0) continue;
        any = true;
        lost -= nodes * this.#relaxation.price(kind, stretch);
      }
      if (any) lost += groups[group]!.cost(stretch, loads);
    }
    for (let ring = 0; ring < this.#rings; ring++) state[this.#at(ring, stretch)] = 0;
    const arc = this.#course.firstOf(state[0]!);
    if (arc === this.#course.pastOf(state[0]!)) return;
    state[0] = this.#course.endOf(arc);
    this.#lead(before, lost, undefined);
  }

  /** All divisions of what the course takes of each of its groups among their parts, as much as possible of the cheaper first. */
  #divide({ choice: index, nodes }: Taking, before: number, loss: number): void {
    const choice = this.#program.choices[index]!;
    for (let group = 0; group < this.#left.length; group++) this.#left[group] = this.#leftOf(choice, group);
    this.#choice = choice;
    this.#nodes = nodes;
    this.#before = before;
    this.#loss = loss;
    this.#divideFrom(0, nodes[0]!, this.#divisions.of(index));
  }

  #divideFrom(group: number, missing: number, division: Division): void {
    if (group === this.#left.length) {
      this.#budget.spend(STATE + this.#state.length);
      this.#lead(this.#before, this.#loss, division);
      return;
    }
    const parent = this.#parents[group]!;
    const isLast = this.#parents[group + 1] !== parent;
    const most = Math.min(missing, this.#left[group]!);
    for (let own = most; own >= (isLast ? missing : 0); own--) {
      this.#take(this.#choice!, group, own);
      this.#divideFrom(
        group + 1,
        isLast ? (this.#nodes[parent + 1] ?? 0) : missing - own,
        division.with(own),
      );
      this.#take(this.#choice!, group, -own);
    }
  }

  /** Nodes of a group that a choice can have for its whole lease. */
  #leftOf({ index, kind, start, end }: Choice, group: number): number {
    const { groups } = this.#grouping;
    const { most, cap } = this.#reachOf(index, group);
    let least = most;
    for (let stretch = start; stretch < end && least > 0; stretch++) {
      const first = this.#at(group * this.#kinds, stretch);
      least = Math.min(least, groups[group]!.left(kind, stretch, this.#state, first, this.#horizon));
      if (cap >= 0) least = Math.min(least, this.#leftOfCap(cap, stretch));
    }
    return Math.max(least, 0);
  }

  #leftOfCap(cap: number, stretch: number): number {
    const { free, width } = this.#program;
    return free[cap * width + stretch]! - this.#state[this.#at(this.#ringOfCap(cap), stretch)]!;
  }

  #take({ index, kind, start, end }: Choice, group: number, nodes: number): void {
    if (nodes === 0) return;
    const ring = group * this.#kinds + kind;
    const { cap } = this.#reachOf(index, group);
    for (let stretch = start; stretch < end; stretch++) {
      this.#state[this.#at(ring, stretch)]! += nodes;
      if (cap >= 0) this.#state[this.#at(this.#ringOfCap(cap), stretch)]! += nodes;
    }
  }

  /** What a choice finds in a group without anybody else: at most so many nodes, and a cap where groups are single rows. */
  #reachOf(choice: number, group: number): Reach {
    const { groups, isFinest } = this.#grouping;
    const at = choice * groups.length + group;
    const known = this.#reaches[at];
    if (known !== undefined) return known;
    const { rows, caps, most } = this.#program.choices[choice]!;
    const reach = { most: 0, cap: -1 };
    for (let part = 0; part < rows.length; part++) {
      if (!groups[group]!.rows.includes(rows[part]!)) continue;
      reach.most += most[part]!;
      if (isFinest) reach.cap = caps[part]!;
    }
    this.#reaches[at] = reach;
    return reach;
  }

  #ringOfCap(cap: number): number {
    return this.#grouping.groups.length * this.#kinds + cap - this.#program.costs.length;
  }

  #at(ring: number, stretch: number): number {
    return 1 + ring * this.#horizon + (stretch % this.#horizon);
  }
}
