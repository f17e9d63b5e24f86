/** The systems that are compared, each on the same workload with the same policies of its owners. */
import type { Config } from '../market/index.ts';
import { keeper } from '../policies/ask.ts';
import { impatient, longAbroad, rentAhead } from '../policies/bid.ts';
import { growth } from '../policies/forecast.ts';
import { type Options, type Run, simulate } from './simulate.ts';
import { esiLeap, flocx, kDouble, posted } from './venues/baselines.ts';
import { type MarketOptions, marketVenue } from './venues/market.ts';
import type { Venue } from './venues/venue.ts';
import { pooled, type Workload } from './workload.ts';

export const SYSTEMS = [
  'static',
  'pool',
  'market',
  'market-breaker',
  'esi-leap',
  'flocx',
  'posted',
  'k-double',
] as const;
export type System = (typeof SYSTEMS)[number];

export type Knobs = {
  slotS: number;
  provisionS: number;
  /** What an owner keeps back when it lends, and free when it rents: see `keeper` and `longAbroad`. */
  coverPpm: number;
  delayedMaxPpm: number;
  soonPpm: number;
  soonSlots: number;
  delayPpm: number;
  ladder: readonly number[];
  /** For how long nodes are rented ahead, and how many more at most each time: see `rentAhead`. */
  aheadSlots: number;
  aheadMost: number;
  /** Whether owners look at the same hours of last week too. */
  byWeek: boolean;
  market?: MarketOptions;
  progress?: Options['progress'];
};
export const KNOBS: Knobs = {
  slotS: 900,
  provisionS: 180,
  coverPpm: 950_000,
  delayedMaxPpm: 50_000,
  soonPpm: 980_000,
  soonSlots: 2,
  delayPpm: 25_000,
  ladder: [4, 16, 96, 288, 672],
  aheadSlots: 12,
  aheadMost: 0,
  byWeek: false,
};

/** Wide enough that nothing is held: what the breaker does to a market of spot bids is measured apart. */
export const OPEN_BREAKER: Partial<Config> = { bandPpm: 1_000_000_000 };

/** What a node-slot costs its owner; half of what the least of the jobs is worth. */
const RESERVE = 500_000n;
/** The operator's price: in the middle of what jobs are worth at first. */
const POSTED = 2_500_000n;
/** What a node-slot is worth that is only rented in case: less than most jobs are. */
const AHEAD = 1_500_000n;
const MOST_TIMES_VALUE = 10;

export function runSystem(system: System, workload: Workload, knobs: Knobs): Run {
  const { slotS, provisionS, progress } = knobs;
  const remembered = Math.round((7 * 86_400) / slotS);
  // One more, to see the same hour.
  const common = { slotS, provisionS, remembered: remembered + 1, progress };
  if (system === 'static') return simulate(workload, { ...common, trading: null });
  if (system === 'pool') return simulate(workload, { ...common, trading: null, pool: pooled(workload) });
  const { coverPpm, delayedMaxPpm, soonPpm, delayPpm, ladder } = knobs;
  const trading = {
    venue: venueOf(system, workload, knobs),
    ask: keeper({ coverPpm, delayedMaxPpm, ladder, reserve: RESERVE, week: knobs.byWeek ? remembered : 0 }),
    bid: impatient(MOST_TIMES_VALUE),
    abroad: longAbroad(delayPpm),
    ahead: rentAhead({ slots: knobs.aheadSlots, limit: AHEAD, most: knobs.aheadMost }),
    soon: (levels: readonly number[]) => growth(levels, knobs.soonSlots, soonPpm),
    longest: Math.max(...ladder),
  };
  return simulate(workload, { ...common, trading });
}

function venueOf(system: Exclude<System, 'static' | 'pool'>, { owners }: Workload, knobs: Knobs): Venue {
  const { slotS, market = {}, ladder } = knobs;
  const horizon = Math.max(...ladder);
  switch (system) {
    case 'market':
      return marketVenue(slotS, owners, {
        ...market,
        config: { horizon, ...OPEN_BREAKER, ...market.config },
      });
    case 'market-breaker':
      return marketVenue(slotS, owners, { ...market, config: { horizon, ...market.config } });
    case 'esi-leap':
      return esiLeap(slotS, owners.length);
    case 'flocx':
      return flocx(slotS, owners.length);
    case 'posted':
      return posted(slotS, owners.length, POSTED);
    case 'k-double':
      return kDouble(slotS, owners.length);
  }
}
