/** Cumulative read and write traffic over time, for people: as an SVG picture, and as text for a terminal. */
import type { TrafficPoint } from './timeline.ts';

export type PlotOptions = {
  title: string;
  /** What stands under it, such as the volume's and the node's names. */
  subtitle?: string | undefined;
};

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 76;
const RIGHT = 24;
const TOP = 56;
const BOTTOM = 48;
/** Told apart by the colour-blind too, and the lines differ in their dashes. */
const SERIES = [
  { key: 'readBytes', label: 'read', color: '#0b5cad', dash: '' },
  { key: 'writtenBytes', label: 'written', color: '#c2410c', dash: '6 4' },
] as const;

export function trafficSvg(points: readonly TrafficPoint[], { title, subtitle }: PlotOptions): string {
  const endMs = Math.max(1000, points.at(-1)?.ms ?? 0);
  const most = Math.max(1, ...points.map((p) => Math.max(p.readBytes, p.writtenBytes)));
  const [scale, unit] =
    most >= 2 ** 30 ? [2 ** 30, 'GiB'] : most >= 2 ** 20 ? [2 ** 20, 'MiB'] : [1024, 'KiB'];
  const top = niceCeiling(most / scale);
  const [perTick, timeUnit] = endMs >= 600_000 ? [60_000, 'minutes'] : [1000, 'seconds'];
  const x = (ms: number): string => (LEFT + (ms / endMs) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (bytes: number): string =>
    (HEIGHT - BOTTOM - (bytes / scale / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);

  const parts: string[] = [];
  for (let i = 0; i <= 4; i += 1) {
    const value = (top / 4) * i;
    const at = y(value * scale);
    parts.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#d4d4d8"/>`);
    parts.push(label(LEFT - 8, Number(at) + 4, 'end', String(Number(value.toPrecision(3)))));
    const ms = (endMs / 4) * i;
    parts.push(
      label(Number(x(ms)), HEIGHT - BOTTOM + 18, 'middle', String(Number((ms / perTick).toPrecision(3)))),
    );
  }
  for (const [i, { key, label: name, color, dash }] of SERIES.entries()) {
    const line = points.map((point, j) => `${j === 0 ? 'M' : 'L'}${x(point.ms)} ${y(point[key])}`).join('');
    const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
    parts.push(`<path d="${line}" fill="none" stroke="${color}" stroke-width="2"${dashes}/>`);
    const at = LEFT + 12 + i * 200;
    parts.push(
      `<line x1="${at}" x2="${at + 28}" y1="${TOP - 8}" y2="${TOP - 8}" stroke="${color}" stroke-width="2"${dashes}/>`,
    );
    const total = ((points.at(-1)?.[key] ?? 0) / scale).toFixed(1);
    parts.push(label(at + 34, TOP - 4, 'start', `${name}: ${total} ${unit}`));
  }
  parts.push(label(WIDTH / 2, HEIGHT - 8, 'middle', timeUnit), label(8, TOP - 4, 'start', unit));
  const heading = `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escaped(title)}</text>`;
  const under = subtitle === undefined ? '' : label(LEFT + 8 * title.length + 24, 22, 'start', subtitle);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" ` +
    `role="img" aria-label="${escaped(title)}"><rect width="100%" height="100%" fill="#fff"/>${heading}${under}${parts.join('')}</svg>\n`
  );
}

const label = (x: number, y: number, anchor: string, text: string): string =>
  `<text x="${x}" y="${y}" font-size="12" text-anchor="${anchor}" fill="#3f3f46">${escaped(text)}</text>`;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (c) => ESCAPES[c]!);

/** The next of 1, 2, 4, 5, 8, 10 times a power of ten: its quarters are short numbers. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10);
}

const EIGHTHS = ' ▁▂▃▄▅▆▇█';

/** Two lines of bars, `width` characters each. */
export function trafficText(points: readonly TrafficPoint[], width = 60): string {
  const endMs = Math.max(1, points.at(-1)?.ms ?? 0);
  const most = Math.max(1, ...points.map((p) => Math.max(p.readBytes, p.writtenBytes)));
  return SERIES.map(({ key, label: name }) => {
    const bars = Array.from({ length: width }, (_, i) => {
      const by = ((i + 1) / width) * endMs;
      const bytes = points.findLast((point) => point.ms <= by)?.[key] ?? 0;
      return EIGHTHS[Math.min(8, Math.ceil((bytes / most) * 8))];
    });
    const total = ((points.at(-1)?.[key] ?? 0) / 2 ** 20).toFixed(1);
    return `${name.padEnd(8)}${bars.join('')} ${total} MiB in ${(endMs / 1000).toFixed(1)} s`;
  }).join('\n');
}
