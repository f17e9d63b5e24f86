/** What the market is worth to owners: the simulator's evaluation, on traces from the folder `BULLION_TRACES`. */
import { mean } from '../../services/market/simulator/evaluation/criterion.ts';
import { type Evaluation, FULL, QUICK } from '../../services/market/simulator/evaluation/evaluation.ts';
import {
  captured,
  capturedAtMost,
  capturedOfUse,
} from '../../services/market/simulator/evaluation/hardware.ts';
import { evaluateOnAll } from '../../services/market/simulator/evaluation/threads.ts';
import { type BenchOptions, type Figure, rounded } from '../common/figures.ts';

export async function measureEvaluation({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  return figuresOf(await evaluateOnAll(process.env.BULLION_TRACES, quick ? QUICK : FULL, say));
}

export function figuresOf(evaluation: Evaluation): Record<string, Figure> {
  const { savings, extra, ways, insistence, fairness, cascades, spirals, recalls, five, world, size } =
    evaluation;
  const market = savings.filter(({ system }) => system === 'market');
  const note = `${size.draws.length} draws of ${size.weeks} weeks: ${world}`;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const share = (value: number, note?: string, target?: string): Figure => ({
    ...{ value: rounded(value, 3), unit: '', note, target },
  });
  const saved = (of: typeof savings, system: string) =>
    mean(of.filter((one) => one.system === system).map((one) => one.saved));
  const bound = mean(savings.map((one) => one.bound));
  const baselines = ['static', 'pool', 'k-double', 'posted', 'esi-leap', 'flocx'] as const;
  const [, plain, helped, firmly] = fairness;
  const smallest = (one: typeof plain): Figure => ({
    ...{ value: rounded((one?.smallest.waitS ?? 0) / 60, 1), unit: 'min' },
    note: `silo: ${rounded((fairness[0]?.smallest.waitS ?? 0) / 60, 1)} min`,
  });
  return {
    pooling_captured: share(
      captured(savings),
      `of what one pool with one queue saves, which sees all jobs; ${note}`,
      '>= 0.8',
    ),
    pooling_captured_capped: share(
      capturedAtMost(savings),
      'the same, no draw for more than its pool',
      '>= 0.8',
    ),
    pooling_captured_of_use: share(
      capturedOfUse(savings),
      `of what use alone would allow, whatever the queues (${rounded(bound, 3)}); the pool: ${rounded(saved(savings, 'pool') / bound, 2)}`,
      '>= 0.8',
    ),
    owners_worse_off: {
      ...{ value: sum(market.map(({ worse }) => worse)), unit: '', target: '0' },
      note: `on equal hardware, p95 slowdown; at all, and be it a thousandth: ${sum(market.map((one) => one.worseAtAll))} of ${market.length * 4}`,
    },
    hardware_saved: share(mean(market.map(({ trimmed }) => trimmed)), 'nobody worse off'),
    hardware_saved_evenly: share(saved(savings, 'market'), 'everyone the same share, as the baselines'),
    ...Object.fromEntries(
      baselines.map((one) => [`hardware_saved_${one.replace('-', '_')}`, share(saved(savings, one))]),
    ),
    hardware_saved_five: share(
      saved(five, 'market'),
      `with an owner larger than all others; pool: ${rounded(saved(five, 'pool'), 3)}`,
    ),
    extra_demand: share(
      mean(extra.filter(({ system }) => system === 'market').map((one) => one.extra)),
      `pool: ${rounded(mean(extra.filter(({ system }) => system === 'pool').map((one) => one.extra)), 3)}`,
    ),
    ...Object.fromEntries(
      ways.map(({ seconds, saved, way }) => [`hardware_saved_${seconds / 60}min`, share(saved, way)]),
    ),
    attested_premium: {
      ...{ value: rounded(insistence[2]!.price / insistence[0]!.price), unit: 'x' },
      note: 'what a buyer that insists pays where one of three owners has attested nodes, over where all have',
    },
    jain_of_gains: share(plain?.jain ?? 0, `${plain?.owners} sites`),
    gini_of_balances: share(plain?.gini ?? 0),
    sites_worse_off: { value: plain?.worse ?? null, unit: '' },
    smallest_wait: smallest(plain),
    smallest_wait_subsidised: smallest(helped),
    smallest_wait_firmly: smallest(firmly),
    cascade_paid: share(
      cascades[1]!.paid / Math.max(1, cascades[1]!.owed),
      'of what tenants were owed when three owners with 1,000 credits failed',
    ),
    cascade_accounts_below: { value: sum(cascades.map(({ below }) => below)), unit: '', target: '0' },
    price_highest: {
      ...{ value: rounded(spirals.at(-2)!.highestPrice), unit: 'credits' },
      note: `at 1.25 times the demand; with the breaker ${rounded(spirals.at(-1)!.highestPrice)}`,
    },
    breaker_trades: share(
      spirals[1]!.trades / Math.max(1, spirals[0]!.trades),
      `of the trades that there are without it; at 1.25 times the demand ${rounded(spirals.at(-1)!.trades / Math.max(1, spirals.at(-2)!.trades), 3)}`,
    ),
    recalled_nodes: {
      ...{ value: recalls[2]!.recalled, unit: '' },
      note: `had back on 0.95 of the hardware, half of the jobs stoppable; ${recalls[2]!.moved} tenants' nodes were replaced; ${recalls[2]!.worse} owners worse off, ${recalls[0]!.worse} without recalls`,
    },
    empty_rounds: share(spirals[0]!.empty, 'of the rounds in which somebody wanted nodes'),
    simulated_events_per_min: {
      ...{
        value: Math.round(
          (60 * sum(market.map((one) => one.events))) / sum(market.map((one) => one.seconds)),
        ),
        unit: '',
      },
      ...{ target: 'millions', note: 'with the market itself in it' },
    },
  };
}
