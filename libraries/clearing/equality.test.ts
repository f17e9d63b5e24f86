import assert from 'node:assert/strict';
import test from 'node:test';
import { clear, clearPlainly, encode } from './index.ts';
import { diceOf } from './testing/dice.ts';
import { anyBatch } from './testing/random.ts';

const RUNS = Number(process.env.RUNS ?? 15) * 40;

test('the fast clearing by rank is the plain one, to the last micro-credit', () => {
  let trades = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const batch = { ...anyBatch(seed), exactUpTo: 0 };
    const plain = clearPlainly(batch);
    trades += plain.trades.length;
    assert.equal(encode(clear(batch)), encode(plain), `of the batch with seed ${seed}`);
  }
  assert.ok(trades > RUNS, 'hardly any batch traded: this test compared nothing');
});

test('the order in which orders arrive leaves no trace', () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const batch = anyBatch(seed);
    const dice = diceOf(seed);
    const shuffled = <One>(all: readonly One[]) =>
      all
        .map((one) => ({ one, key: dice(0, 1e9) }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
    const other = { ...batch, asks: shuffled(batch.asks), bids: shuffled(batch.bids) };
    assert.equal(encode(clear(other)), encode(clear(batch)), `of the batch with seed ${seed}`);
  }
});
