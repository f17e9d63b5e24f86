/** OpenDC's task tables: `submission_time` and `duration` in milliseconds, `cpu_count`; nodes have 16 processors, as SURF's. */
import { numberIn, ordered, rowsOf, type Trace, type TraceJob } from './trace.ts';

const PER_NODE = 16;

export function readOpendc(name: string, text: string): Trace {
  const jobs: TraceJob[] = [];
  for (const { number, row } of rowsOf(name, text, ['submission_time', 'duration', 'cpu_count'])) {
    const at = (column: string) => numberIn(name, number, row[column]);
    const run = Math.round(at('duration') / 1000);
    const nodes = Math.ceil(at('cpu_count') / PER_NODE);
    if (run > 0 && nodes > 0) jobs.push({ submit: at('submission_time') / 1000, run, estimate: run, nodes });
  }
  return { name, jobs: ordered(jobs) };
}
