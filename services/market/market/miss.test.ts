import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feeOf, grossFor } from '@bullion/clearing';
import { CREDIT, Floor } from '../testing/floor.ts';

const PRICE = grossFor(CREDIT, 20_000);
const EARNED = PRICE - feeOf(PRICE, 20_000);

/** Two nodes of an owner's that the start-up has for ten slots, the first of which has begun. */
function let2(config = {}) {
  const floor = new Floor(config);
  for (const party of ['owner', 'startup']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 2);
  floor.ask({ owner: 'owner', class: name, nodes: 2 });
  const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 10 });
  floor.clear();
  floor.pass(1);
  const lease = floor.market.state.leases.get(id)!;
  const part = `${id}.1`;
  const begun = lease.start;
  const miss = (slot: number, nodes = 1, fault = false) =>
    floor.do({ do: 'miss', part, slot: begun + slot, nodes, fault });
  return { floor, name, lease, part, miss };
}

const all = (floor: Floor, party: string) => floor.free(party) + floor.balance(`${party}:bond`);

test('a slot in which a node was missing is paid for the other alone, and its tenant has the rest back at once', () => {
  const { floor, miss, lease } = let2();
  floor.pass(3);
  const before = floor.free('startup');
  miss(1);
  assert.equal(floor.free('startup'), before + PRICE);
  miss(1);
  miss(0);
  assert.equal(floor.free('startup'), before + PRICE, 'told twice, or of what is paid already: nothing more');
  miss(3);
  assert.equal(floor.free('startup'), before + PRICE, 'a slot that is not over is not missed yet');
  miss(2, 2);
  floor.pass(8);
  assert.equal(lease.state, 'ended');
  assert.equal(floor.free('startup'), 1000n * CREDIT - 17n * PRICE);
  assert.equal(all(floor, 'owner'), 1000n * CREDIT + 17n * EARNED);
  assert.equal(floor.market.state.parties.get('owner')!.strikes, 1, 'nobody was at fault');
  floor.checkBooks();
});

test('an owner at fault for two slots in a row has failed to deliver what is missing, and no more', () => {
  const { floor, miss, lease } = let2();
  floor.pass(1);
  miss(0, 1, true);
  floor.pass(2);
  miss(2, 1, true);
  assert.equal(floor.market.state.parties.get('owner')!.strikes, 1, 'not in a row');
  floor.pass(1);
  miss(3, 1, true);
  assert.equal(floor.market.state.parties.get('owner')!.strikes, 2);
  const open = lease.parts
    .map((id) => floor.market.state.parts.get(id)!)
    .filter((part) => part.end > floor.slot);
  assert.deepEqual(
    open.map(({ nodes }) => nodes),
    [1],
    'the other goes on',
  );
  const owed = 6n * (PRICE / 2n);
  floor.pass(8);
  // One node for ten slots, the other for the second slot alone.
  assert.equal(floor.free('startup'), 1000n * CREDIT - 11n * PRICE + owed);
  assert.equal(all(floor, 'owner'), 1000n * CREDIT + 11n * EARNED - owed);
  floor.checkBooks();
});

test('what is missing is let from another owner, where there is one', () => {
  const { floor, name, miss, lease } = let2();
  floor.credit('other', 1000);
  floor.enroll('other', 1);
  floor.ask({ owner: 'other', class: name });
  floor.pass(2);
  miss(0, 1, true);
  miss(1, 1, true);
  const owners = lease.parts
    .map((id) => floor.market.state.parts.get(id)!)
    .filter(({ end }) => end === lease.end);
  assert.deepEqual(
    owners.map(({ owner, nodes }) => [owner, nodes]),
    [
      ['owner', 1],
      ['other', 1],
    ],
  );
  floor.pass(9);
  assert.equal(floor.free('startup'), 1000n * CREDIT - 18n * PRICE);
  floor.checkBooks();
});

test('a lease that is over before its owner could fail is remembered all the same', () => {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 1);
  floor.ask({ owner: 'owner', class: name });
  const id = floor.bid({ buyer: 'startup', classes: [name], slots: 1 });
  floor.clear();
  floor.pass(1);
  const { start } = floor.market.state.leases.get(id)!;
  floor.now += 900_000;
  floor.do({ do: 'miss', part: `${id}.1`, slot: start, nodes: 1, fault: true });
  floor.do({ do: 'tick' });
  assert.equal(floor.free('startup'), 1000n * CREDIT);
  assert.equal(floor.market.state.parties.get('owner')!.strikes, 2);
  floor.checkBooks();
});

test('a node that is lost is offered no more; what is let of its ask stands', () => {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 2);
  floor.ask({ owner: 'owner', class: name, nodes: 2 });
  const first = floor.bid({ buyer: 'startup', classes: [name] });
  floor.clear();
  const [node] = [...floor.market.state.nodes.keys()];
  floor.do({ do: 'lose', node: node! });
  floor.do({ do: 'lose', node: node! });
  const second = floor.bid({ buyer: 'startup', classes: [name] });
  floor.clear();
  const { leases, nodes, bids } = floor.market.state;
  assert.deepEqual(
    [leases.has(first), leases.has(second), bids.has(second), nodes.size],
    [true, false, true, 1],
  );
  floor.checkBooks();
});
