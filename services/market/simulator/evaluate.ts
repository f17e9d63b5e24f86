/**
 * `node services/market/simulator/evaluate.ts --traces FOLDER --out FOLDER [--quick] [--draws 1,2] [--only savings,ways]`: the
 * evaluation of `docs/market-evaluation.md`, as JSON and plots. With `--only` the rest is what the folder has already.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate, FULL, PARTS, type Part, QUICK } from './evaluation/evaluation.ts';
import { plotsOf } from './evaluation/plots.ts';
import { findTraces } from './traces/folder.ts';

const { values } = parseArgs({
  options: {
    traces: { type: 'string', default: process.env.BULLION_TRACES ?? '' },
    out: { type: 'string', default: 'results' },
    quick: { type: 'boolean', default: false },
    draws: { type: 'string', default: '' },
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
  },
});
const { found, absent } = findTraces(values.traces || undefined);
if (absent.length > 0) console.error(`Absent, and left out: ${absent.join(', ')}.`);
const begun = performance.now();
const say = (text: string) =>
  console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${text}`);
mkdirSync(values.out, { recursive: true });
const file = join(values.out, 'evaluation.json');
const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const only = values.only.split(',').filter((name): name is Part => Object.hasOwn(PARTS, name));
const size = values.quick ? QUICK : FULL;
const draws = values.draws === '' ? size.draws : values.draws.split(',').map(Number);
const evaluation = evaluate(found, { ...size, draws }, say, { only, known });
writeFileSync(file, `${JSON.stringify(evaluation, null, 1)}\n`);
for (const [name, svg] of Object.entries(plotsOf(evaluation)))
  writeFileSync(join(values.out, name), `${svg}\n`);
