/** The hash of all that happened: two runs are the same run exactly when it is the same. */
import { createHash } from 'node:crypto';

/** Lines are hashed many at a time: each call into the hash costs more than a line. */
const GATHERED = 1 << 16;

export class Log {
  readonly #hash = createHash('sha256');
  #text = '';
  lines = 0;

  add(line: string): void {
    this.lines++;
    this.#text += `${line}\n`;
    if (this.#text.length < GATHERED) return;
    this.#hash.update(this.#text);
    this.#text = '';
  }

  digest(): string {
    return this.#hash.copy().update(this.#text).digest('hex');
  }
}
