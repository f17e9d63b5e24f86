import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guests } from './guests.ts';

const guest = (from: number, until: number, free: number) => ({ from, until, free });

test('a job is let on only if it ends before the nodes go, and not before they came', () => {
  const guests = new Guests();
  guests.add(guest(100, 1000, 1));
  assert.equal(guests.take({ nodes: 1, estimate: 10 }, 99), undefined);
  assert.equal(guests.take({ nodes: 1, estimate: 901 }, 100), undefined);
  assert.equal(guests.take({ nodes: 1, estimate: 900 }, 100)!.length, 1);
});

test('all of its nodes or none; those that leave first are taken first', () => {
  const [first, second] = [guest(0, 1000, 2), guest(0, 2000, 2)];
  const guests = new Guests();
  guests.add(first);
  guests.add(second);
  assert.equal(guests.take({ nodes: 5, estimate: 10 }, 0), undefined);
  assert.deepEqual([first.free, second.free], [2, 2]);
  guests.take({ nodes: 3, estimate: 10 }, 0);
  assert.deepEqual([first.free, second.free], [0, 1]);
});

test('what leaves soon is not counted on, what comes soon is', () => {
  const guests = new Guests();
  guests.add(guest(0, 1000, 4));
  guests.add(guest(500, 5000, 3));
  assert.equal(guests.ready(0), 3);
  assert.equal(guests.isEmpty(0), false);
});
