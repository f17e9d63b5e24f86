import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnerView } from '../policy.ts';
import { idleOwner } from './idle-owner.ts';

const SLOT_MS = 3_600_000;
const WEEK = 168;
const policy = idleOwner({ reserve: 400n, firmSlots: 8, noticeSlots: 2, spare: 0 });
const view = (of: Partial<OwnerView<{ levels: number[] }>>): OwnerView<{ levels: number[] }> => ({
  ...{ slot: 1000, slotMs: SLOT_MS, class: 'c', nodes: 10, busy: 2, let: [], asks: [], index: null },
  ...{ memory: { levels: Array(WEEK).fill(2) }, ...of },
});

test('an owner whose need stood still lends all that it does not use, firmly', () => {
  assert.deepEqual(policy(view({})).actions, [
    { do: 'ask', nodes: 8, slots: 8, notice: null, reserve: 400n },
  ]);
});

test('what it needed in the same hours of last week it keeps, and lends recallably until then', () => {
  const levels = Array(WEEK).fill(2);
  // Seen a week before: five hours from now.
  levels[5] = 7;
  const { actions } = policy(view({ memory: { levels } }));
  assert.deepEqual(actions, [
    { do: 'ask', nodes: 3, slots: 8, notice: null, reserve: 400n },
    { do: 'ask', nodes: 5, slots: 8, notice: 2, reserve: 300n },
  ]);
});

test('what is let or on offer is not offered again; what its work lacks is recalled', () => {
  const lent = [{ nodes: 8, notice: 2, recalled: false, until: 1010 }];
  assert.deepEqual(policy(view({ let: lent })).actions, []);
  assert.deepEqual(policy(view({ let: lent, busy: 5 })).actions, [{ do: 'recall', nodes: 3 }]);
});

test('what comes back already is not recalled again, what is firm not at all, and what is idle is taken off the market', () => {
  const lent = { nodes: 4, notice: 2, recalled: false, until: 1010 };
  const coming = [lent, { ...lent, recalled: true }];
  assert.deepEqual(policy(view({ let: coming, busy: 6 })).actions, []);
  assert.deepEqual(policy(view({ let: [{ ...lent, notice: null }], busy: 8 })).actions, []);
  const asks = [{ id: 'ask', nodes: 8, idle: 4, notice: 2, end: 1020, reserve: 400n }];
  const two = policy(view({ let: [lent], asks, busy: 4 })).actions;
  assert.deepEqual(two, [{ do: 'recall', nodes: 2 }]);
  assert.deepEqual(policy(view({ let: [lent], asks, busy: 7 })).actions, [{ do: 'recall', nodes: 5 }]);
});

test('it remembers a week and the hour before, not more', () => {
  const { memory } = policy(view({ memory: { levels: Array(500).fill(1) } }));
  assert.equal(memory!.levels.length, WEEK + 1);
  assert.equal(memory!.levels.at(-1), 2);
});
