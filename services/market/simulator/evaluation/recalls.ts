/** (g), (h): owners that have nodes back which they lent: what it brings, and what it costs those who rented them. */
import { KNOBS, RECALLED } from '../systems.ts';
import { scaled } from '../workload.ts';
import { mean, run, worseOff } from './criterion.ts';
import type { World } from './world.ts';

export type Recall = {
  /** Of the jobs, the share that can be stopped and go on elsewhere; null: everything is lent firmly. */
  stoppable: number | null;
  worse: number;
  waitS: number;
  rentedNodeHours: number;
  /** Nodes that owners had back; those of them for which their tenants were given others; jobs stopped. */
  recalled: number;
  moved: number;
  stopped: number;
};

/** Of the silos' hardware: where home is tight, nodes are wanted back. */
const SCALE = 0.95;

export function recalls({ four }: World, say: (text: string) => void): Recall[] {
  const workload = four(1);
  const silo = run('static', workload, KNOBS).owners;
  const tight = scaled(workload, SCALE);
  return [null, 250_000, 500_000, 1_000_000].map((stoppablePpm): Recall => {
    const recall = stoppablePpm === null ? null : { ...RECALLED, stoppablePpm };
    const { owners, rentedNodeSlots, recalls } = run('market', tight, { ...KNOBS, recall });
    const worse = worseOff(silo, owners).length;
    const stoppable = stoppablePpm === null ? null : stoppablePpm / 1e6;
    say(`recallable, ${stoppable ?? 'no'} stoppable: ${recalls.nodes} nodes had back, ${worse} worse off`);
    return {
      ...{ stoppable, worse, waitS: mean(owners.map(({ meanWaitS }) => meanWaitS)) },
      rentedNodeHours: (rentedNodeSlots * KNOBS.slotS) / 3_600,
      ...{ recalled: recalls.nodes, moved: recalls.moved, stopped: recalls.stopped },
    };
  });
}
