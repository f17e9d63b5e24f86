import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growth, keptFor, lastWeek } from './forecast.ts';

const HIGHEST = 1_000_000;

test('the rise is from where it stood to its highest within reach', () => {
  assert.equal(growth([1, 2, 9, 3], 1, HIGHEST), 7);
  assert.equal(growth([1, 2, 9, 3], 2, HIGHEST), 8);
  assert.equal(growth([9, 5, 1], 2, HIGHEST), 0);
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
      assert.equal(growth(levels, slots, ppm), rises[at], `${slots} slots, ${ppm} ppm`);
    }
  }
});

test('who remembers nothing expects nothing', () => {
  assert.equal(growth([], 4, HIGHEST), 0);
  assert.equal(growth([7], 4, HIGHEST), 0);
});

test('the same hours of last week are looked at, and not those after', () => {
  const week = [5, 9, 30, 2];
  assert.equal(lastWeek([...week, 6], 1, 4), 3);
  assert.equal(lastWeek([...week, 6], 2, 4), 24);
  assert.equal(lastWeek([...week, 40], 2, 4), 0);
  assert.equal(lastWeek(week, 2, 4), 0);
  assert.equal(keptFor([...week, 6], 1, 0, 4), 3);
  assert.equal(keptFor([...week, 6], 1, HIGHEST, 4), 21);
});
