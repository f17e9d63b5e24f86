/**
 * `node services/market/simulator/evaluate.ts --traces FOLDER --out FOLDER [--quick] [--draws 1,2] [--only savings,ways] [--threads 1]`: the
 * evaluation of `docs/market-evaluation.md`, as JSON and plots. With `--only` the rest is what the folder has already; with
 * `--page FILE` the tables of that page are written anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL, FULL, type Part, QUICK } from './evaluation/evaluation.ts';
import { plotsOf } from './evaluation/plots.ts';
import { withTables } from './evaluation/tables.ts';
import { evaluateOnAll } from './evaluation/threads.ts';
import { fail, optionsOf, tracesFolder } from './options.ts';
import { findTraces } from './traces/folder.ts';

const USAGE = `node services/market/simulator/evaluate.ts [options]: the evaluation of docs/market-evaluation.md
  --traces FOLDER     (or BULLION_TRACES)
  --out FOLDER        where evaluation.json and the plots go (results)
  --quick             smaller
  --draws LIST  --threads N
  --only LIST         of ${ALL.join(', ')}; the rest is what the folder has already
  --page FILE         writes the tables of that page anew`;

const values = optionsOf(USAGE, {
  traces: { type: 'string', default: process.env.BULLION_TRACES ?? '' },
  out: { type: 'string', default: 'results' },
  quick: { type: 'boolean', default: false },
  draws: { type: 'string', default: '' },
  only: { type: 'string', default: ALL.join(',') },
  threads: { type: 'string', default: '' },
  page: { type: 'string', default: '' },
});
const folder = tracesFolder(values.traces);
const { found, absent } = findTraces(folder);
if (folder !== undefined && found.length === 0) fail(`There are no traces in ${folder}.`);
if (absent.length > 0) console.error(`Absent, and left out: ${absent.join(', ')}.`);
const begun = performance.now();
const say = (text: string) =>
  console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${text}`);
mkdirSync(values.out, { recursive: true });
const file = join(values.out, 'evaluation.json');
const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const named = values.only.split(',');
const unknown = named.filter((name) => !(ALL as readonly string[]).includes(name));
if (unknown.length > 0) fail(`There is no part ${unknown.join(', ')}. There are: ${ALL.join(', ')}.`);
const only = ALL.filter((name: Part) => named.includes(name));
const size = values.quick ? QUICK : FULL;
const draws = values.draws === '' ? size.draws : values.draws.split(',').map(Number);
const threads = values.threads === '' ? {} : { threads: Number(values.threads) };
const evaluation = await evaluateOnAll(folder, { ...size, draws }, say, {
  ...{ only, known },
  ...threads,
});
writeFileSync(file, `${JSON.stringify(evaluation, null, 1)}\n`);
for (const [name, svg] of Object.entries(plotsOf(evaluation)))
  writeFileSync(join(values.out, name), `${svg}\n`);
if (values.page !== '') writeFileSync(values.page, withTables(readFileSync(values.page, 'utf8'), evaluation));
