/** Figures as people read them. */
import type { Figure } from './figures.ts';

export function table(figures: Record<string, Figure>): string {
  const rows = Object.entries(figures).map(([name, { value, unit, target, note }]) => [
    name,
    value === null ? '-' : `${value} ${unit}`,
    target ?? '',
    note ?? '',
  ]);
  const head = ['figure', 'value', 'target', ''];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
