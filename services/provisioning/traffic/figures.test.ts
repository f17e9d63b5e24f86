import assert from 'node:assert/strict';
import { test } from 'node:test';
import { continued, MAX_POINTS, noFigures, sum, summedCurves, thinned } from './figures.ts';

test('figures are summed, histograms bucket by bucket', () => {
  const a = noFigures();
  a.reads = 2;
  a.latency.read = {
    count: 2,
    sumUs: 5,
    buckets: [
      { belowUs: 1, count: 1 },
      { belowUs: 2, count: 1 },
    ],
  };
  const b = noFigures();
  b.reads = 3;
  b.latency.read = { count: 1, sumUs: 1, buckets: [{ belowUs: 1, count: 1 }] };
  for (const both of [sum(a, b), sum(b, a)]) {
    assert.equal(both.reads, 5);
    assert.deepEqual(both.latency.read, {
      count: 3,
      sumUs: 6,
      buckets: [
        { belowUs: 1, count: 2 },
        { belowUs: 2, count: 1 },
      ],
    });
  }
});

test('points go on above those of the life before, and stay few', () => {
  const before = [
    { ms: 0, readBytes: 0, writtenBytes: 0 },
    { ms: 900, readBytes: 100, writtenBytes: 10 },
  ];
  const life = [
    { ms: 0, readBytes: 0, writtenBytes: 0 },
    { ms: 50, readBytes: 7, writtenBytes: 1 },
  ];
  assert.deepEqual(continued(before, life, 1000), [
    ...before,
    { ms: 1000, readBytes: 100, writtenBytes: 10 },
    { ms: 1050, readBytes: 107, writtenBytes: 11 },
  ]);
  const many = Array.from({ length: 5000 }, (_, ms) => ({ ms, readBytes: ms, writtenBytes: 0 }));
  const few = thinned(many);
  assert.deepEqual([few.length, few[0], few.at(-1)], [MAX_POINTS, many[0], many.at(-1)]);
});

test('curves are summed as steps', () => {
  const curve = (...points: [number, number][]) =>
    points.map(([at, readBytes]) => ({ at, readBytes, writtenBytes: 0 }));
  assert.deepEqual(
    summedCurves([curve([10, 1], [30, 5]), curve([20, 2], [40, 3])]),
    curve([10, 1], [20, 3], [30, 7], [40, 8]),
  );
});
