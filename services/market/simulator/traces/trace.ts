/** What every importer makes of a trace: jobs that want whole nodes, in seconds since the trace's own start. */

/** `wait`: how long it waited where it was recorded; it says how large the machine was. `site`: where that was. */
export type TraceJob = {
  submit: number;
  run: number;
  estimate: number;
  nodes: number;
  wait?: number;
  site?: number;
};
export type Trace = { name: string; jobs: TraceJob[] };

export class TraceError extends Error {
  readonly code = 'trace-invalid';
  constructor(name: string, line: number, what: string) {
    super(`${name}, line ${line}: ${what}. Is it a trace of this kind, and whole?`);
  }
}

/** Lines with their numbers from 1, without what is empty. */
export function* linesOf(text: string): Generator<[line: string, number: number]> {
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    const trimmed = line.trim();
    if (trimmed !== '') yield [trimmed, number];
  }
}

/** Rows of a CSV file whose fields have no commas, by the names in its first line. */
export function* rowsOf(name: string, text: string, columns: readonly string[]) {
  let header: string[] | undefined;
  for (const [line, number] of linesOf(text)) {
    const fields = line.split(',');
    if (header === undefined) {
      header = fields;
      const absent = columns.filter((column) => !fields.includes(column));
      if (absent.length > 0) throw new TraceError(name, number, `there is no column ${absent.join(', ')}`);
      continue;
    }
    if (fields.length < header.length) throw new TraceError(name, number, 'fields are missing');
    yield { number, row: Object.fromEntries(header.map((column, at) => [column, fields[at]!])) };
  }
}

export function numberIn(name: string, line: number, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(value))
    throw new TraceError(name, line, `"${text}" is no number`);
  return value;
}

/** From 0, by submission; whole seconds. */
export function ordered(jobs: TraceJob[]): TraceJob[] {
  const sorted = jobs.sort((a, b) => a.submit - b.submit);
  const zero = sorted[0]?.submit ?? 0;
  return sorted.map((job) => ({ ...job, submit: Math.floor(job.submit - zero) }));
}
