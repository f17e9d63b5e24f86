import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnerOutcome } from '../outcome.ts';
import { pageOf } from '../report/page.ts';
import { csvOf, resultOf } from '../report/result.ts';
import { KNOBS, runSystem } from '../systems.ts';
import { madeWorkload } from '../testing.ts';
import { scaled } from '../workload.ts';
import { boundByUse } from './bound.ts';
import { leastHardware, run, worseOff } from './criterion.ts';
import { type Evaluation, merge, tasksOf } from './evaluation.ts';
import { gini, jain } from './fairness.ts';
import { withTables } from './tables.ts';

const owner = (of: Partial<OwnerOutcome>): OwnerOutcome => ({
  ...{
    owner: 'o',
    nodes: 1,
    jobs: 1,
    unserved: 0,
    p95: 2,
    mean: 1,
    meanWaitS: 0,
    served: 0,
    rented: 0,
    net: 0,
  },
  ...of,
});

test('worse off is who waits by more than a twentieth, or whose jobs do not run', () => {
  const silo = [owner({})];
  assert.equal(worseOff(silo, [owner({ p95: 2.1 })]).length, 0);
  assert.equal(worseOff(silo, [owner({ p95: 2.11 })]).length, 1);
  assert.equal(worseOff(silo, [owner({ unserved: 1 })]).length, 1);
});

test('the least hardware is enough for everyone, and a step less is not', () => {
  const workload = madeWorkload(3, 3, 6);
  const silo = run('static', workload, KNOBS).owners;
  const least = leastHardware('pool', workload, KNOBS, silo);
  const worse = (scale: number) => worseOff(silo, run('pool', scaled(workload, scale), KNOBS).owners).length;
  assert(least < 1, 'nothing was saved, so nothing was tested');
  assert.equal(worse(least), 0);
  assert(worse(least - 0.02) > 0 || least < 0.62);
});

test('use alone: two owners that are busy in turn need the hardware of one', () => {
  const day = 86_400;
  const job = (id: number, owner: number) => ({
    id,
    owner,
    submit: 0,
    run: day,
    estimate: day,
    nodes: 4,
    value: 1n,
  });
  const ran = new Map([0, 1].map((at) => [at, { job: job(at, at), start: at * day, rented: 0 }] as const));
  const owners = [0, 1].map((at) => ({ name: `${at}`, nodes: 4 }));
  const workload = { owners, jobs: [], measureFrom: 0, until: 9 * day };
  assert.equal(boundByUse(workload, { ran }, 2 * day), 0.5);
});

test('Jain and Gini: all alike, and one that has all', () => {
  assert.equal(jain([2, 2, 2]), 1);
  assert.equal(jain([0, 0, 6]), 1 / 3);
  assert.equal(gini([5, 5]), 0);
  assert.equal(gini([0, 10]), 0.5);
});

test('a result is a line for each owner, and a page that loads nothing', () => {
  const workload = madeWorkload(1);
  const results = [1, 0.9].map((scale) =>
    resultOf(
      { system: 'market', seed: 1, scale, slotS: KNOBS.slotS },
      workload,
      runSystem('market', scaled(workload, scale), KNOBS),
    ),
  );
  const lines = csvOf(results).trim().split('\n');
  assert.equal(lines.length, 1 + 2 * workload.owners.length);
  assert.equal(new Set(lines.map((line) => line.split(',').length)).size, 1);
  const page = pageOf(results, 'a <title>');
  assert.match(page, /<h1>a &lt;title&gt;<\/h1>/);
  assert.match(page, /<svg/);
  assert.doesNotMatch(page, /<script|src=|href="http/);
});

test('tasks are merged in their order, whichever was done first, and leave what is known besides', () => {
  const tasks = tasksOf({ draws: [7, 8], weeks: 1 }, ['savings', 'extra']);
  assert.deepEqual(tasks, [
    { part: 'savings', draws: [7] },
    { part: 'savings', draws: [8] },
    { part: 'extra', draws: [7, 8] },
  ]);
  assert.deepEqual(merge(tasks, [['a'], ['b', 'c'], ['d']], { ways: ['known'] }), {
    ...{ ways: ['known'], savings: ['a', 'b', 'c'], extra: ['d'] },
  });
});

test('a table takes the place that has its name, and nothing else of the page', () => {
  const extra = [{ system: 'market' as const, extra: 0.07 }];
  const page = 'a\n<!-- extra -->\nold\n<!-- /extra -->\nb\n<!-- ways -->\nkept\n<!-- /ways -->\n';
  const written = withTables(page, { extra } as unknown as Evaluation);
  assert.match(written, /^a\n<!-- extra -->\n[\s\S]*\| more demand, % \| 7 \|\n<!-- \/extra -->\nb\n/);
  assert.match(written, /kept/);
  assert.doesNotMatch(written, /old/);
  assert.equal(withTables(written, { extra } as unknown as Evaluation), written);
});
