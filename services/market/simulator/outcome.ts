/** What a run was for each owner's users. */
import type { Run } from './run.ts';
import type { Workload } from './workload.ts';

export type OwnerOutcome = {
  owner: string;
  nodes: number;
  jobs: number;
  /** Jobs that had not started at the end. */
  unserved: number;
  /** Bounded slowdown: (wait + run) / run, with runs of under ten minutes counted as ten. */
  p95: number;
  mean: number;
  meanWaitS: number;
  /** Node-seconds of measured jobs that ran. */
  served: number;
  /** Of them, on rented nodes. */
  rented: number;
  /** Credits won or lost. */
  net: number;
};

const BOUND_S = 600;

export function outcomes(workload: Workload, run: Run): OwnerOutcome[] {
  return workload.owners.map(({ name, nodes }, owner) => {
    const jobs = workload.jobs.filter((job) => job.owner === owner && job.submit >= workload.measureFrom);
    const ran = jobs.flatMap((job) => run.ran.get(job.id) ?? []);
    const waits = jobs.map((job) => (run.ran.get(job.id)?.start ?? workload.until) - job.submit);
    const slowdowns = jobs.map((job, at) => {
      const length = Math.max(job.run, BOUND_S);
      return Math.max(1, (waits[at]! + job.run) / length);
    });
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    return {
      ...{ owner: name, nodes, jobs: jobs.length, unserved: jobs.length - ran.length },
      ...{ p95: quantile(slowdowns, 0.95), mean: sum(slowdowns) / Math.max(1, jobs.length) },
      meanWaitS: sum(waits) / Math.max(1, jobs.length),
      served: sum(ran.map(({ job }) => job.run * job.nodes)),
      rented: sum(ran.map(({ job, rented }) => job.run * rented)),
      net: Number((run.net[owner] ?? 0n) / 10_000n) / 100,
    };
  });
}

export function quantile(values: readonly number[], at: number): number {
  if (values.length === 0) return 1;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!;
}
