/**
 * Standard Workload Format (parallelworkloads.org): 18 numbers a line, `;` before comments. -1 is unknown. Used are the
 * fields 2 submit, 3 wait, 4 run time, 5 processors allocated, 8 processors requested, 9 time requested,
 * 16 partition, which in grids is the site.
 */
import { linesOf, numberIn, ordered, type Trace, TraceError, type TraceJob } from './trace.ts';

const FIELDS = 18;

/** `perNode`: processors of a node; nodes are whole. Jobs that did not run are left out. */
export function readSwf(name: string, text: string, perNode = perNodeOf(text)): Trace {
  const jobs: TraceJob[] = [];
  for (const [line, number] of linesOf(text)) {
    if (line.startsWith(';')) continue;
    const fields = line.split(/\s+/);
    if (fields.length < FIELDS) throw new TraceError(name, number, `${fields.length} of ${FIELDS} fields`);
    const at = (field: number) => numberIn(name, number, fields[field - 1]);
    const run = Math.round(at(4));
    const processors = at(5) > 0 ? at(5) : at(8);
    if (run <= 0 || processors <= 0) continue;
    const estimate = Math.max(run, Math.round(at(9)));
    jobs.push({
      submit: at(2),
      run,
      estimate,
      nodes: Math.ceil(processors / perNode),
      wait: Math.max(0, at(3)),
      ...(at(16) > 0 && { site: at(16) }),
    });
  }
  return { name, jobs: ordered(jobs) };
}

/** Its header may say how many nodes and processors there are. */
function perNodeOf(text: string): number {
  const of = (key: string) => Number(new RegExp(`^;\\s*${key}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const [nodes, processors] = [of('MaxNodes'), of('MaxProcs')];
  return nodes > 0 && processors >= nodes ? Math.round(processors / nodes) : 1;
}

/** Each site as a trace of its own, the largest first. */
export function sitesOf({ name, jobs }: Trace): Trace[] {
  const sites = [...Map.groupBy(jobs, ({ site }) => site ?? 0)];
  const traces = sites.map(([site, jobs]) => ({ name: `${name}-${site}`, jobs: ordered(jobs) }));
  return traces.sort((a, b) => b.jobs.length - a.jobs.length || (a.name < b.name ? -1 : 1));
}
