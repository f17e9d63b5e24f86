/** The evaluation's tables, as Markdown, and their places in a page: between `<!-- NAME -->` and `<!-- /NAME -->`. */
import { mean } from './criterion.ts';
import type { Evaluation, Part } from './evaluation.ts';
import { captured, capturedOfUse, type Saving } from './hardware.ts';

type Cell = string | number | null;

const percent = (share: number): number => Math.round(share * 1000) / 10;
const minutes = (seconds: number): number => Math.round(seconds / 6) / 10;
const cents = (credits: number): number => Math.round(credits * 100) / 100;

const table = (head: readonly Cell[], rows: readonly (readonly Cell[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell ?? '').join(' | ')} |`)
    .join('\n');

const SAID: Partial<Record<Saving['system'], string>> = {
  pool: 'one pool, one queue, nothing to provision (omniscient)',
  market: 'the market, all giving up the same share',
  'k-double': 'k-double auction',
  posted: 'posted price',
  'esi-leap': 'esi-leap: first come, no price',
  flocx: 'FLOCX, as its code was',
  static: 'silos',
};

function savingsTable({ savings }: Evaluation): string {
  const seeds = [...new Set(savings.map(({ seed }) => seed))];
  const row = (name: string, of: (seed: number) => number, worse: Cell): Cell[] => {
    const values = seeds.map((seed) => percent(of(seed)));
    return [name, ...values, Math.round(10 * mean(values)) / 10, worse];
  };
  const one = (seed: number, system: string) =>
    savings.find((saving) => saving.seed === seed && saving.system === system)!;
  const worse = (system: string) => {
    const all = seeds.map((seed) => one(seed, system));
    return `${all.reduce((sum, saving) => sum + saving.worse, 0)} of ${4 * all.length}`;
  };
  const rows = [
    row('use alone (a bound that knows no queues)', (seed) => one(seed, 'pool').bound, null),
    row(
      '**the market**, each owner giving up what it can',
      (seed) => one(seed, 'market').trimmed,
      worse('market'),
    ),
    ...[...new Set(savings.map(({ system }) => system))].map((system) =>
      row(SAID[system] ?? system, (seed) => one(seed, system).saved, worse(system)),
    ),
  ];
  const head = [
    'less hardware, %',
    ...seeds.map((seed) => `draw ${seed}`),
    'mean',
    'owners worse off on equal hardware',
  ];
  const share = (value: number) => value.toFixed(2);
  return `${table(head, rows)}\n\nOf what one pool saves the market saves ${share(captured(savings))}; of what use alone would allow, ${share(capturedOfUse(savings))}.`;
}

const waitsTable = ({ savings }: Evaluation): string => {
  const seeds = [...new Set(savings.map(({ seed }) => seed))];
  const systems = [...new Set(savings.map(({ system }) => system))];
  const of = (system: string, value: (saving: Saving) => number) =>
    seeds.map((seed) => value(savings.find((one) => one.seed === seed && one.system === system)!));
  return table(
    ['equal hardware', ...seeds.map((seed) => `wait in draw ${seed}, min`), 'paid most, credits'],
    systems.map((system) => [
      SAID[system] ?? system,
      ...of(system, ({ waitS }) => minutes(waitS)),
      Math.round(Math.max(...of(system, ({ paidMost }) => paidMost))),
    ]),
  );
};

const TABLES: Record<string, { part: Part; table(evaluation: Evaluation): string }> = {
  savings: { part: 'savings', table: savingsTable },
  waits: { part: 'savings', table: waitsTable },
  extra: {
    part: 'extra',
    table: ({ extra }) =>
      table(
        ['', ...extra.map(({ system }) => system)],
        [['more demand, %', ...extra.map((one) => percent(one.extra))]],
      ),
  },
  ways: {
    part: 'ways',
    table: ({ ways }) =>
      table(
        ['', ...ways.map(({ way, seconds }) => `${seconds / 60} min: ${way}`)],
        [
          ['less hardware, %', ...ways.map(({ saved }) => percent(saved))],
          ['mean wait, min', ...ways.map(({ waitS }) => minutes(waitS))],
          ['rented node-hours', ...ways.map(({ rentedNodeHours }) => Math.round(rentedNodeHours))],
        ],
      ),
  },
  insistence: {
    part: 'insistence',
    table: ({ insistence }) =>
      table(
        [
          'owners with attested nodes',
          'price, credits per node-slot',
          'its mean wait, min',
          'rented node-hours',
        ],
        insistence.map((one) => [
          one.offering,
          cents(one.price),
          minutes(one.waitS),
          Math.round(one.rentedNodeHours),
        ]),
      ),
  },
  fairness: {
    part: 'fairness',
    table: ({ fairness }) =>
      table(
        ['', ...fairness.map(({ way }) => way)],
        [
          [`sites worse off, of ${fairness[0]!.owners}`, ...fairness.map(({ worse }) => worse)],
          ['longest wait of any job, h', ...fairness.map((one) => Math.round(one.longestWaitS / 360) / 10)],
          ['smallest: mean wait, s', ...fairness.map(({ smallest }) => Math.round(smallest.waitS))],
          ['smallest: p95 slowdown', ...fairness.map(({ smallest }) => cents(smallest.p95))],
          ['smallest: net, credits', ...fairness.map(({ smallest }) => Math.round(smallest.net))],
          ["Jain's index of what was gained in wait", ...fairness.map(({ jain }) => cents(jain))],
          ["Gini's of net balances", ...fairness.map(({ gini }) => cents(gini))],
        ],
      ),
  },
  cascades: {
    part: 'cascades',
    table: ({ cascades }) =>
      table(
        ['purse of each owner', 'leases ended', 'owed', 'paid', 'left in the fund', 'accounts below zero'],
        cascades.map((one) => [one.purse, one.leases, one.owed, one.paid, one.insuranceLeft, one.below]),
      ),
  },
  spirals: {
    part: 'spirals',
    table: ({ spirals }) =>
      table(
        [
          'demand',
          'breaker',
          'trades',
          'median price',
          'highest price',
          'mean wait, min',
          'rounds with no offer, %',
        ],
        spirals.map((one) => [
          ...[
            one.demand,
            one.system === 'market' ? 'as it is set' : 'none',
            one.trades,
            cents(one.medianPrice),
          ],
          ...[cents(one.highestPrice), minutes(one.waitS), percent(one.empty)],
        ]),
      ),
  },
  recalls: {
    part: 'recalls',
    table: ({ recalls }) =>
      table(
        [
          'jobs that can be stopped',
          'owners worse off',
          'mean wait, min',
          'rented node-hours',
          'nodes had back',
          'replaced',
          'jobs stopped',
        ],
        recalls.map((one) => [
          one.stoppable === null ? 'all is lent firmly' : `${percent(one.stoppable)} %`,
          ...[one.worse, minutes(one.waitS), Math.round(one.rentedNodeHours)],
          ...[one.recalled, one.moved, one.stopped],
        ]),
      ),
  },
};

/** The page with the tables of those parts that are there; what it has no place for is left out. */
export const withTables = (page: string, evaluation: Evaluation): string =>
  Object.entries(TABLES)
    .filter(([, { part }]) => Object.hasOwn(evaluation, part))
    .reduce((text, [name, { table }]) => {
      const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`);
      return text.replace(place, (_, begin, end) => `${begin}${table(evaluation)}${end}`);
    }, page);
