/** The systems that are compared, each on the same workload with the same policies of its owners. */
import type { Config } from '../market/index.ts';
import { keeper } from '../policies/ask.ts';
import { impatient } from '../policies/bid.ts';
import { type Options, type Run, simulate } from './simulate.ts';
import { esiLeap, flocx, posted } from './venues/baselines.ts';
import { marketVenue } from './venues/market.ts';
import type { Venue } from './venues/venue.ts';
import { pooled, type Workload } from './workload.ts';

export const SYSTEMS = ['static', 'pool', 'market', 'market-breaker', 'esi-leap', 'flocx', 'posted'] as const;
export type System = (typeof SYSTEMS)[number];

export type Knobs = {
  slotS: number;
  provisionS: number;
  /** Of the slots of the last day, the share whose new jobs would fit into what an owner keeps back. */
  coverPpm: number;
  /** For how many slots an owner lends. */
  lendSlots: number;
  config?: Partial<Config>;
  progress?: Options['progress'];
};
export const KNOBS: Knobs = { slotS: 900, provisionS: 180, coverPpm: 500_000, lendSlots: 96 };

/** Wide enough that nothing is held: what the breaker does to a market of spot bids is measured apart. */
export const OPEN_BREAKER: Partial<Config> = { bandPpm: 1_000_000_000 };

/** What a node-slot costs its owner; half of what the least of the jobs is worth. */
const RESERVE = 500_000n;
/** The operator's price: in the middle of what jobs are worth at first. */
const POSTED = 2_500_000n;
const MOST_TIMES_VALUE = 10;

export function runSystem(system: System, workload: Workload, knobs: Knobs): Run {
  const { slotS, provisionS, progress } = knobs;
  const common = { slotS, provisionS, remembered: Math.round(86_400 / slotS), progress };
  if (system === 'static') return simulate(workload, { ...common, trading: null });
  if (system === 'pool') return simulate(workload, { ...common, trading: null, pool: pooled(workload) });
  const ask = keeper({ coverPpm: knobs.coverPpm, slots: knobs.lendSlots, reserve: RESERVE });
  const bid = impatient(MOST_TIMES_VALUE);
  const trading = { venue: venueOf(system, workload, knobs), ask, bid, longest: knobs.lendSlots };
  return simulate(workload, { ...common, trading });
}

function venueOf(system: Exclude<System, 'static' | 'pool'>, { owners }: Workload, knobs: Knobs): Venue {
  const { slotS, config, lendSlots: horizon } = knobs;
  switch (system) {
    case 'market':
      return marketVenue(slotS, owners, { horizon, ...OPEN_BREAKER, ...config });
    case 'market-breaker':
      return marketVenue(slotS, owners, { horizon, ...config });
    case 'esi-leap':
      return esiLeap(slotS, owners.length);
    case 'flocx':
      return flocx(slotS, owners.length);
    case 'posted':
      return posted(slotS, owners.length, POSTED);
  }
}
