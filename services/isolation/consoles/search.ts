/** Finding text in a log. Plain text only: a regular expression could be made to take for ever. */
import { LINE_BYTES, type Line, linesOf } from './lines.ts';
import { readLog, Times } from './log-reader.ts';

export type SearchOptions = {
  /** What a line must contain, as it is read: escape sequences inside of it do not count. */
  text: string;
  ignoreCase: boolean;
  /** Where in the log to begin and to end. */
  from: number;
  to: number;
  limit: number;
  /** How many lines before and after each are told with it. */
  context: number;
  /** The search answers with what it has when it has read so much, or taken so long. */
  maxBytes: number;
  maxMs: number;
};

export type Match = {
  offset: number;
  /** When it was printed, within a quarter of a second. */
  at: string | null;
  line: string;
  before: string[];
  after: string[];
};

/** `next` is where a search that is not through goes on; null when it is. */
export type Found = { matches: Match[]; next: number | null };

export async function search(folder: string, options: SearchOptions): Promise<Found> {
  const { from, to } = options;
  const enough = Math.min(to, from + options.maxBytes);
  const hunt = new Hunt(options, enough);
  // A little more than enough: the line that is begun is read to its end.
  for await (const lines of linesOf(readLog(folder, from, Math.min(to, enough + 2 * LINE_BYTES)))) {
    for (const line of lines) if (!hunt.through) hunt.look(line);
    if (hunt.through) break;
  }
  const times = await Times.of(folder);
  const matches: Match[] = [];
  for (const found of hunt.found) {
    matches.push({ ...found, at: (await times.at(found.offset))?.toISOString() ?? null });
  }
  const next = hunt.stop ?? enough;
  return { matches, next: next < to ? next : null };
}

/** One search, a line at a time. */
class Hunt {
  readonly found: Omit<Match, 'at'>[] = [];
  /** Where it has come to its end, though the log may not have. */
  stop: number | undefined;
  readonly #options: SearchOptions;
  readonly #enough: number;
  readonly #wanted: string;
  readonly #deadline: number;
  readonly #recent: string[] = [];

  constructor(options: SearchOptions, enough: number) {
    this.#options = options;
    this.#enough = enough;
    this.#wanted = this.#fold(options.text);
    this.#deadline = performance.now() + options.maxMs;
  }

  /** Not before the lines after the last match are there too. */
  get through(): boolean {
    const { context } = this.#options;
    return this.stop !== undefined && (this.found.at(-1)?.after.length ?? context) >= context;
  }

  look({ offset, end, text }: Line): void {
    const { context, limit } = this.#options;
    for (const match of this.found.slice(-context)) if (match.after.length < context) match.after.push(text);
    if (offset >= this.#enough) this.stop ??= offset;
    if (this.stop === undefined && this.#fold(text).includes(this.#wanted)) {
      this.found.push({ offset, line: text, before: [...this.#recent], after: [] });
      if (this.found.length === limit) this.stop = end;
    }
    if (performance.now() > this.#deadline) this.stop ??= end;
    this.#recent.push(text);
    if (this.#recent.length > context) this.#recent.shift();
  }

  #fold(text: string): string {
    return this.#options.ignoreCase ? text.toLowerCase() : text;
  }
}
