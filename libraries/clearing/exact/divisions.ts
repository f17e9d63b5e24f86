/** How a choice's nodes are divided among groups: each division that occurs once, however many ways take it. */
import type { Taking } from './graph.ts';

export class Divisions {
  readonly #roots: Division[] = [];

  /** A choice's, of which no group has been asked yet. */
  of(choice: number): Division {
    this.#roots[choice] ??= new Division(choice, []);
    return this.#roots[choice];
  }
}

export class Division {
  readonly #choice: number;
  readonly #nodes: readonly number[];
  /** By the nodes of the next group. */
  readonly #longer: Division[] = [];
  #taking: Taking | undefined;

  constructor(choice: number, nodes: readonly number[]) {
    this.#choice = choice;
    this.#nodes = nodes;
  }

  /** With so many nodes of the next group. */
  with(nodes: number): Division {
    this.#longer[nodes] ??= new Division(this.#choice, [...this.#nodes, nodes]);
    return this.#longer[nodes];
  }

  get taking(): Taking {
    this.#taking ??= { choice: this.#choice, nodes: Int32Array.from(this.#nodes) };
    return this.#taking;
  }
}
