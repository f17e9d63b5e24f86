import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Range, RangeLocks } from './range-locks.ts';

test('writes share; an exclusive range waits for them and holds later ones back', async () => {
  const locks = new RangeLocks();
  const a: Range = { start: 0, end: 8, exclusive: false };
  const b: Range = { start: 4, end: 12, exclusive: false };
  const x: Range = { start: 6, end: 7, exclusive: true };
  const late: Range = { start: 6, end: 7, exclusive: false };
  const elsewhere: Range = { start: 100, end: 101, exclusive: false };
  assert.equal(locks.enter(a), undefined);
  assert.equal(locks.enter(b), undefined);
  const order: string[] = [];
  const waitX = locks.enter(x)!.then(() => order.push('x'));
  const waitLate = locks.enter(late)!.then(() => order.push('late'));
  assert.equal(locks.enter(elsewhere), undefined);
  locks.leave(a);
  await Promise.resolve();
  assert.deepEqual(order, []);
  locks.leave(b);
  await waitX;
  assert.deepEqual(order, ['x']);
  locks.leave(x);
  await waitLate;
  assert.deepEqual(order, ['x', 'late']);
});

test('an exclusive range never overlaps another holder, and everybody gets in at last', async () => {
  const range = fc.record({
    start: fc.nat({ max: 20 }),
    length: fc.integer({ min: 1, max: 6 }),
    exclusive: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 25 }), async (list) => {
      const locks = new RangeLocks();
      const held = new Set<Range>();
      await Promise.all(
        list.map(async ({ start, length, exclusive }, i) => {
          const mine: Range = { start, end: start + length, exclusive };
          await locks.enter(mine);
          for (const other of held) {
            const overlaps = other.start < mine.end && mine.start < other.end;
            assert.ok(!(overlaps && (other.exclusive || mine.exclusive)));
          }
          held.add(mine);
          for (let turn = 0; turn < i % 4; turn += 1) await Promise.resolve();
          held.delete(mine);
          locks.leave(mine);
        }),
      );
      assert.equal(held.size, 0);
    }),
  );
});
