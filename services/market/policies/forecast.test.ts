import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growth, keptFor, lastWeek } from './forecast.ts';

const HIGHEST = 1_000_000;

test('the rise is from where it stood to its highest within reach', () => {
  assert.equal(growth({ levels: [1, 2, 9, 3] }, 1, HIGHEST), 7);
  assert.equal(growth({ levels: [1, 2, 9, 3] }, 2, HIGHEST), 8);
  assert.equal(growth({ levels: [9, 5, 1] }, 2, HIGHEST), 0);
});

test('it agrees with looking at each time by itself', () => {
  const levels = Array.from({ length: 200 }, (_, n) => (n * 7919) % 61);
  for (const slots of [1, 4, 16, 300]) {
    const rises = levels.slice(0, -1).map((level, at) => {
      return Math.max(0, Math.max(...levels.slice(at + 1, at + 1 + slots)) - level);
    });
    rises.sort((a, b) => a - b);
    for (const ppm of [0, 500_000, 950_000, HIGHEST]) {
      const at = Math.min(rises.length - 1, Math.floor((rises.length * ppm) / 1e6));
      assert.equal(growth({ levels }, slots, ppm), rises[at], `${slots} slots, ${ppm} ppm`);
    }
  }
});

test('who remembers nothing expects nothing', () => {
  assert.equal(growth({ levels: [] }, 4, HIGHEST), 0);
  assert.equal(growth({ levels: [7] }, 4, HIGHEST), 0);
});

test('the same hours of last week are looked at, and not those after', () => {
  const week = [5, 9, 30, 2];
  assert.equal(lastWeek([...week, 6], 1, 4), 3);
  assert.equal(lastWeek([...week, 6], 2, 4), 24);
  assert.equal(lastWeek([...week, 40], 2, 4), 0);
  assert.equal(lastWeek(week, 2, 4), 0);
  assert.equal(keptFor({ levels: [...week, 6] }, 1, 0, 4), 3);
  assert.equal(keptFor({ levels: [...week, 6] }, 1, HIGHEST, 4), 21);
});

test('over jobs: what those that came would have needed, however seldom they come', () => {
  const day = Array.from({ length: 96 }, (_, at) => (at === 40 ? 1 : 0));
  const past = { levels: day, arrivals: day };
  assert.equal(growth({ levels: day }, 2, 950_000), 0);
  assert.equal(growth(past, 2, 950_000), 1);
  // Three came one by one, and one that wanted six nodes.
  const steps = { levels: [0, 1, 2, 3, 9], arrivals: [0, 1, 1, 1, 1] };
  assert.equal(growth(steps, 1, 740_000), 1);
  assert.equal(growth(steps, 1, 750_000), 6);
  assert.equal(growth(steps, 2, 750_000), 7);
});

test('over jobs too it agrees with looking at each time by itself', () => {
  const levels = Array.from({ length: 120 }, (_, n) => (n * 7919) % 61);
  const arrivals = levels.map((_, n) => (n * 31) % 4);
  for (const times of [1, 5, 300]) {
    const rises = levels.flatMap((level, at) => {
      const low = Math.min(level, ...levels.slice(Math.max(0, at - times), at));
      return at === 0 ? [] : Array<number>(arrivals[at]!).fill(level - low);
    });
    rises.sort((a, b) => a - b);
    for (const ppm of [0, 500_000, 950_000, HIGHEST]) {
      const at = Math.min(rises.length - 1, Math.floor((rises.length * ppm) / 1e6));
      assert.equal(
        growth({ levels: [...levels], arrivals }, times, ppm),
        rises[at],
        `${times} times, ${ppm} ppm`,
      );
    }
  }
});
