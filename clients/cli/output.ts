/** How results look to people. */

export type Cell = string | number | null | undefined;

/** Left-aligned columns, two spaces apart, with a heading; numbers are aligned right. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map(show));
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => row[i]!.length)),
  );
  const isNumber = headings.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [headings.map((heading) => heading.toUpperCase()), ...cells].map(line).join('\n');
}

/** One thing, a line a field; what is undefined is left out. */
export function fields(entries: readonly (readonly [string, Cell])[]): string {
  const shown = entries.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${show(value)}`).join('\n');
}

/** A cell holds what a node or another person may have chosen: nothing of it may drive the terminal. */
const show = (cell: Cell): string => (cell === null || cell === undefined ? '-' : plain(String(cell)));

export const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count: number): string {
  const power = count === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 2 ** (10 * power);
  return `${power === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[power]}`;
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
