/**
 * Who can begin when, whatever nodes there are: the first course, of which `walk.ts` walks what the nodes allow. A state is
 * the set of bids that began and whose turn may come again. It is made as it is walked, layer by layer, for nobody
 * could go to all of its states.
 */
import type { Course, GraphLayer, Taking } from './graph.ts';
import { Doubles, Ints } from './growing.ts';
import type { Choice, Program } from './program.ts';
import type { Relaxation } from './relaxation.ts';

/** The choices of one bid that begin with one stretch. `isLast`: it has no later turn. */
type Turn = { bid: number; choices: readonly Choice[]; isLast: boolean };

const NONE = 0n;

export class Turns implements Course {
  readonly layers: GraphLayer[] = [];
  readonly #relaxation: Relaxation;
  /** By layer; undefined where a stretch ends. */
  readonly #turns: (Turn | undefined)[] = [];
  readonly #takings: readonly Taking[];
  /** By state. */
  readonly #layerOf = new Ints();
  readonly #served: bigint[] = [];
  readonly #firsts = new Ints();
  readonly #pasts = new Ints();
  readonly #ends = new Ints();
  readonly #choices = new Ints();
  readonly #losses = new Doubles();
  /** By layer: states by the set of bids. */
  readonly #known: Map<bigint, number>[];

  /** Choices that lose more than `gap` are left out. */
  constructor(program: Program, relaxation: Relaxation, absent: ReadonlySet<number>, gap: number) {
    this.#relaxation = relaxation;
    this.#takings = program.choices.map(({ index, nodes }) => ({
      choice: index,
      nodes: Int32Array.of(nodes),
    }));
    const open = program.choices.filter((choice) => !absent.has(choice.bid) && this.#lossOf(choice) <= gap);
    const turns = turnsOf(program, open);
    for (let stretch = 0; stretch < program.width; stretch++) {
      for (const turn of turns[stretch]!) this.#add(turn, undefined);
      this.#add(undefined, stretch);
    }
    this.#known = Array.from({ length: this.layers.length + 1 }, () => new Map());
    this.#stateOf(0, NONE);
  }

  firstOf(state: number): number {
    if (this.#firsts.at(state) < 0) this.#lead(state);
    return this.#firsts.at(state);
  }

  pastOf(state: number): number {
    return this.#pasts.at(state);
  }

  endOf(arc: number): number {
    return this.#ends.at(arc);
  }

  takingOf(arc: number): Taking | undefined {
    const choice = this.#choices.at(arc);
    return choice < 0 ? undefined : this.#takings[choice];
  }

  lossOf(arc: number): number {
    return this.#losses.at(arc);
  }

  /** Nothing is known yet. */
  toGo(): number {
    return 0;
  }

  #add(turn: Turn | undefined, stretch: number | undefined): void {
    this.#turns.push(turn);
    this.layers.push({ stretch });
  }

  #lossOf({ bid, index }: Choice): number {
    return this.#relaxation.best[bid]! - this.#relaxation.profits[index]!;
  }

  #stateOf(layer: number, served: bigint): number {
    const known = this.#known[layer]!.get(served);
    if (known !== undefined) return known;
    const state = this.#served.length;
    this.#known[layer]!.set(served, state);
    this.#served.push(served);
    this.#layerOf.push(layer);
    this.#firsts.push(-1);
    this.#pasts.push(-1);
    return state;
  }

  /** Makes a state's arcs. */
  #lead(state: number): void {
    const layer = this.#layerOf.at(state);
    const served = this.#served[state]!;
    const turn = this.#turns[layer];
    this.#firsts.set(state, this.#ends.length);
    if (turn === undefined) this.#arc(layer, served, 0, -1);
    else this.#take(turn, layer, served);
    this.#pasts.set(state, this.#ends.length);
  }

  #take({ bid, choices, isLast }: Turn, layer: number, served: bigint): void {
    const bit = 1n << BigInt(bid);
    const isServed = (served & bit) !== NONE;
    const after = isLast ? served & ~bit : served;
    if (!isServed)
      for (const choice of choices)
        this.#arc(layer, isLast ? after : after | bit, this.#lossOf(choice), choice.index);
    this.#arc(layer, after, isLast && !isServed ? this.#relaxation.best[bid]! : 0, -1);
  }

  #arc(layer: number, served: bigint, loss: number, choice: number): void {
    this.#ends.push(this.#stateOf(layer + 1, served));
    this.#losses.push(loss);
    this.#choices.push(choice);
  }
}

function turnsOf({ width }: Program, open: readonly Choice[]): Turn[][] {
  const turns: Turn[][] = Array.from({ length: width }, () => []);
  for (const [bid, choices] of Map.groupBy(open, (choice) => choice.bid)) {
    const byStart = [...Map.groupBy(choices, ({ start }) => start)].sort(([a], [b]) => a - b);
    for (const [at, [start, own]] of byStart.entries())
      turns[start]!.push({ bid, choices: own, isLast: at === byStart.length - 1 });
  }
  return turns;
}
