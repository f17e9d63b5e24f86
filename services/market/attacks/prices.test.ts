/** Attacks on prices: shills, wash trades, withholding, spirals. Each says what it measured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../market/index.ts';
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

/** An honest market: a trade in each slot, at what the only owner asks. */
function honest(trades: number, config: Partial<Config> = {}) {
  const { floor, name } = floorWith(1, config);
  for (const party of ['owner1', 'desperate']) floor.credit(party, 1_000_000_000_000);
  let asked: string | undefined;
  /** The owner asks for `reserve` from now on; a slot later it is known whether `buyer` was let a node. */
  const tradeAt = (reserve: bigint, buyer = 'startup', limit = reserve * 2n): boolean => {
    if (asked && floor.market.state.asks.has(asked)) floor.do({ do: 'withdraw', ask: asked, by: 'owner1' });
    asked = floor.ask({ owner: 'owner1', class: name, nodes: 1, reserve });
    const id = floor.bid({ buyer, classes: [name], slots: 1, limit });
    floor.clear();
    const isLet = floor.market.state.leases.has(id);
    if (!isLet) floor.do({ do: 'cancel', bid: id, by: buyer });
    floor.pass(1);
    return isLet;
  };
  for (let n = 0; n < trades; n++) assert(tradeAt(CREDIT));
  return { floor, name, tradeAt };
}

test('before a class has traded twenty times in a week there is nothing to measure a price against', () => {
  const { tradeAt } = honest(19);
  assert(tradeAt(1000n * CREDIT, 'desperate'));
});

test('a price of thirty times the week’s is held for three batches, then let; prices that stay high are not held anew', (t) => {
  const { tradeAt } = honest(96);
  const times = [1, 2, 3, 4, 5, 6].map(() => tradeAt(30n * CREDIT));
  t.diagnostic(
    `thirty times the week’s price, batch by batch: ${times.map((one) => (one ? 'let' : 'held'))}`,
  );
  assert.deepEqual(times, [false, false, false, true, true, true]);
});

test('a price spiral stops: an owner alone that raises its price with each batch, to a buyer that pays any', (t) => {
  const highest = (config: Partial<Config>) => {
    const { tradeAt } = honest(192, config);
    let best = 0;
    for (let n = 1, price = CREDIT; n <= 96; n++) {
      const next = (price * 5n) / 4n;
      // Refused, it tries again as dear.
      if (!tradeAt(next, 'desperate', 10n ** 15n)) continue;
      price = next;
      best = Number(price / CREDIT);
    }
    return best;
  };
  const [stopped, free] = [highest({}), highest({ bandPpm: 1_000_000_000_000 })];
  t.diagnostic(`in a day a price climbed to ${stopped} times what it was; without the breaker to ${free}`);
  assert(stopped <= 64);
  assert(free > 1_000_000);
});

test('beyond the last limit nothing is let, and honest trades go on beside it; after a week without trades prices begin anew', () => {
  const { floor, name, tradeAt } = honest(40);
  for (let n = 0; n < 10; n++) assert(!tradeAt(100n * CREDIT));
  floor.enroll('owner2', 1);
  floor.credit('owner2', 1000);
  floor.ask({ owner: 'owner2', class: name, allow: ['startup'] });
  const cheap = floor.bid({ buyer: 'startup', classes: [name], slots: 1 });
  assert(!tradeAt(100n * CREDIT, 'desperate'));
  assert(floor.market.state.leases.has(cheap), 'an honest trade was held with it');
  floor.pass(7 * 96);
  assert(tradeAt(100n * CREDIT, 'desperate'));
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
