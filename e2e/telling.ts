/** How a story is told while it runs: a line a step with its time, the commands it used, and a table at the end. */
import { BullionError, messageOf } from '@bullion/service';

export type StepRecord = { step: string; seconds: number; facts: string[] };

const TITLE_WIDTH = 66;

export class Telling {
  readonly steps: StepRecord[] = [];
  readonly #out: NodeJS.WritableStream | undefined;
  readonly #colour: boolean;
  #commands: string[] = [];

  /** `out` is undefined for a story that is told to programs only. */
  constructor(out: (NodeJS.WritableStream & { isTTY?: boolean }) | undefined) {
    this.#out = out;
    this.#colour = out?.isTTY === true && process.env.NO_COLOR === undefined;
  }

  /** Runs one step and times it. `work` may return facts to be shown below it. */
  async step(title: string, work: () => Promise<string[] | undefined>): Promise<void> {
    const begin = performance.now();
    this.#commands = [];
    if (this.#colour) this.#out?.write(`  … ${title}\r`);
    try {
      const facts = (await work()) ?? [];
      const seconds = (performance.now() - begin) / 1000;
      this.steps.push({ step: title, seconds: round(seconds), facts });
      this.#line('32', '✓', title, seconds);
      for (const command of this.#commands) this.#write(this.#paint('2', `      $ ${command}\n`));
      for (const fact of facts) this.#write(`      ${fact}\n`);
    } catch (error) {
      this.#line('31', '✗', title, (performance.now() - begin) / 1000);
      for (const command of this.#commands) this.#write(this.#paint('2', `      $ ${command}\n`));
      throw error;
    }
  }

  /** Shows a command that the step has used, as a person would type it. */
  command(text: string): void {
    this.#commands.push(text);
  }

  table(): void {
    const width = Math.max(...this.steps.map(({ step }) => step.length));
    this.#write(`\n  ${'step'.padEnd(width)}   seconds\n  ${'─'.repeat(width)}   ───────\n`);
    for (const { step, seconds } of this.steps)
      this.#write(`  ${step.padEnd(width)}   ${seconds.toFixed(1).padStart(7)}\n`);
    this.#write('\n');
  }

  failure(error: unknown): void {
    this.#write(`\n${this.#paint('31', 'demo FAILED')}: ${messageOf(error)}\n`);
    if (error instanceof BullionError && error.hint) this.#write(`  hint: ${error.hint}\n`);
    if (error instanceof BullionError && error.details)
      this.#write(`  details: ${JSON.stringify(error.details)}\n`);
  }

  say(text: string): void {
    this.#write(`${text}\n`);
  }

  #line(colour: string, mark: string, title: string, seconds: number): void {
    this.#write(
      `  ${this.#paint(colour, mark)} ${title.padEnd(TITLE_WIDTH, ' ')} ${seconds.toFixed(1).padStart(6)} s\n`,
    );
  }

  #write(text: string): void {
    this.#out?.write(text);
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

export const round = (seconds: number) => Math.round(seconds * 100) / 100;
