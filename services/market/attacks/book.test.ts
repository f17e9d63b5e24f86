/** Attacks on the book: bids that cost nothing, that can never be let, or that never end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, type NewBid } from '../market/index.ts';
import { ATTRIBUTES, CREDIT, Floor, SLOT } from '../testing/floor.ts';

function floorOf(config = {}) {
  const floor = new Floor(config);
  floor.credit('startup', 1000);
  return { floor, name: floor.enroll('hospital', 3) };
}

test('a party without a credit puts no bid into the book', () => {
  const { floor, name } = floorOf();
  const bid = (limit: bigint) =>
    ({ do: 'bid', bid: floor.newBid({ buyer: 'poor', classes: [name], limit }) }) as const;
  assert.equal(floor.refused(bid(0n)), 'limit_invalid');
  assert.equal(floor.refused(bid(1n)), 'ledger_short');
  assert.equal(floor.market.state.bids.size, 0);
});

test('a bid that can never be let is refused: of no known class, or for more nodes than there are', () => {
  const { floor, name } = floorOf();
  const other = classOf({ cpu: 'none' });
  const refused = (of: Partial<NewBid>) =>
    floor.refused({ do: 'bid', bid: floor.newBid({ buyer: 'startup', classes: [name], ...of }) });
  assert.equal(refused({ classes: [other] }), 'class_not_found');
  assert.equal(refused({ classes: [name, other] }), 'class_not_found');
  assert.equal(refused({ nodes: 4 }), 'bid_too_large');
  floor.enroll('university', 1, { ...ATTRIBUTES, memory: 512 });
  assert.equal(refused({ nodes: 4 }), 'bid_too_large', 'all nodes are of one class');
  floor.enroll('university', 1);
  floor.bid({ buyer: 'startup', classes: [name], nodes: 4, limit: CREDIT });
  const node = [...floor.market.state.nodes].find(([, { owner }]) => owner === 'university')![0];
  floor.do({ do: 'disenroll', node });
  floor.do({ do: 'enroll', node: 'again', owner: 'university', attributes: ATTRIBUTES });
  floor.bid({ buyer: 'startup', classes: [name], nodes: 4, limit: CREDIT });
});

test('no bid waits forever, and none that is over is taken', () => {
  const { floor, name } = floorOf();
  const ending = (expires: number) =>
    ({ do: 'bid', bid: floor.newBid({ buyer: 'startup', classes: [name], expires }) }) as const;
  for (const expires of [0, floor.now, floor.now + 7 * 86_400_000 + 1, 1e300])
    assert.equal(floor.refused(ending(expires)), 'bid_end_invalid', String(expires));
  floor.do(ending(floor.now + 7 * 86_400_000));
  floor.pass(7 * 96);
  floor.clear();
  assert.equal(floor.market.state.bids.size, 0);
});

test('a legal owner has no more orders open than the limit, whatever becomes of the rate; what ends makes room', () => {
  const { floor, name } = floorOf({ openMax: 3 });
  floor.do({ do: 'register', party: 'startup', legal: 'acme' });
  floor.do({ do: 'register', party: 'second', legal: 'acme' });
  floor.credit('second', 1000);
  floor.do({ do: 'enroll', node: 'own', owner: 'second', attributes: ATTRIBUTES });
  floor.ask({ owner: 'second', class: name });
  const low = { classes: [name], slots: 1, limit: CREDIT / 10n, latest: floor.slot + 90 };
  const [first] = [floor.bid({ buyer: 'startup', ...low }), floor.bid({ buyer: 'second', ...low })];
  floor.clear();
  const next = { do: 'bid', bid: floor.newBid({ buyer: 'startup', ...low }) } as const;
  assert.equal(floor.refused(next), 'open_orders');
  floor.do({ do: 'cancel', bid: first!, by: 'startup' });
  floor.do(next);
  floor.now += 91 * SLOT;
  floor.clear();
  floor.bid({ buyer: 'startup', classes: [name] });
});
