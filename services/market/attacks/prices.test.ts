/** Attacks on prices: shills, wash trades, withholding, spirals. Each says what it measured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT, Floor } from '../testing/floor.ts';

function floorWith(owners: number, config = {}) {
  const floor = new Floor(config);
  floor.credit('startup', 10_000);
  let name = '';
  for (let n = 1; n <= owners; n++) {
    floor.credit(`owner${n}`, 10_000);
    name = floor.enroll(`owner${n}`, 2);
  }
  return { floor, name };
}

test('wash trading: nobody lets to itself, and between two that collude the fee is lost', (t) => {
  const { floor, name } = floorWith(1);
  floor.ask({ owner: 'owner1', class: name });
  const own = floor.bid({ buyer: 'owner1', classes: [name], limit: 9n * CREDIT });
  floor.clear();
  assert.ok(!floor.market.state.leases.has(own));
  floor.do({ do: 'cancel', bid: own, by: 'owner1' });
  const has = () => floor.free('owner1') + floor.balance('owner1:bond') + floor.free('startup');
  const before = has();
  floor.bid({ buyer: 'startup', classes: [name] });
  floor.clear();
  floor.pass(12);
  t.diagnostic(
    `a wash trade of 8 node-slots at ${CREDIT} cost the two ${before - has()} micro-credits, all of it fee`,
  );
  assert.ok(before - has() > 0n);
  assert.equal(before - has(), floor.balance('market:fee') + floor.balance('market:insurance'));
  floor.checkBooks();
});

test('a shill bid of the owner raises nobody’s price to the owner’s gain: what it adds goes to the insurance fund', (t) => {
  const gainOf = (shill: boolean) => {
    const { floor, name } = floorWith(2);
    floor.ask({ owner: 'owner1', class: name, nodes: 1 });
    floor.credit('rival', 1000);
    const id = floor.bid({ buyer: 'startup', classes: [name], limit: 3n * CREDIT });
    if (shill) floor.bid({ buyer: 'owner1', classes: [name], limit: (29n * CREDIT) / 10n });
    floor.clear();
    const lease = floor.market.state.leases.get(id)!;
    const part = floor.market.state.parts.get(lease.parts[0]!)!;
    return { gross: part.gross, price: part.price };
  };
  const [honest, shill] = [gainOf(false), gainOf(true)];
  t.diagnostic(
    `the owner's gross is ${honest.gross} without and ${shill.gross} with the shill; the price ${shill.price}`,
  );
  assert.ok(shill.gross <= honest.gross);
});

test('a price spiral: the band holds the batch, widens, and lets a price that is truly another through', (t) => {
  const { floor, name } = floorWith(1);
  floor.ask({ owner: 'owner1', class: name, nodes: 2, end: floor.slot + 300 });
  floor.bid({ buyer: 'startup', classes: [name], slots: 1 });
  floor.clear();
  const index = floor.market.state.prices.get(name)!.index!;
  const ask = [...floor.market.state.asks.values()][0]!;
  floor.do({ do: 'withdraw', ask: ask.id, by: 'owner1' });
  floor.pass(3);
  floor.ask({ owner: 'owner1', class: name, nodes: 2, end: floor.slot + 300, reserve: index * 3n });
  const id = floor.bid({
    buyer: 'startup',
    classes: [name],
    limit: index * 9n,
    earliest: floor.slot + 20,
    latest: floor.slot + 90,
  });
  let batches = 0;
  for (; !floor.market.state.leases.has(id) && batches < 20; batches++) floor.clear();
  t.diagnostic(`a price of three times the index was held for ${batches - 1} batches, and let in the next`);
  assert.ok(batches > 3 && batches < 10);
});

test('while a class is held spot bids wait, and reservations go on', () => {
  const { floor, name } = floorWith(1);
  floor.market.state.prices.set(name, { index: CREDIT, trades: [], held: 3 });
  floor.ask({ owner: 'owner1', class: name, nodes: 2, end: floor.slot + 300 });
  const spot = floor.bid({ buyer: 'startup', classes: [name], latest: floor.slot + 50 });
  const ahead = floor.bid({
    buyer: 'startup',
    classes: [name],
    earliest: floor.slot + 20,
    latest: floor.slot + 20,
  });
  floor.clear();
  assert.deepEqual(
    [floor.market.state.leases.has(spot), floor.market.state.leases.has(ahead)],
    [false, true],
  );
});

test('an empty book and a single owner: nothing clears, or at the reserve; the index stays', () => {
  const { floor, name } = floorWith(1);
  floor.clear();
  floor.bid({ buyer: 'startup', classes: [name], limit: 100n * CREDIT, latest: floor.slot + 9 });
  floor.clear();
  assert.equal(floor.market.state.leases.size, 0);
  floor.ask({ owner: 'owner1', class: name });
  floor.clear();
  const [lease] = floor.market.state.leases.values();
  assert.equal(lease!.price, 1_020_408n, 'alone, an owner gets its reserve');
  assert.equal(floor.market.state.prices.get(name)!.index, 1_020_408n);
});
