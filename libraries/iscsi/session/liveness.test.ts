import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Liveness } from './liveness.ts';

const LINUX = '00023d000001';
const IPXE = '400001370000';

test('Linux that freezes before its first ping is asked, and taken for dead', () => {
  const liveness = new Liveness(0, LINUX);
  assert.equal(liveness.check(30_000, []), undefined);
  assert.equal(liveness.check(31_000, []), 'ping');
  assert.equal(liveness.check(91_000, []), undefined, 'it has a minute to answer');
  assert.deepEqual(liveness.check(92_000, []), { dead: 'A ping was not answered.' });
});

test('who answers is alive, and asked again when it is silent again', () => {
  const liveness = new Liveness(0, LINUX);
  assert.equal(liveness.check(31_000, []), 'ping');
  liveness.heard(32_000);
  liveness.answered();
  assert.equal(liveness.check(62_000, []), undefined);
  assert.equal(liveness.check(63_000, []), 'ping');
});

test('iPXE, which drops its connection on a ping, is asked only once it has pinged itself', () => {
  const liveness = new Liveness(0, IPXE);
  assert.equal(liveness.check(900_000, []), undefined);
  liveness.pinged();
  assert.equal(liveness.check(900_000, []), 'ping');
});
