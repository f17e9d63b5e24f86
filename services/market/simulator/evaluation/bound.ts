/**
 * What pooling could save by use alone, whatever the queues: hardware for 99 % of the hours of all owners together,
 * against each owner's. A bound that no scheduling is in.
 */
import { quantile } from '../outcome.ts';
import type { Run } from '../run.ts';
import type { Workload } from '../workload.ts';

const HOUR_S = 3_600;
const COVERED = 0.99;

/** `silo`: the run of the silos, which says when jobs ran. The share of all hardware that is not needed. */
export function boundByUse(
  { owners, measureFrom, until }: Workload,
  silo: Pick<Run, 'ran'>,
  weeksS: number,
): number {
  const end = Math.min(until, weeksS);
  const hours = new Float64Array(Math.ceil((end - measureFrom) / HOUR_S));
  for (const { job, start } of silo.ran.values()) {
    const [from, to] = [
      Math.max(start, measureFrom) - measureFrom,
      Math.min(start + job.run, end) - measureFrom,
    ];
    for (let hour = Math.floor(from / HOUR_S); hour * HOUR_S < to; hour++) {
      const overlap = Math.min(to, (hour + 1) * HOUR_S) - Math.max(from, hour * HOUR_S);
      hours[hour]! += (job.nodes * overlap) / HOUR_S;
    }
  }
  const nodes = owners.reduce((sum, one) => sum + one.nodes, 0);
  return 1 - quantile([...hours], COVERED) / nodes;
}
