import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from './dice.ts';
import { EventQueue } from './event-queue.ts';

test('events come by time, then kind, then as they were scheduled', () => {
  const queue = new EventQueue<number>();
  const all = Array.from({ length: 500 }, (_, n) => ({
    at: Math.floor(chance('at', n) * 20),
    kind: Math.floor(chance('kind', n) * 3),
    n,
  }));
  for (const { at, kind, n } of all) queue.add(at, kind, n);
  const taken: number[] = [];
  for (let one = queue.take(); one; one = queue.take()) taken.push(one.event);
  const expected = all.toSorted((a, b) => a.at - b.at || a.kind - b.kind || a.n - b.n);
  assert.deepEqual(
    taken,
    expected.map(({ n }) => n),
  );
});

test('a time that is no whole second is refused', () => {
  assert.throws(() => new EventQueue().add(0.5, 0, null), /whole seconds/);
});
