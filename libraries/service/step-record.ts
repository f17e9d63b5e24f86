/**
 * The steps of an operation that runs. They are saved beside the work and not in its way: what a crash makes of them
 * does not matter, since all steps are run again then.
 */
import type { Step } from './operation.ts';

export class StepRecord {
  readonly steps: Step[] = [];
  readonly #write: (steps: readonly Step[]) => Promise<void>;
  #changed = false;
  #saving: Promise<void> | undefined;

  constructor(write: (steps: readonly Step[]) => Promise<void>) {
    this.#write = write;
  }

  save(): void {
    this.#changed = true;
    this.#saving ??= this.#saveAll();
  }

  /** Resolves when nothing is being saved any more. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  async #saveAll(): Promise<void> {
    while (this.#changed) {
      // All changes of this turn are saved together: the end of a step and the beginning of the next one.
      await Promise.resolve();
      this.#changed = false;
      await this.#write(this.steps);
    }
    this.#saving = undefined;
  }
}
