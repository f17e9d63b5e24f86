/** Attacks on the names of a batch: who wants to know whose the losing orders are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAsk, partyKey, partyName, WEIGHT_ONE } from '@bullion/clearing';
import { freezing } from '../market/index.ts';
import { BEGIN, CREDIT, Floor } from '../testing/floor.ts';

test('what a newcomer gains in rank falls by a thirtieth a day: two that came on one day look alike', () => {
  const floor = new Floor({ newcomerMs: 30 * 86_400_000 });
  const name = floor.enroll('hospital', 1);
  for (const [party, minutes] of [
    ['first', 0],
    ['second', 37],
    ['third', 25 * 60],
  ] as const) {
    floor.now = BEGIN + minutes * 60_000;
    floor.credit(party, 100);
    const window = { latest: floor.slot + 400, expires: floor.now + 7 * 86_400_000 };
    floor.bid({ buyer: party, classes: [name], ...window });
  }
  floor.now += 60_000;
  floor.freeze();
  const gains = floor.market.state.frozen!.batch.bids.map(({ weight }) => weight - WEIGHT_ONE);
  assert.deepEqual(gains.toSorted(), [483_333n, 483_333n, 500_000n]);
});

test('an owner that lets to one party alone learns its name in that batch, and in no other', () => {
  const floor = new Floor();
  for (const party of ['owner', 'competitor']) floor.credit(party, 10_000);
  const name = floor.enroll('owner', 1);
  const id = floor.ask({ owner: 'owner', class: name, allow: ['competitor'], reserve: 100n * CREDIT });
  floor.bid({ buyer: 'competitor', classes: [name], limit: 3n * CREDIT, latest: floor.slot + 9 });
  const learnt = ['one', 'two'].map((secret) => {
    floor.do(freezing(secret));
    const { batch } = floor.market.state.frozen!;
    const self = { party: 'owner', key: partyKey(secret, 'owner') };
    const { bond, placedAt, withdrawn, parent, kept, owner, ...ask } = floor.market.state.asks.get(id)!;
    const found = findAsk(batch, self, ask);
    assert.equal(found.why, null);
    const [only] = batch.asks.find((one) => one.id === found.name)!.allow!;
    assert.equal(batch.bids.find(({ buyer }) => buyer === only)!.limit, 3n * CREDIT, 'it sees the limit');
    assert.equal(only, partyName(partyKey(secret, 'competitor'), 'competitor'));
    floor.do({ do: 'clear' });
    return only;
  });
  assert.notEqual(learnt[0], learnt[1]);
});
