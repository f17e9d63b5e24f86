/**
 * `node services/market/simulator/main.ts --traces FOLDER --out FOLDER`: each system on each seed and size of hardware;
 * results as JSON, CSV and a page with plots. Progress goes to stderr.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cut } from './cut.ts';
import { fail, optionsOf, tracesFolder } from './options.ts';
import { progressBar } from './progress.ts';
import { pageOf } from './report/page.ts';
import { csvOf, type Result, resultOf } from './report/result.ts';
import { KNOBS, runSystem, SYSTEMS, type System } from './systems.ts';
import { madeWorkload } from './testing.ts';
import { findTraces } from './traces/folder.ts';
import { scaled, type Workload } from './workload.ts';

const USAGE = `node services/market/simulator/main.ts [options]
  --traces FOLDER     SWF, CloudLab, OpenDC, Alibaba and Azure traces (or BULLION_TRACES); without it a small made workload
  --only PATTERN      those traces alone whose names match
  --out FOLDER        where results.json, results.csv and results.html go (results)
  --systems LIST      of ${SYSTEMS.join(', ')} (static,pool,market)
  --seeds LIST        a run for each (1)
  --scales LIST       of the hardware (1,0.9,0.8)
  --weeks N  --demand FACTOR  --provision SECONDS (${KNOBS.provisionS})  --slot SECONDS (${KNOBS.slotS})`;

const values = optionsOf(USAGE, {
  traces: { type: 'string', default: process.env.BULLION_TRACES ?? '' },
  only: { type: 'string', default: '' },
  out: { type: 'string', default: 'results' },
  systems: { type: 'string', default: 'static,pool,market' },
  seeds: { type: 'string', default: '1' },
  scales: { type: 'string', default: '1,0.9,0.8' },
  weeks: { type: 'string', default: '3' },
  demand: { type: 'string', default: '1' },
  provision: { type: 'string', default: String(KNOBS.provisionS) },
  slot: { type: 'string', default: String(KNOBS.slotS) },
});

const systems = values.systems.split(',') as System[];
const unknown = systems.filter((system) => !SYSTEMS.includes(system));
if (unknown.length > 0) fail(`There is no system ${unknown.join(', ')}. There are: ${SYSTEMS.join(', ')}.`);
const [seeds, scales] = [values.seeds, values.scales].map((list) => list.split(',').map(positive));
const knobs = { ...KNOBS, provisionS: positive(values.provision), slotS: positive(values.slot) };

const { found, absent } = findTraces(tracesFolder(values.traces));
if (absent.length > 0) console.error(`Absent, and left out: ${absent.join(', ')}.`);
const chosen = found.filter(({ name }) => values.only === '' || new RegExp(values.only, 'i').test(name));
if (chosen.length === 0 && values.traces !== '')
  fail(`No trace in ${values.traces}${values.only && ` matches ${values.only}`}.`);
if (chosen.length === 0)
  console.error('No traces: a small made workload takes their place. Name them with --traces.');
const traces = chosen.map((one) => one.load());
const [weeks, demand] = [positive(values.weeks), positive(values.demand)];
const workloadOf = (seed: number): Workload =>
  traces.length > 0 ? cut(traces, { seed, weeks, coverPpm: 990_000, demand }) : madeWorkload(seed);

const results: Result[] = [];
let events = 0;
const begun = performance.now();
for (const seed of seeds!) {
  const workload = workloadOf(seed);
  for (const scale of scales!)
    for (const system of systems) {
      const bar = progressBar(process.stderr, `${system}, seed ${seed}, hardware ${scale}`);
      const sized = scaled(workload, scale);
      const run = runSystem(system, sized, { ...knobs, progress: bar.at });
      bar.end();
      events += run.events;
      results.push(resultOf({ system, seed, scale, slotS: knobs.slotS }, sized, run));
    }
}
const perMinute = Math.round((events / (performance.now() - begun)) * 60_000);
mkdirSync(values.out, { recursive: true });
const write = (name: string, text: string) => writeFileSync(join(values.out, name), text);
write('results.json', `${JSON.stringify({ options: values, results }, null, 1)}\n`);
write('results.csv', csvOf(results));
write('results.html', pageOf(results, 'Bullion: owners at the market'));
console.error(
  `${results.length} runs, ${events} events, ${perMinute} a minute. See ${join(values.out, 'results.html')}`,
);

function positive(text: string): number {
  const value = Number(text);
  return value > 0 ? value : fail(`"${text}" is no number above 0.`);
}
