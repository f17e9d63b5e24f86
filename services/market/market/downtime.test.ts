/** A market that was down: what began without it is not charged, and nobody is punished for not having claimed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grossFor } from '@bullion/clearing';
import { CREDIT, Floor, SLOT } from '../testing/floor.ts';

const PRICE = grossFor(CREDIT, 20_000);

/** A reservation ten slots ahead, for ten slots. */
function reserved(claimed: boolean) {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 1);
  floor.ask({ owner: 'owner', class: name });
  const at = floor.slot + 10;
  const id = floor.bid({ buyer: 'startup', classes: [name], slots: 10, earliest: at, latest: at });
  floor.clear();
  if (claimed) floor.do({ do: 'claim', lease: id, by: 'startup' });
  const lease = floor.market.state.leases.get(id)!;
  const back = (slot: number) => {
    floor.now = (lease.start + slot) * SLOT;
    floor.do({ do: 'tick' });
    floor.checkBooks();
  };
  return { floor, lease, back };
}

for (const claimed of [true, false])
  test(`a ${claimed ? 'claimed' : 'unclaimed'} lease that began and ended within a downtime costs nothing`, () => {
    const { floor, lease, back } = reserved(claimed);
    back(30);
    assert.deepEqual([lease.state, lease.why], ['ended', 'the market was down while it was to run']);
    assert.deepEqual([floor.free('startup'), lease.held], [1000n * CREDIT, 0n]);
    assert.equal(floor.market.state.parties.get('startup')!.strikes, 1);
  });

test('of one whose start the market missed only what is left is charged', () => {
  const { floor, lease, back } = reserved(true);
  back(4);
  floor.pass(7);
  assert.equal(lease.why, 'its time was over');
  assert.equal(floor.free('startup'), 1000n * CREDIT - 6n * PRICE);
});

test('the grace to claim runs from when the market is back', () => {
  const { floor, lease, back } = reserved(false);
  back(4);
  assert.equal(lease.state, 'active');
  floor.pass(1);
  floor.do({ do: 'claim', lease: lease.id, by: 'startup' });
  const later = reserved(false);
  later.back(0);
  later.back(5);
  assert.equal(later.lease.state, 'active', 'it began before, and could not be claimed meanwhile');
  later.floor.pass(2);
  assert.equal(later.lease.why, 'nobody claimed it');
});
