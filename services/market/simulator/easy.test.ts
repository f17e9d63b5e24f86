import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planEasy } from './easy.ts';

const job = (nodes: number, estimate: number) => ({ nodes, estimate });

test('jobs start in their order while there is room', () => {
  const { start, free } = planEasy(0, 10, 10, [job(4, 9), job(6, 9), job(1, 9)], () => []);
  assert.deepEqual([start, free], [[0, 1], 0]);
});

test('a short job goes ahead of one that waits, a long one that would delay it does not', () => {
  const freed = () => [{ at: 100, nodes: 8 }];
  const queue = [job(10, 50), job(2, 101), job(2, 100)];
  const { start, shadow } = planEasy(0, 10, 2, queue, freed);
  assert.deepEqual([start, shadow], [[2], 100]);
});

test('a long job goes ahead on nodes that the first does not need', () => {
  const { start } = planEasy(0, 10, 4, [job(6, 50), job(3, 999), job(1, 999)], () => [{ at: 100, nodes: 6 }]);
  assert.deepEqual(start, [1, 2]);
});

test('what started just now is reckoned with', () => {
  const { start, shadow } = planEasy(0, 4, 4, [job(3, 60), job(4, 10), job(1, 61)], () => []);
  assert.deepEqual([start, shadow], [[0], 60]);
});

test('a job wider than the house never starts at home, and keeps nobody waiting', () => {
  const { start, shadow } = planEasy(0, 4, 2, [job(9, 10), job(2, 200)], () => [{ at: 100, nodes: 2 }]);
  assert.deepEqual([start, shadow], [[1], Number.POSITIVE_INFINITY]);
});
