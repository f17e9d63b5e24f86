import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSwf, sitesOf } from './swf.ts';

const line = (number: number, submit: number, site: number) =>
  ` ${number} ${submit} -1 60 1 -1 -1 1 -1 -1 1 1 1 1 -1 ${site} -1 -1`;

test('a grid is its sites, the busiest first, each from its own first job on', () => {
  const grid = readSwf('grid', [line(1, 10, 7), line(2, 20, 3), line(3, 50, 3)].join('\n'));
  assert.deepEqual(
    sitesOf(grid).map(({ name, jobs }) => [name, jobs.map(({ submit }) => submit)]),
    [
      ['grid-3', [0, 30]],
      ['grid-7', [0]],
    ],
  );
});
