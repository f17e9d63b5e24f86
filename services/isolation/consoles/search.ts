/** Finding text in a log. Plain text only: a regular expression could be made to take for ever. */
import { LINE_BYTES, linesOf } from './lines.ts';
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
  const { from, to, limit, context } = options;
  const times = await Times.of(folder);
  const fold = (text: string) => (options.ignoreCase ? text.toLowerCase() : text);
  const wanted = fold(options.text);
  const deadline = performance.now() + options.maxMs;
  const enough = Math.min(to, from + options.maxBytes);
  const matches: Match[] = [];
  const recent: string[] = [];
  /** Where this search has come to its end, though the log may not have. */
  let stop: number | undefined;
  // A little more than enough: the line that is begun is read to its end.
  for await (const { offset, end, text } of linesOf(
    readLog(folder, from, Math.min(to, enough + 2 * LINE_BYTES)),
  )) {
    for (const match of matches.slice(-context)) if (match.after.length < context) match.after.push(text);
    if (offset >= enough) stop ??= offset;
    if (stop === undefined && fold(text).includes(wanted)) {
      const at = (await times.at(offset))?.toISOString() ?? null;
      matches.push({ offset, at, line: text, before: [...recent], after: [] });
      if (matches.length === limit) stop = end;
    }
    if (performance.now() > deadline) stop ??= end;
    // The lines after the last match are still wanted.
    if (stop !== undefined && (matches.at(-1)?.after.length ?? context) >= context) break;
    recent.push(text);
    if (recent.length > context) recent.shift();
  }
  const next = stop ?? enough;
  return { matches, next: next < to ? next : null };
}
