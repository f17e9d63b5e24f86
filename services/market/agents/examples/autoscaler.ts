/** A cloud's autoscaler: as many nodes as its load needs, in short leases; those too many are given back. */
import type { BuyerAction, BuyerPolicy } from '../policy.ts';

export type AutoscalerOptions = { leaseSlots: number; limit: bigint };

/** Its load is one job whose `nodes` say how many are needed now. */
export const autoscaler =
  ({ leaseSlots, limit }: AutoscalerOptions): BuyerPolicy =>
  ({ slot, jobs, bids, leases, budget }) => {
    const [load] = jobs;
    const wanted = load?.nodes ?? 0;
    // A lease that ends with the next slot is no longer counted on.
    const lasting = leases.filter(({ end }) => end > slot + 1);
    const has = lasting.reduce((sum, one) => sum + one.nodes, 0);
    const asked = bids.reduce((sum, one) => sum + one.nodes, 0);
    const actions: BuyerAction[] = [];
    const lacks = wanted - has - asked;
    const price = limit * BigInt(Math.max(lacks, 0) * leaseSlots);
    if (lacks > 0 && price <= budget) {
      const when = { earliest: slot + 1, latest: slot + 2, minNotice: 1 };
      // One at a time: a cloud is served by any number of nodes.
      for (let n = 0; n < lacks; n++)
        actions.push({ do: 'bid', job: load!.id, nodes: 1, slots: leaseSlots, limit, ...when });
    }
    let over = has - wanted;
    for (const lease of lasting.toSorted((a, b) => b.end - a.end)) {
      if (lease.nodes > over) continue;
      actions.push({ do: 'release', lease: lease.id });
      over -= lease.nodes;
    }
    return { actions };
  };
