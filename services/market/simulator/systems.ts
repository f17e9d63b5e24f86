/** The systems that are compared, each on the same workload with the same policies of its owners. */
import type { Config } from '../market/index.ts';
import { keeper, takeBackWhatLacks } from '../policies/ask.ts';
import { impatient, longAbroad, rentAhead } from '../policies/bid.ts';
import { growth, type Past } from '../policies/forecast.ts';
import { chance } from './dice.ts';
import type { Options, Run } from './run.ts';
import { simulate } from './simulate.ts';
import { esiLeap, flocx, kDouble, posted } from './venues/baselines.ts';
import { type MarketOptions, marketVenue } from './venues/market.ts';
import type { Venue } from './venues/venue.ts';
import { pooled, type Workload } from './workload.ts';

export const SYSTEMS = [
  'static',
  'pool',
  'market',
  'market-no-breaker',
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
  soonS: number;
  delayPpm: number;
  budgetPpm: number;
  spentPpm: number;
  /** For how long owners lend. */
  ladderS: readonly number[];
  /** Whether what is kept is to do for so many of the jobs, or of the times. */
  byJobs: boolean;
  soonByJobs: boolean;
  /** For how long nodes are rented ahead, and how many more at most each time: see `rentAhead`. */
  aheadS: number;
  aheadMost: number;
  /** Whether owners look at the same hours of last week too. */
  byWeek: boolean;
  /** Owners lend recallably too, with so much notice; of the jobs so many can be stopped and go on. Null: firmly only. */
  recall: { noticeS: number; coverPpm: number; stoppablePpm: number } | null;
  market?: MarketOptions;
  progress?: Options['progress'];
};
const HOUR_S = 3_600;
const WEEK_S = 168 * HOUR_S;
/** As the agent of an owner does it; half of the jobs can be stopped: a model, like what they are worth. */
export const RECALLED: NonNullable<Knobs['recall']> = {
  ...{ noticeS: 900, coverPpm: 900_000, stoppablePpm: 500_000 },
};
export const KNOBS: Knobs = {
  slotS: 900,
  provisionS: 180,
  coverPpm: 950_000,
  delayedMaxPpm: 50_000,
  soonPpm: 980_000,
  soonS: 1_800,
  delayPpm: 25_000,
  budgetPpm: 0,
  spentPpm: 50_000,
  ladderS: [HOUR_S, 4 * HOUR_S, 24 * HOUR_S, 72 * HOUR_S, WEEK_S],
  byJobs: false,
  soonByJobs: false,
  aheadS: 3 * HOUR_S,
  aheadMost: 0,
  byWeek: false,
  recall: RECALLED,
};

/** Wide enough that nothing is held: to see what the breaker does. */
export const NO_BREAKER: Partial<Config> = { bandPpm: 1_000_000_000_000 };

/** What a forecast looks back on is counted so. */
const EACH_S = 900;

/** What a node-slot costs its owner; half of what the least of the jobs is worth. */
const RESERVE = 500_000n;
/** What may be had back is cheaper, and lent for a day. */
const RECALLABLE_RESERVE = 375_000n;
const RECALLABLE_S = 24 * HOUR_S;
/** The operator's price: in the middle of what jobs are worth at first. */
const POSTED = 2_500_000n;
/** What a node-slot is worth that is only rented in case: less than most jobs are. */
const AHEAD = 1_500_000n;
const MOST_TIMES_VALUE = 10;

export function runSystem(system: System, workload: Workload, knobs: Knobs): Run {
  const { slotS, provisionS, progress } = knobs;
  const slotsEach = Math.max(1, Math.round(EACH_S / slotS));
  const times = Math.round(WEEK_S / (slotsEach * slotS));
  // One more, to see the same hour.
  const common = { slotS, provisionS, remembered: times + 1, slotsEach, progress };
  if (system === 'static') return simulate(workload, { ...common, trading: null });
  if (system === 'pool') return simulate(workload, { ...common, trading: null, pool: pooled(workload) });
  const { coverPpm, delayedMaxPpm, soonPpm, delayPpm, budgetPpm, spentPpm, byJobs, soonByJobs } = knobs;
  // The others know no recalls.
  const recall = system === 'market' || system === 'market-no-breaker' ? knobs.recall : null;
  const seen = (past: Past, whether: boolean): Past => (whether ? past : timesOf(past));
  const ladder = knobs.ladderS.map((seconds) => seconds / slotS);
  const keep = keeper({
    ...{ coverPpm, delayedMaxPpm, ladder, reserve: RESERVE, slotsEach, week: knobs.byWeek ? times : 0 },
    recallable: recall
      ? {
          ...{ slots: RECALLABLE_S / slotS, notice: recall.noticeS / slotS },
          ...{ coverPpm: recall.coverPpm, reserve: RECALLABLE_RESERVE },
        }
      : undefined,
  });
  const soonTimes = Math.round(knobs.soonS / (slotsEach * slotS));
  return simulate(workload, {
    ...common,
    trading: {
      venue: venueOf(system, workload, knobs),
      ask: (view) => keep({ ...view, past: seen(view.past, byJobs) }),
      bid: impatient(MOST_TIMES_VALUE),
      abroad: longAbroad({ delayPpm, budgetPpm, spentPpm }),
      ahead: rentAhead({ slots: knobs.aheadS / slotS, limit: AHEAD, most: knobs.aheadMost }),
      soon: (past) => growth(seen(past, soonByJobs), soonTimes, soonPpm),
      longest: Math.max(...ladder),
      stoppable: ({ id }) => chance('stoppable', id) * 1_000_000 < (recall?.stoppablePpm ?? 0),
      recall: recall && { policy: takeBackWhatLacks, notice: recall.noticeS / slotS },
    },
  });
}

const timed = new WeakMap<Past, Past>();
/** All times alike; the same for the same, so that what was computed of it holds. */
function timesOf(past: Past): Past {
  const known = timed.get(past) ?? { levels: past.levels };
  timed.set(past, known);
  return known;
}

function venueOf(system: Exclude<System, 'static' | 'pool'>, { owners }: Workload, knobs: Knobs): Venue {
  const { slotS, market = {}, ladderS } = knobs;
  const horizon = Math.max(...ladderS) / slotS;
  switch (system) {
    case 'market':
      return marketVenue(slotS, owners, { ...market, config: { horizon, ...market.config } });
    case 'market-no-breaker':
      return marketVenue(slotS, owners, {
        ...market,
        config: { horizon, ...NO_BREAKER, ...market.config },
      });
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
