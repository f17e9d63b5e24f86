/** What a trade moves, in whole micro-credits: what the buyer pays is exactly what all others receive. */
import type { Trade } from './types.ts';

export type Totals = {
  /** From the buyer. */
  paid: bigint;
  /** To the market. */
  fee: bigint;
  /** To the insurance fund. */
  withheld: bigint;
  /** From the subsidy fund, besides what the buyer pays; contained in `owners`. */
  subsidy: bigint;
  /** To each ask's owner. */
  owners: ReadonlyMap<string, { owner: string; amount: bigint }>;
};

/** paid + subsidy = fee + withheld + all of owners. */
export function totalsOf({ start, end, hosts }: Trade): Totals {
  const totals = { paid: 0n, fee: 0n, withheld: 0n, subsidy: 0n };
  const owners = new Map<string, { owner: string; amount: bigint }>();
  for (const host of hosts) {
    const nodeSlots = BigInt(host.nodes * (end - start));
    totals.paid += host.price * nodeSlots;
    totals.fee += host.fee * nodeSlots;
    totals.withheld += host.withheld * nodeSlots;
    totals.subsidy += host.subsidy * nodeSlots;
    const before = owners.get(host.ask)?.amount ?? 0n;
    const amount = before + (host.gross - host.fee + host.subsidy) * nodeSlots;
    owners.set(host.ask, { owner: host.owner, amount });
  }
  return { ...totals, owners };
}
