/** One run of one system as it is told: what it was for each owner, and how much was traded at what price. */
import { type OwnerOutcome, outcomes } from '../outcome.ts';
import type { Run } from '../run.ts';
import type { System } from '../systems.ts';
import type { Workload } from '../workload.ts';

export type Result = {
  system: System;
  seed: number;
  scale: number;
  logHash: string;
  events: number;
  owners: OwnerOutcome[];
  rentedNodeHours: number;
  /** By day: how many trades, and their price weighted by nodes, in credits per node-slot. */
  days: { day: number; trades: number; price: number }[];
};

const DAY_S = 86_400;

export function resultOf(
  of: { system: System; seed: number; scale: number; slotS: number },
  workload: Workload,
  run: Run,
): Result {
  const { slotS, ...named } = of;
  const days = [...Map.groupBy(run.prices, ({ at }) => Math.floor(at / DAY_S))].map(([day, trades]) => {
    const nodes = trades.reduce((sum, one) => sum + one.nodes, 0);
    const paid = trades.reduce((sum, one) => sum + Number(one.price) * one.nodes, 0);
    return { day, trades: trades.length, price: paid / nodes / 1e6 };
  });
  return {
    ...named,
    ...{ logHash: run.logHash, events: run.events, owners: outcomes(workload, run), days },
    rentedNodeHours: (run.rentedNodeSlots * slotS) / 3_600,
  };
}

const COLUMNS: readonly (keyof OwnerOutcome)[] = [
  ...(['owner', 'nodes', 'jobs', 'unserved', 'p95', 'mean'] as const),
  ...(['meanWaitS', 'served', 'rented', 'net'] as const),
];

/** A line for each run and owner; `served` and `rented` in node-seconds, `net` in credits. */
export function csvOf(results: readonly Result[]): string {
  const lines = results.flatMap(({ system, seed, scale, logHash, owners }) =>
    owners.map((owner) => [system, seed, scale, ...COLUMNS.map((column) => owner[column]), logHash]),
  );
  const head = ['system', 'seed', 'scale', ...COLUMNS, 'logHash'];
  return `${[head, ...lines].map((line) => line.join(',')).join('\n')}\n`;
}
