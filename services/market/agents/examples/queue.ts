/** A batch queue, as Slurm's: one bid for each job that waits, with its deadline as the window and its value as the limit. */
import type { BuyerAction, BuyerPolicy } from '../policy.ts';

export const queue: BuyerPolicy = ({ slot, jobs, bids, leases, done, budget }) => {
  const served = new Set([...[...bids, ...leases].map(({ job }) => job), ...done]);
  const actions: BuyerAction[] = [];
  let left = budget;
  // The nearest deadline first, for as long as the money lasts.
  for (const job of jobs.toSorted((a, b) => a.deadline - b.deadline || (a.id < b.id ? -1 : 1))) {
    const latest = job.deadline - job.slots;
    if (served.has(job.id) || latest < slot + 1) continue;
    const limit = job.value / BigInt(job.nodes * job.slots);
    if (job.value > left || limit === 0n) continue;
    left -= job.value;
    actions.push({
      ...{ do: 'bid', job: job.id, nodes: job.nodes, slots: job.slots, limit },
      // With time to run again, recallable nodes will do.
      ...{ earliest: slot + 1, latest, minNotice: latest - slot > 2 * job.slots ? 1 : null },
    });
  }
  return { actions };
};
