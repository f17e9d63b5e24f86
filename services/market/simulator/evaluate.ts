/**
 * `node services/market/simulator/evaluate.ts --traces FOLDER --out FOLDER [--quick]`: the evaluation of
 * `docs/market-evaluation.md`, as JSON and plots.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate, FULL, QUICK } from './evaluation/evaluation.ts';
import { plotsOf } from './evaluation/plots.ts';
import { findTraces } from './traces/folder.ts';

const { values } = parseArgs({
  options: {
    traces: { type: 'string', default: process.env.BULLION_TRACES ?? '' },
    out: { type: 'string', default: 'results' },
    quick: { type: 'boolean', default: false },
  },
});
const { found, absent } = findTraces(values.traces || undefined);
if (absent.length > 0) console.error(`Absent, and left out: ${absent.join(', ')}.`);
const begun = performance.now();
const evaluation = evaluate(found, values.quick ? QUICK : FULL, (text) =>
  console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${text}`),
);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'evaluation.json'), `${JSON.stringify(evaluation, null, 1)}\n`);
for (const [name, svg] of Object.entries(plotsOf(evaluation)))
  writeFileSync(join(values.out, name), `${svg}\n`);
