/**
 * CloudLab's experiments: `swapin_time` and `end` in seconds since 1970, `pnodes` bare-metal nodes. Nobody said before
 * how long it would take, so the estimate is what it took.
 */
import { numberIn, ordered, rowsOf, type Trace, type TraceJob } from './trace.ts';

export function readCloudlab(name: string, text: string): Trace {
  const jobs: TraceJob[] = [];
  for (const { number, row } of rowsOf(name, text, ['swapin_time', 'end', 'pnodes'])) {
    const at = (column: string) => numberIn(name, number, row[column]);
    const run = Math.round(at('end') - at('swapin_time'));
    const nodes = Math.round(at('pnodes'));
    if (run > 0 && nodes > 0) jobs.push({ submit: at('swapin_time'), run, estimate: run, nodes });
  }
  return { name, jobs: ordered(jobs) };
}
