/** The evaluation's plots, by the names of their files. */
import { barPlot, linePlot } from '../report/plot.ts';
import { mean } from './criterion.ts';
import type { Evaluation, Part } from './evaluation.ts';
import { COMPARED } from './hardware.ts';

const percent = (share: number): number => Math.round(share * 1000) / 10;
const names = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

const PLOTS: readonly { file: string; part: Part; plot(evaluation: Evaluation): string }[] = [
  { file: 'hardware.svg', part: 'savings', plot: (evaluation) => hardware(evaluation) },
  { file: 'waits.svg', part: 'savings', plot: (evaluation) => waits(evaluation) },
  { file: 'provisioning.svg', part: 'ways', plot: (evaluation) => provisioning(evaluation) },
  { file: 'smallest.svg', part: 'fairness', plot: (evaluation) => smallest(evaluation) },
  { file: 'prices.svg', part: 'spirals', plot: (evaluation) => prices(evaluation) },
];

/** Of the parts that are there. */
export const plotsOf = (evaluation: Evaluation): Record<string, string> =>
  Object.fromEntries(
    PLOTS.filter(({ part }) => Object.hasOwn(evaluation, part)).map(({ file, plot }) => [
      file,
      plot(evaluation),
    ]),
  );

const hardware = ({ savings }: Evaluation): string => {
  const seeds = names(savings.map(({ seed }) => seed));
  return barPlot({
    title: 'Less hardware, nobody worse off',
    subtitle:
      'than all silos together; p95 of bounded slowdown within a twentieth of the silo, for each owner',
    unit: '%',
    groups: seeds.map((seed) => `draw ${seed}`),
    series: COMPARED.map((system) => ({
      name: system,
      values: seeds.map((seed) =>
        percent(savings.find((one) => one.seed === seed && one.system === system)?.saved ?? 0),
      ),
    })),
  });
};

const waits = ({ savings }: Evaluation): string => {
  const minutes = (system: string) =>
    Math.round(mean(savings.filter((one) => one.system === system).map(({ waitS }) => waitS)) / 6) / 10;
  return barPlot({
    title: 'How long users wait on equal hardware',
    subtitle: "mean of the owners' means",
    unit: 'minutes',
    groups: [...COMPARED],
    series: [{ name: 'wait', values: COMPARED.map(minutes) }],
  });
};

const provisioning = ({ ways }: Evaluation): string =>
  linePlot({
    title: 'What minutes of provisioning cost',
    subtitle: 'hardware that the market saves, nobody worse off',
    x: { name: 'minutes until a rented node runs its tenant (and again until it runs its owner)', min: 0 },
    y: { name: '%', min: 0 },
    series: [{ name: 'market', points: ways.map(({ seconds, saved }) => [seconds / 60, percent(saved)]) }],
  });

const smallest = ({ fairness }: Evaluation): string =>
  barPlot({
    title: 'The smallest owners of a grid',
    subtitle: `mean wait at ${fairness[0]!.smallest.owners} sites of one machine, of ${fairness[0]!.owners} sites`,
    unit: 'seconds',
    groups: fairness.map(({ way }) => way),
    series: [{ name: 'wait', values: fairness.map(({ smallest }) => Math.round(smallest.waitS)) }],
  });

const prices = ({ spirals }: Evaluation): string =>
  barPlot({
    title: 'Prices when demand grows',
    subtitle: 'the dearest trade, without and with the breaker',
    unit: 'credits per node-slot',
    groups: names(spirals.map(({ demand }) => demand)).map((demand) => `demand ${demand}`),
    series: (['market-no-breaker', 'market'] as const).map((system) => ({
      name: system,
      values: spirals
        .filter((one) => one.system === system)
        .map(({ highestPrice }) => Math.round(highestPrice * 100) / 100),
    })),
  });
