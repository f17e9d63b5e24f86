/** Lines and bars as SVG that needs nothing else. */
import * as echarts from 'echarts';

export type Axis = { name: string; log?: boolean; min?: number };
export type Series = { name: string; points: readonly (readonly [x: number, y: number])[] };
export type Plot = { title: string; subtitle: string; x: Axis; y: Axis; series: readonly Series[] };
export type Bars = {
  title: string;
  subtitle: string;
  unit: string;
  groups: readonly string[];
  series: readonly { name: string; values: readonly number[] }[];
};

const SIZE = { width: 820, height: 440 };
/** Told apart by the colour-blind too (Okabe and Ito), lines by their dashes as well. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#666666', '#000000'];
const DASHES = ['solid', 'dashed', 'dotted'] as const;

export function linePlot({ title, subtitle, x, y, series }: Plot): string {
  const axisOf = ({ name, log, min }: Axis) => ({
    ...{ type: log ? ('log' as const) : ('value' as const), name, scale: true },
    ...(min !== undefined && { min }),
  });
  return render(title, subtitle, {
    xAxis: { ...axisOf(x), nameLocation: 'middle', nameGap: 30 },
    yAxis: axisOf(y),
    series: series.map(({ name, points }, at) => ({
      ...{ type: 'line', name, symbolSize: 5, showSymbol: points.length <= 40 },
      lineStyle: { width: 2, type: DASHES[at % DASHES.length] },
      data: points.map(([x, y]) => [x, y]),
    })),
  });
}

export const barPlot = ({ title, subtitle, unit, groups, series }: Bars): string =>
  render(title, subtitle, {
    xAxis: { type: 'category', data: [...groups] },
    yAxis: { type: 'value', name: unit },
    series: series.map(({ name, values }) => ({ type: 'bar', name, data: [...values] })),
  });

function render(title: string, subtitle: string, option: echarts.EChartsCoreOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  try {
    chart.setOption({
      ...{ animation: false, backgroundColor: '#fff', color: COLORS, legend: { bottom: 4 } },
      title: { text: title, subtext: subtitle, left: 16, top: 8 },
      grid: { left: 72, right: 32, top: 88, bottom: 84 },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
