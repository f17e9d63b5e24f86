/** A small made workload: owners whose busy days fall on different days. For tests; it says nothing about the world. */
import { chance } from './dice.ts';
import type { Job, Workload } from './workload.ts';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

export function madeWorkload(seed: number, owners = 3, days = 4): Workload {
  const jobs: Omit<Job, 'id'>[] = [];
  for (let owner = 0; owner < owners; owner++) {
    for (let day = 0; day < days; day++) {
      const count = day % owners === owner ? 40 : 8;
      for (let n = 0; n < count; n++) {
        const dice = (what: string, most: number) => Math.floor(chance(seed, what, owner, day, n) * most);
        const run = 600 + dice('run', 2 * HOUR_S);
        const submit = day * DAY_S + dice('submit', DAY_S);
        const value = BigInt(1_000_000 + dice('value', 3_000_000));
        jobs.push({
          owner,
          submit,
          run,
          estimate: run + dice('over', HOUR_S),
          nodes: 1 + dice('nodes', 4),
          value,
        });
      }
    }
  }
  return {
    owners: Array.from({ length: owners }, (_, owner) => ({ name: `owner-${owner}`, nodes: 5 })),
    jobs: jobs.sort((a, b) => a.submit - b.submit || a.owner - b.owner).map((job, id) => ({ ...job, id })),
    measureFrom: 0,
    until: (days + 10) * DAY_S,
  };
}
