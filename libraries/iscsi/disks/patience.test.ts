import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Patience } from './patience.ts';

const SLOW_MS = 5;

/** `count` operations of `ms` each, one after the other; the time at their end. */
function operations(patience: Patience, from: number, count: number, ms: number): number {
  let now = from;
  for (let at = 0; at < count; at++) patience.spent(now, (now += ms));
  return now;
}

/** How long after `now` it does not allow any, to 10 ms. */
function pauseAfter(patience: Patience, now: number): number {
  let pause = 0;
  while (!patience.allows(now + pause)) pause += 10;
  return pause;
}

it('a few slow operations on a busy machine cost a short pause, however often', () => {
  const patience = new Patience(SLOW_MS);
  let now = 1000;
  for (let round = 0; round < 20; round++) {
    now = operations(patience, now, 4, 6);
    const pause = pauseAfter(patience, now);
    assert.ok(pause > 0 && pause <= 50, `${pause} ms in round ${round}`);
    now = operations(patience, now + pause, 300, 0.1);
  }
});

it('a disk that stays behind is left alone for longer and longer, up to seconds', () => {
  const patience = new Patience(SLOW_MS);
  let now = 1000;
  const pauses: number[] = [];
  for (let round = 0; round < 9; round++) {
    now = operations(patience, now, 4, 12);
    pauses.push(pauseAfter(patience, now));
    now += pauses.at(-1)!;
  }
  assert.deepEqual(pauses, [50, 100, 200, 400, 800, 1600, 3200, 3200, 3200]);
});

it('slow ones that are rare are forgiven', () => {
  const patience = new Patience(SLOW_MS);
  let now = 1000;
  for (let round = 0; round < 20; round++) {
    now = operations(patience, now, 1, 20);
    now = operations(patience, now, 256, 0.1);
    assert.ok(patience.allows(now));
  }
});
