/** Attacks on order and time: replays, cancel against match, clocks that jump, a book that tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT, Floor } from '../testing/floor.ts';

function floorWithAsk() {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 10_000);
  const name = floor.enroll('owner', 2);
  floor.ask({ owner: 'owner', class: name, nodes: 2, notice: 1 });
  return { floor, name };
}

test('an order that is replayed has one effect: before it won, and after', () => {
  const { floor, name } = floorWithAsk();
  const bid = floor.newBid({ buyer: 'startup', classes: [name], minNotice: 0 });
  floor.do({ do: 'bid', bid });
  const before = floor.free('startup');
  floor.do({ do: 'bid', bid });
  assert.equal(floor.free('startup'), before);
  floor.clear();
  const won = floor.free('startup');
  floor.do({ do: 'bid', bid });
  assert.deepEqual([floor.free('startup'), floor.market.state.bids.size], [won, 0]);
});

test('an id is used once: an order under that of one that is over would have nothing put down', () => {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 100);
  const name = floor.enroll('owner', 1);
  const ask = floor.ask({ owner: 'owner', class: name });
  const bid = floor.newBid({ buyer: 'startup', classes: [name] });
  floor.do({ do: 'bid', bid });
  floor.do({ do: 'cancel', bid: bid.id, by: 'startup' });
  assert.equal(floor.refused({ do: 'bid', bid }), 'order_id_taken');
  const of = floor.market.state.asks.get(ask)!;
  floor.do({ do: 'withdraw', ask, by: 'owner' });
  assert.equal(floor.refused({ do: 'ask', ask: of }), 'order_id_taken');
  floor.checkBooks();
});

test('cancel against match: between commitment and clearing it is refused, after it the bid has won', () => {
  const { floor, name } = floorWithAsk();
  const bid = floor.bid({ buyer: 'startup', classes: [name], minNotice: 0 });
  floor.freeze();
  assert.equal(floor.refused({ do: 'cancel', bid, by: 'startup' }), 'batch_frozen');
  floor.do({ do: 'clear' });
  assert.equal(floor.refused({ do: 'cancel', bid, by: 'startup' }), 'bid_not_found');
});

test('release against recall: whichever came first holds, the other is refused or finds nothing', () => {
  for (const first of ['release', 'recall']) {
    const { floor, name } = floorWithAsk();
    const lease = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 40, minNotice: 0 });
    floor.clear();
    floor.pass(2);
    const release = () => floor.do({ do: 'release', lease, by: 'startup' });
    const recall = () => floor.do({ do: 'recall', key: 'k', by: 'owner', class: name, nodes: 2 });
    if (first === 'release') {
      release();
      recall();
    } else {
      recall();
      release();
    }
    floor.pass(5);
    assert.equal(floor.market.state.leases.get(lease)!.state, 'ended');
    floor.checkBooks();
  }
});

test('a late order is in the next batch, and sees nothing of this one', () => {
  const { floor, name } = floorWithAsk();
  floor.freeze();
  const late = floor.bid({ buyer: 'startup', classes: [name], minNotice: 0 });
  floor.do({ do: 'clear' });
  assert.ok(floor.market.state.bids.has(late));
});

test('a clock that goes back stands still; one that jumps ahead ends what is due, once', () => {
  const { floor, name } = floorWithAsk();
  const lease = floor.bid({ buyer: 'startup', classes: [name], slots: 4, minNotice: 0 });
  floor.clear();
  floor.pass(2);
  const now = floor.market.state.now;
  floor.now -= 86_400_000;
  floor.do({ do: 'tick' });
  assert.equal(floor.market.state.now, now);
  floor.now += 2 * 86_400_000;
  floor.do({ do: 'tick' });
  assert.equal(floor.market.state.leases.get(lease)!.state, 'ended');
  const paid = floor.free('startup');
  floor.do({ do: 'tick' });
  assert.equal(floor.free('startup'), paid);
});

test('sniping: what a party can see is the same whatever others have bid', () => {
  const seen = (limit: bigint) => {
    const { floor, name } = floorWithAsk();
    const outcome = floor.do({ do: 'bid', bid: floor.newBid({ buyer: 'owner', classes: [name], limit }) });
    return outcome.events.filter(({ parties }) => parties.includes('startup'));
  };
  assert.deepEqual(seen(CREDIT), seen(9n * CREDIT));
});
