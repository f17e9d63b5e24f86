/** A few lines at the bottom of a terminal that are drawn again and again in the same place. */
import type { Sink } from './cli.ts';

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** A sign that moves, so that a person sees that the program is not stuck. */
export const spinner = (): string => SPINNER[Math.floor(Date.now() / 100) % SPINNER.length]!;

export class LiveBlock {
  readonly #out: Sink;
  #height = 0;

  constructor(out: Sink) {
    this.#out = out;
  }

  draw(lines: readonly string[]): void {
    // A line that wraps would take two rows, and the next drawing would begin too low.
    const width = (this.#out.columns ?? 80) - 1;
    const text = lines.map((line) => `${[...line].slice(0, width).join('')}\n`).join('');
    this.#out.write(`${this.#upAndClear()}${text}`);
    this.#height = lines.length;
  }

  /** Takes the block away. */
  clear(): void {
    this.#out.write(this.#upAndClear());
    this.#height = 0;
  }

  /** CUU and ED (ECMA-48 sections 8.3.22 and 8.3.39). */
  #upAndClear(): string {
    return this.#height === 0 ? '' : `\u001b[${this.#height}A\u001b[J`;
  }
}
