/** Results as one page with its plots in it: nothing is loaded from elsewhere. */
import { barPlot, linePlot } from './plot.ts';
import type { Result } from './result.ts';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string | number): string =>
  String(text).replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign]!);
const row = (cells: readonly (string | number)[], tag = 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;

export function pageOf(results: readonly Result[], title: string): string {
  const plots = [...slowdownPlots(results), ...netPlots(results), ...pricePlots(results)];
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto }
table { border-collapse: collapse } td, th { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right }</style>
<body><h1>${escaped(title)}</h1>
${plots.join('\n')}
<table>${row(['system', 'seed', 'hardware', 'owner', 'nodes', 'jobs', 'p95 slowdown', 'mean', 'rented', 'net'], 'th')}
${results.flatMap(tableRows).join('\n')}
</table></body></html>
`;
}

const tableRows = ({ system, seed, scale, owners }: Result): string[] =>
  owners.map((one) =>
    row([
      ...[system, seed, scale, one.owner, one.nodes, one.jobs, one.p95.toFixed(2), one.mean.toFixed(2)],
      ...[`${Math.round((100 * one.rented) / Math.max(1, one.served))} %`, Math.round(one.net)],
    ]),
  );

const systemsOf = (results: readonly Result[]): string[] => [...new Set(results.map(({ system }) => system))];
const seedsOf = (results: readonly Result[]): number[] => [...new Set(results.map(({ seed }) => seed))];

/** Where there are several sizes of the hardware: the owner that fares worst, by size. */
function slowdownPlots(results: readonly Result[]): string[] {
  if (new Set(results.map(({ scale }) => scale)).size < 2) return [];
  return seedsOf(results).map((seed) =>
    linePlot({
      title: 'The owner that fares worst',
      subtitle: `p95 of bounded slowdown; seed ${seed}`,
      x: { name: 'hardware, 1 is what each owner needs alone' },
      y: { name: 'p95', log: true, min: 1 },
      series: systemsOf(results).map((name) => ({
        name,
        points: results
          .filter((one) => one.seed === seed && one.system === name)
          .map(({ scale, owners }) => [scale, Math.max(...owners.map(({ p95 }) => p95))] as const)
          .sort(([a], [b]) => a - b),
      })),
    }),
  );
}

function netPlots(results: readonly Result[]): string[] {
  const trading = results.filter(({ rentedNodeHours }) => rentedNodeHours > 0);
  const first = trading[0];
  if (!first) return [];
  const shown = trading.filter(({ seed, scale }) => seed === first.seed && scale === first.scale);
  return [
    barPlot({
      title: 'Who earns and who pays',
      subtitle: `seed ${first.seed}, hardware ${first.scale}`,
      unit: 'credits',
      groups: first.owners.map(({ owner }) => owner),
      series: shown.map(({ system, owners }) => ({ name: system, values: owners.map(({ net }) => net) })),
    }),
  ];
}

function pricePlots(results: readonly Result[]): string[] {
  const priced = results.filter(({ days }) => days.length > 1);
  if (priced.length === 0) return [];
  return [
    linePlot({
      ...{ title: 'What a node costs', subtitle: 'mean of the day, weighted by nodes' },
      ...{ x: { name: 'day' }, y: { name: 'credits per node-slot', min: 0 } },
      series: priced.slice(0, 8).map(({ system, seed, scale, days }) => ({
        name: `${system}, seed ${seed}, ${scale}`,
        points: days.map(({ day, price }) => [day, price] as const),
      })),
    }),
  ];
}
