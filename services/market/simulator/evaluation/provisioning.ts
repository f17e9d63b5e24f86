/** (c), (d): what minutes of provisioning cost, and what it costs to insist on attested nodes. */
import { KNOBS } from '../systems.ts';
import type { Workload } from '../workload.ts';
import { leastHardware, mean, run } from './criterion.ts';
import type { World } from './world.ts';

/** From the start of a lease to the tenant's system; and once more to the owner's. */
export const WAYS = [
  { way: 'diskless, LinuxBoot', seconds: 180 },
  { way: 'attested', seconds: 240 },
  { way: 'diskless', seconds: 300 },
  { way: 'attested and encrypted', seconds: 420 },
  { way: 'to disk, fast', seconds: 660 },
  { way: 'to disk, slow', seconds: 900 },
] as const;

export type Way = { way: string; seconds: number; saved: number; waitS: number; rentedNodeHours: number };

/** The draw in which there is most to be had. */
const DRAW = 3;

export function ways({ four, size }: World, say: (text: string) => void): Way[] {
  const workload = four(DRAW);
  // Of a short evaluation the fastest and the slowest.
  const tried = size.weeks < 1 ? [WAYS[0]!, WAYS.at(-1)!] : WAYS;
  return tried.map(({ way, seconds }) => {
    const knobs = { ...KNOBS, provisionS: seconds };
    const silo = run('static', workload, knobs).owners;
    const { owners, rentedNodeSlots } = run('market', workload, knobs);
    const saved = 1 - leastHardware('market', workload, knobs, silo);
    say(`${seconds / 60} min of provisioning: ${(100 * saved).toFixed(1)} % less hardware`);
    const waitS = mean(owners.map(({ meanWaitS }) => meanWaitS));
    return { way, seconds, saved, waitS, rentedNodeHours: (rentedNodeSlots * knobs.slotS) / 3_600 };
  });
}

/** One buyer insists; of the others, the first ones have what it insists on. */
export type Insistence = { offering: number; price: number; waitS: number; rentedNodeHours: number };
/** In `four` the one that rents most: the university's cluster. */
const BUYER = 2;

export function insistence({ four, size }: World, say: (text: string) => void): Insistence[] {
  const workloads = size.draws.slice(0, 2).map((seed) => four(seed));
  return [3, 2, 1].map((offering) => {
    const each = workloads.map((workload) => {
      const { prices, owners } = run('market', withTiers(workload, offering), KNOBS);
      const rents = prices.filter(({ owner }) => owner === BUYER);
      const volume = rents.reduce((sum, { nodes, slots }) => sum + nodes * slots, 0);
      const paid =
        rents.reduce((sum, { price, nodes, slots }) => sum + Number(price) * nodes * slots, 0) / 1e6;
      return { paid, volume, waitS: owners[BUYER]!.meanWaitS };
    });
    const volume = each.reduce((sum, one) => sum + one.volume, 0);
    const price = each.reduce((sum, one) => sum + one.paid, 0) / Math.max(1, volume);
    say(`attested nodes at ${offering} of 3 owners: ${price.toFixed(2)} credits`);
    const rentedNodeHours = (volume * KNOBS.slotS) / 3_600 / each.length;
    return { offering, price, waitS: mean(each.map((one) => one.waitS)), rentedNodeHours };
  });
}

/** The smallest lenders lose it first: with one of three it is the largest that still has it. */
function withTiers(workload: Workload, offering: number): Workload {
  const others = workload.owners.map(({ nodes }, at) => ({ nodes, at })).filter(({ at }) => at !== BUYER);
  const having = new Set(
    others
      .sort((a, b) => b.nodes - a.nodes)
      .slice(0, offering)
      .map(({ at }) => at),
  );
  const owners = workload.owners.map((owner, at) => ({
    ...owner,
    tier: having.has(at) ? 1 : 0,
    needs: at === BUYER ? 1 : 0,
  }));
  return { ...workload, owners };
}
