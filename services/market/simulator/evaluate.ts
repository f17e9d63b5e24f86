/**
 * `node services/market/simulator/evaluate.ts --traces FOLDER --out FOLDER [--quick] [--draws 1,2] [--only savings,ways] [--threads 1]`: the
 * evaluation of `docs/market-evaluation.md`, as JSON and plots. With `--only` the rest is what the folder has already; with
 * `--page FILE` the tables of that page are written anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ALL, FULL, type Part, QUICK } from './evaluation/evaluation.ts';
import { plotsOf } from './evaluation/plots.ts';
import { withTables } from './evaluation/tables.ts';
import { evaluateOnAll } from './evaluation/threads.ts';
import { findTraces } from './traces/folder.ts';

const { values } = parseArgs({
  options: {
    traces: { type: 'string', default: process.env.BULLION_TRACES ?? '' },
    out: { type: 'string', default: 'results' },
    quick: { type: 'boolean', default: false },
    draws: { type: 'string', default: '' },
    only: { type: 'string', default: ALL.join(',') },
    threads: { type: 'string', default: '' },
    page: { type: 'string', default: '' },
  },
});
const { absent } = findTraces(values.traces || undefined);
if (absent.length > 0) console.error(`Absent, and left out: ${absent.join(', ')}.`);
const begun = performance.now();
const say = (text: string) =>
  console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${text}`);
mkdirSync(values.out, { recursive: true });
const file = join(values.out, 'evaluation.json');
const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const named = values.only.split(',');
const only = ALL.filter((name: Part) => named.includes(name));
const size = values.quick ? QUICK : FULL;
const draws = values.draws === '' ? size.draws : values.draws.split(',').map(Number);
const threads = values.threads === '' ? {} : { threads: Number(values.threads) };
const evaluation = await evaluateOnAll(values.traces || undefined, { ...size, draws }, say, {
  ...{ only, known },
  ...threads,
});
writeFileSync(file, `${JSON.stringify(evaluation, null, 1)}\n`);
for (const [name, svg] of Object.entries(plotsOf(evaluation)))
  writeFileSync(join(values.out, name), `${svg}\n`);
if (values.page !== '') writeFileSync(values.page, withTables(readFileSync(values.page, 'utf8'), evaluation));
