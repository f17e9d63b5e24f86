/**
 * Ways through the calendar: states, layer by layer, and arcs that lead from each to the next layer. In some layers a bid
 * has its turn, to begin or not; in others a stretch of the calendar ends.
 */
import { Doubles, Ints } from './growing.ts';

/** What an arc takes: a choice, and how many nodes of each group. */
export type Taking = { choice: number; nodes: Int32Array };

/** `stretch`: which ends there; undefined where a bid has its turn. */
export type GraphLayer = { stretch: number | undefined };

/** What can be walked through; `Graph` or, for the first walk, `Turns`. */
export interface Course {
  readonly layers: readonly GraphLayer[];
  /** A state's arcs are those from here on. */
  firstOf(state: number): number;
  /** And before this one. */
  pastOf(state: number): number;
  endOf(arc: number): number;
  /** Undefined: nothing is taken. */
  takingOf(arc: number): Taking | undefined;
  lossOf(arc: number): number;
  /** The least loss from a state to the end. */
  toGo(state: number): number;
}

export class Graph implements Course {
  readonly layers: GraphLayer[] = [];
  readonly #first = new Ints();
  readonly #end = new Ints();
  readonly #loss = new Doubles();
  readonly #takings: (Taking | undefined)[] = [];
  /** The first state of the layer that arcs lead to. */
  #base = 0;
  #toGo = new Float64Array(0);

  /** Arcs that follow start in a layer of `count` states. */
  nextLayer(count: number, layer: GraphLayer): void {
    this.layers.push(layer);
    this.#base += count;
  }

  /** Arcs that follow start in the layer's next state. */
  nextState(): void {
    this.#first.push(this.#end.length);
  }

  /** To the `place` in the layer that follows. */
  arc(place: number, loss: number, taking: Taking | undefined): void {
    this.#end.push(this.#base + place);
    this.#loss.push(loss);
    this.#takings.push(taking);
  }

  /** No more arcs: the last layer has `count` states. */
  close(count: number): void {
    this.#first.push(this.#end.length);
    this.#toGo = new Float64Array(this.#base + count);
    for (let state = this.#base - 1; state >= 0; state--) {
      let least = Number.POSITIVE_INFINITY;
      for (let arc = this.firstOf(state); arc < this.pastOf(state); arc++)
        least = Math.min(least, this.#through(arc));
      this.#toGo[state] = least;
    }
  }

  /** What is taken on a way that loses least. */
  best(): Taking[] {
    const takings: Taking[] = [];
    for (let state = 0; state < this.#base; ) {
      let arc = this.firstOf(state);
      while (this.#through(arc) !== this.#toGo[state]) arc++;
      const taking = this.takingOf(arc);
      if (taking !== undefined) takings.push(taking);
      state = this.endOf(arc);
    }
    return takings;
  }

  firstOf(state: number): number {
    return this.#first.at(state);
  }

  pastOf(state: number): number {
    return this.#first.at(state + 1);
  }

  endOf(arc: number): number {
    return this.#end.at(arc);
  }

  takingOf(arc: number): Taking | undefined {
    return this.#takings[arc];
  }

  lossOf(arc: number): number {
    return this.#loss.at(arc);
  }

  toGo(state: number): number {
    return this.#toGo[state]!;
  }

  #through(arc: number): number {
    return this.lossOf(arc) + this.#toGo[this.endOf(arc)]!;
  }
}
