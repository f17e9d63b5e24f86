/** A testbed's calendar: experiments at fixed times, reserved as soon as they are known, on firm nodes of one owner's choosing. */
import type { BuyerPolicy } from '../policy.ts';

/** A job's deadline less its length is its appointment. */
export const calendar: BuyerPolicy = ({ slot, jobs, bids, leases, done }) => {
  const served = new Set([...[...bids, ...leases].map(({ job }) => job), ...done]);
  return {
    actions: jobs
      .filter((job) => !served.has(job.id) && job.deadline - job.slots > slot)
      .map((job) => {
        const start = job.deadline - job.slots;
        const limit = job.value / BigInt(job.nodes * job.slots);
        return {
          do: 'bid',
          job: job.id,
          nodes: job.nodes,
          slots: job.slots,
          earliest: start,
          latest: start,
          limit,
          minNotice: null,
        } as const;
      }),
  };
};
