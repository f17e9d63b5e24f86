/**
 * `npm run bench -- NAME [--json] [--quick]`: measures and prints value beside target; asserts nothing. A benchmark is
 * a file in this folder. Progress goes to stderr; with `--json` the last line of stdout is one JSON object.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './common/figures.ts';
import { machine } from './common/machine.ts';
import { table } from './common/table.ts';

const NAMES = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => name !== 'run')
  .sort();

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [name] = positionals;
if (name === undefined || positionals.length > 1 || !NAMES.includes(name)) {
  console.error(`Usage: npm run bench -- NAME [--json] [--quick]\nThere are: ${NAMES.join(', ')}.`);
  process.exit(2);
}

const { run } = (await import(join(import.meta.dirname, `${name}.ts`))) as Bench;
const begun = performance.now();
const figures = await run({
  quick: values.quick,
  say: (text) => console.error(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`),
});
console.log(table(figures));
if (values.json) {
  const of = <Value>(pick: (figure: (typeof figures)[string]) => Value | undefined) =>
    Object.fromEntries(
      Object.entries(figures).flatMap(([key, figure]) => {
        const value = pick(figure);
        return value === undefined ? [] : [[key, value]];
      }),
    );
  const line = { bench: name, figures: of(({ value }) => value), notes: of(({ note }) => note) };
  console.log(JSON.stringify({ ...line, quick: values.quick, machine: machine() }));
}
process.exit(0);
