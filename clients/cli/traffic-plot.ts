/** Cumulative reads and writes over time as a picture: SVG, or a page that has it. */
import * as echarts from 'echarts';

export type Point = { at: string; readBytes: number; writtenBytes: number };
type Plot = { title: string; subtitle: string };

const WIDTH = 820;
const HEIGHT = 440;
/** Told apart by the colour-blind too, and by their dashes. */
const SERIES = [
  { key: 'readBytes', name: 'read', color: '#0b5cad', type: 'solid' },
  { key: 'writtenBytes', name: 'written', color: '#c2410c', type: 'dashed' },
] as const;

export function trafficPlot(points: readonly Point[], { title, subtitle }: Plot): string {
  const begin = points.length > 0 ? Date.parse(points[0]!.at) : 0;
  const end = points.length > 0 ? Date.parse(points.at(-1)!.at) : 0;
  const most = Math.max(1, ...points.map((point) => Math.max(point.readBytes, point.writtenBytes)));
  const [scale, unit] =
    most >= 2 ** 30 ? [2 ** 30, 'GiB'] : most >= 2 ** 20 ? [2 ** 20, 'MiB'] : [1024, 'KiB'];
  const [perTick, time] =
    end - begin >= 7200_000
      ? [3600_000, 'hours']
      : end - begin >= 600_000
        ? [60_000, 'minutes']
        : [1000, 'seconds'];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      title: { text: title, subtext: subtitle, left: 16, top: 8 },
      legend: { top: 16, right: 24, data: SERIES.map(({ name }) => name) },
      grid: { left: 72, right: 32, top: 80, bottom: 56 },
      xAxis: { type: 'value', min: 0, name: time, nameLocation: 'middle', nameGap: 30 },
      yAxis: { type: 'value', min: 0, name: unit },
      series: SERIES.map(({ key, name, color, type }) => ({
        ...{ type: 'line', name, color, showSymbol: false, lineStyle: { width: 2, type } },
        data: points.map((point) => [(Date.parse(point.at) - begin) / perTick, point[key] / scale]),
      })),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign]!);

/** A page that needs nothing else. */
export const trafficPage = (points: readonly Point[], plot: Plot): string =>
  `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${escaped(plot.title)}</title>\n` +
  `<body style="font-family: system-ui, sans-serif">\n${trafficPlot(points, plot)}\n</body></html>\n`;
