import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Turns } from './turns.ts';

it('work of one key never overlaps and keeps its order; failed work lets the next one in', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const work =
    (name: string, fail = false) =>
    async () => {
      log.push(`${name} begins`);
      await sleep(5);
      log.push(`${name} ends`);
      if (fail) throw new Error(name);
    };
  const first = turns.take('a', undefined, work('1', true));
  const second = turns.take('a', undefined, work('2'));
  await assert.rejects(first, /1/);
  await second;
  assert.deepEqual(log, ['1 begins', '1 ends', '2 begins', '2 ends']);
});

it('work of different keys runs side by side', async () => {
  const turns = new Turns();
  const met = Promise.withResolvers<void>();
  await Promise.all([
    turns.take('a', undefined, () => met.promise),
    turns.take('b', undefined, async () => met.resolve()),
  ]);
});

it('who gives up while waiting is let go at once, and those behind still wait for those before', async () => {
  const turns = new Turns();
  const abort = new AbortController();
  const gate = Promise.withResolvers<void>();
  let first = true;
  const holder = turns.take('a', undefined, async () => {
    await gate.promise;
    first = false;
  });
  const waiting = turns.take('a', abort.signal, async () => assert.fail('it gave up'));
  const behind = turns.take('a', undefined, async () => assert.equal(first, false));
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  gate.resolve();
  await Promise.all([holder, behind]);
});
