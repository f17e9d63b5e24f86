import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PersistentReservations, ReservationType as Type } from './persistent-reservations.ts';
import { Asc } from './sense.ts';

function setup() {
  const told: [string, number][] = [];
  const reservations = new PersistentReservations((port, asc) => told.push([port, asc]));
  for (const [port, key] of [
    ['a', 1n],
    ['b', 2n],
    ['c', 3n],
  ] as const)
    reservations.register(port, 0n, key, false);
  return { reservations, told };
}

/** Type; may a registrant write; may a stranger read. */
const TABLE: [keyof typeof Type, boolean, boolean][] = [
  ['WriteExclusive', false, true],
  ['ExclusiveAccess', false, false],
  ['WriteExclusiveRegistrantsOnly', true, true],
  ['ExclusiveAccessRegistrantsOnly', true, false],
  ['WriteExclusiveAllRegistrants', true, true],
  ['ExclusiveAccessAllRegistrants', true, false],
];

for (const [name, registrantWrites, strangerReads] of TABLE) {
  test(`${name} lets in whom it should`, () => {
    const { reservations } = setup();
    assert.equal(reservations.reserve('a', 1n, Type[name]), 'done');
    assert.equal(reservations.conflicts('a', 'write'), false);
    assert.equal(reservations.conflicts('b', 'write'), !registrantWrites);
    assert.equal(reservations.conflicts('stranger', 'write'), true);
    assert.equal(reservations.conflicts('stranger', 'read'), !strangerReads);
    assert.equal(reservations.conflicts('stranger', 'none'), false);
  });
}

test('only a registrant with its key reserves, and only the holder releases', () => {
  const { reservations } = setup();
  assert.equal(reservations.reserve('stranger', 1n, Type.WriteExclusive), 'conflict');
  assert.equal(reservations.reserve('a', 9n, Type.WriteExclusive), 'conflict');
  assert.equal(reservations.reserve('a', 1n, Type.WriteExclusive), 'done');
  assert.equal(reservations.reserve('b', 2n, Type.WriteExclusive), 'conflict');
  assert.equal(reservations.release('b', 2n, Type.WriteExclusive), 'done');
  assert.notEqual(reservations.reservation, undefined);
  assert.equal(reservations.release('a', 1n, Type.ExclusiveAccess), 'invalid-release');
  assert.equal(reservations.release('a', 1n, Type.WriteExclusive), 'done');
  assert.equal(reservations.reservation, undefined);
});

test('a preempted registrant loses its registration and is told', () => {
  const { reservations, told } = setup();
  reservations.reserve('b', 2n, Type.WriteExclusive);
  assert.deepEqual(reservations.preempt('a', 1n, 2n, Type.ExclusiveAccess), {
    outcome: 'done',
    removed: ['b'],
  });
  assert.deepEqual(reservations.reservation, { type: Type.ExclusiveAccess, holder: 'a' });
  assert.equal(reservations.registrations.has('b'), false);
  assert.ok(told.some(([port, asc]) => port === 'b' && asc === Asc.RegistrationsPreempted));
  assert.equal(reservations.preempt('a', 1n, 77n, Type.WriteExclusive).outcome, 'conflict');
});

test('an all-registrants reservation stays until its last registrant leaves', () => {
  const { reservations } = setup();
  reservations.reserve('a', 1n, Type.WriteExclusiveAllRegistrants);
  reservations.register('a', 1n, 0n, false);
  reservations.register('b', 2n, 0n, false);
  assert.equal(reservations.conflicts('stranger', 'write'), true);
  reservations.register('c', 3n, 0n, false);
  assert.equal(reservations.conflicts('stranger', 'write'), false);
});

test('the state survives being stored and read back', () => {
  const { reservations } = setup();
  reservations.reserve('c', 3n, Type.WriteExclusiveRegistrantsOnly);
  const stored = JSON.parse(JSON.stringify(reservations.state()));
  const other = new PersistentReservations(() => undefined);
  other.restore(stored);
  assert.deepEqual(other.state(), reservations.state());
  assert.equal(other.conflicts('stranger', 'write'), true);
});
