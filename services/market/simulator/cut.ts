/** From traces to a workload: a few weeks of each, side by side; each owner has what it needs on nearly all hours. */
import { chance } from './dice.ts';
import type { Trace, TraceJob } from './traces/trace.ts';
import type { Job, Owner, Workload } from './workload.ts';

export type CutOptions = {
  seed: number;
  weeks: number;
  /** Of the hours, the share in which an owner's hardware covers what its jobs took as they were recorded. */
  coverPpm: number;
  /** As many times the jobs: each is brought once more, or not, by chance. 1 is as it was. */
  demand?: number;
};

const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
const HOUR_S = 3_600;
/** The first days fill the machines. */
const WARM_S = 3 * DAY_S;
/** What waits at the end of the weeks has so long to run. */
const AFTER_S = 2 * WEEK_S;
/** Worth of a node-slot: from one to four credits, and evenly so. A model, not a measurement. */
const VALUE = { least: 1_000_000, span: 3_000_000 };

export function cut(traces: readonly Trace[], { seed, weeks, coverPpm, demand = 1 }: CutOptions): Workload {
  const length = weeks * WEEK_S;
  const windows = traces.map((trace) => windowOf(trace, seed, length));
  const owners = traces.map(({ name, jobs }): Owner => ({ name, nodes: sizeFor(jobs, coverPpm) }));
  const all = windows.flatMap((jobs, owner) => {
    // A job wider than its house was not this house's.
    const fitting = jobs.filter(({ nodes }) => nodes <= owners[owner]!.nodes);
    return fitting.flatMap((job, place) =>
      copies(job, demand, seed, owner, place).map((one) => ({ ...one, owner })),
    );
  });
  all.sort((a, b) => a.submit - b.submit || a.owner - b.owner);
  const jobs = all.map((job, id): Job => {
    const worth = VALUE.least + Math.floor(chance(seed, 'value', id) * VALUE.span);
    return { ...job, id, value: BigInt(worth) };
  });
  return { owners, jobs, measureFrom: WARM_S, until: length + AFTER_S };
}

/** One of those that end whole weeks before the trace does, and are at least half as busy as the busiest. */
function windowOf({ jobs }: Trace, seed: number, length: number): TraceJob[] {
  const last = Math.max(0, jobs.reduce((end, { submit, run }) => Math.max(end, submit + run), 0) - length);
  const count = Math.floor(last / WEEK_S) + 1;
  const windows = Array.from({ length: count }, (_, week) => {
    const within = windowAt(jobs, last - week * WEEK_S, length);
    const load = within.reduce(
      (sum, { submit, run, nodes }) => sum + (Math.min(submit + run, length) - submit) * nodes,
      0,
    );
    return { within, load };
  });
  const busiest = Math.max(...windows.map(({ load }) => load));
  const busy = windows.filter(({ load }) => load * 2 >= busiest);
  return busy[Math.floor(chance(seed, 'window', jobs.length) * busy.length)]!.within;
}

/** What ran at its beginning is there at second 0, with the rest of its time. */
function windowAt(jobs: readonly TraceJob[], from: number, length: number): TraceJob[] {
  return jobs.flatMap(({ submit, run, estimate, nodes, wait = 0 }) => {
    const end = submit + run;
    if (end <= from || submit >= from + length) return [];
    const gone = Math.max(0, from - submit);
    return [
      {
        submit: Math.max(0, submit - from),
        run: run - gone,
        estimate: Math.max(run, estimate) - gone,
        nodes,
        wait: gone > 0 ? 0 : wait,
      },
    ];
  });
}

function sizeFor(jobs: readonly TraceJob[], coverPpm: number): number {
  // What ran on after the last came is its end, not its use.
  const length = (jobs.at(-1)?.submit ?? 0) + 1;
  const hours = new Float64Array(Math.ceil(length / HOUR_S));
  for (const { submit, wait = 0, run, nodes } of jobs) {
    const begin = submit + wait;
    const end = Math.min(begin + run, length);
    for (let hour = Math.floor(begin / HOUR_S); hour * HOUR_S < end; hour++) {
      const overlap = Math.min(end, (hour + 1) * HOUR_S) - Math.max(begin, hour * HOUR_S);
      hours[hour]! += (nodes * overlap) / HOUR_S;
    }
  }
  const sorted = hours.sort();
  return Math.max(
    1,
    Math.ceil(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * coverPpm) / 1e6))]!),
  );
}

/** A demand of 1.3 is each job, and three in ten once more within the hour. */
function copies(job: TraceJob, demand: number, seed: number, owner: number, place: number): TraceJob[] {
  const dice = (what: string) => chance(seed, what, owner, place);
  const count = Math.floor(demand) + (dice('more') < demand % 1 ? 1 : 0);
  return Array.from({ length: count }, (_, n) =>
    n === 0
      ? job
      : { ...job, submit: job.submit + Math.floor(chance(seed, 'later', owner, place, n) * HOUR_S) },
  );
}
