import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Suspicion } from './suspicion.ts';

it('one slow read now and then says nothing; two within a few say that the data is not in memory', () => {
  const suspicion = new Suspicion(1);
  for (let round = 0; round < 10; round++) {
    assert.equal(suspicion.confirmedBy(3), false, `round ${round}`);
    for (let quick = 0; quick < 16; quick++) assert.equal(suspicion.confirmedBy(0.1), false);
  }
  assert.equal(suspicion.confirmedBy(3), false);
  assert.equal(suspicion.confirmedBy(0.1), false);
  assert.equal(suspicion.confirmedBy(1), true);
  assert.equal(suspicion.confirmedBy(3), false, 'after which it begins anew');
});
