/** Stories of the market, to the last micro-credit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BullionError } from '@bullion/service/errors';
import { escrow, FEE, INSURANCE } from '../ledger/index.ts';
import { CREDIT, Floor } from '../testing/floor.ts';
import type { Command } from './commands.ts';
import { Market } from './market.ts';

function trading(config = {}) {
  const floor = new Floor(config);
  for (const party of ['hospital', 'university', 'startup']) floor.credit(party, 10_000);
  const name = floor.enroll('hospital', 4);
  floor.enroll('university', 4);
  return { floor, name };
}

test('a lease is let, runs and is paid to the last micro-credit', () => {
  const { floor, name } = trading();
  const ask = floor.ask({ owner: 'hospital', class: name, nodes: 4 });
  const lease = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 8 });
  floor.clear();
  const { price } = floor.market.state.leases.get(lease)!;
  assert.equal(price, 1_020_408n, 'the reserve of one credit, and the fee on top');
  floor.pass(1);
  assert.equal(floor.market.state.leases.get(lease)!.state, 'active');
  assert.equal(floor.balance(escrow('startup')), price * 16n);
  floor.pass(8);
  assert.equal(floor.market.state.leases.get(lease)!.state, 'ended');
  assert.equal(floor.free('startup'), 10_000n * CREDIT - price * 16n);
  const fee = (price * 20_000n) / 1_000_000n;
  assert.equal(floor.balance(FEE) + floor.balance(INSURANCE), fee * 16n);
  floor.do({ do: 'withdraw', ask, by: 'hospital' });
  assert.equal(floor.free('hospital'), 10_000n * CREDIT + (price - fee) * 16n, 'the bond is back as well');
  floor.checkBooks();
});

test('the journal replays to the identical hash, from any snapshot on', () => {
  const { floor, name } = trading();
  floor.ask({ owner: 'hospital', class: name, nodes: 4, notice: 2 });
  floor.bid({ buyer: 'startup', classes: [name], nodes: 3, slots: 40, minNotice: 0 });
  floor.clear();
  floor.pass(3);
  floor.do({ do: 'recall', key: 'r', by: 'hospital', class: name, nodes: 2 });
  floor.pass(60);
  for (const from of [0, 5, 12, floor.journal.length]) {
    const market = new Market({ newcomerMs: 1 });
    for (const { command, at } of floor.journal.slice(0, from)) market.apply(command, at);
    const restored = Market.restore(market.snapshot());
    for (const { command, at } of floor.journal.slice(from)) restored.apply(command, at);
    assert.equal(restored.hash(), floor.market.hash());
  }
});

test('a market killed between commitment and clearing clears to the identical hash', () => {
  const { floor, name } = trading();
  floor.ask({ owner: 'hospital', class: name, nodes: 2 });
  for (let n = 0; n < 5; n++) floor.bid({ buyer: 'startup', classes: [name], limit: BigInt(n + 1) * CREDIT });
  floor.freeze();
  const killed = Market.restore(floor.market.snapshot());
  killed.apply({ do: 'clear' }, floor.now);
  floor.do({ do: 'clear' });
  assert.equal(killed.hash(), floor.market.hash());
});

test('a recall takes idle nodes first, then ends recallable leases after their notice, with compensation', () => {
  const { floor, name } = trading();
  floor.ask({ owner: 'hospital', class: name, nodes: 4, notice: 2 });
  const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 3, slots: 40, minNotice: 2 });
  floor.clear();
  floor.pass(2);
  const lease = floor.market.state.leases.get(id)!;
  floor.do({ do: 'recall', key: 'a', by: 'hospital', class: name, nodes: 1 });
  assert.equal(lease.parts.length, 1, 'the idle one was enough');
  const before = floor.free('startup');
  floor.do({ do: 'recall', key: 'b', by: 'hospital', class: name, nodes: 3 });
  const at = floor.slot + 2;
  const rest = BigInt(lease.end - at) * 3n;
  const refund = lease.price * rest;
  assert.equal(floor.free('startup'), before + refund + (lease.price / 4n) * rest);
  floor.pass(4);
  assert.equal(lease.state, 'ended');
  floor.checkBooks();
});

test('of a withdrawn ask a recall takes what was let, not what was never let', () => {
  const { floor, name } = trading();
  const ask = floor.ask({ owner: 'hospital', class: name, nodes: 4, notice: 1 });
  const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 40, minNotice: 0 });
  floor.clear();
  floor.pass(1);
  floor.do({ do: 'withdraw', ask, by: 'hospital' });
  floor.do({ do: 'recall', key: 'a', by: 'hospital', class: name, nodes: 1 });
  const parts = floor.market.state.leases.get(id)!.parts.map((one) => floor.market.state.parts.get(one)!);
  assert.deepEqual(
    parts.map(({ nodes, recalled }) => [nodes, recalled]),
    [
      [1, false],
      [1, true],
    ],
  );
  const recall = { do: 'recall', key: 'b', by: 'hospital', class: name, nodes: 2 } as const;
  assert.equal(floor.refused(recall), 'recall_too_much');
  floor.pass(60);
  floor.checkBooks();
});

test('a recall moves the tenant to a substitute where that costs the owner less', () => {
  const { floor, name } = trading();
  floor.ask({ owner: 'hospital', class: name, nodes: 2, notice: 1 });
  const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 40, minNotice: 0 });
  floor.clear();
  floor.ask({ owner: 'university', class: name, nodes: 4, reserve: (11n * CREDIT) / 10n });
  floor.pass(2);
  floor.do({ do: 'recall', key: 'a', by: 'hospital', class: name, nodes: 2 });
  floor.pass(1);
  const lease = floor.market.state.leases.get(id)!;
  const parts = lease.parts.map((part) => floor.market.state.parts.get(part)!.owner);
  assert.deepEqual(parts, ['hospital', 'university']);
  floor.checkBooks();
  floor.pass(60);
  assert.equal(lease.state, 'ended');
  assert.equal(lease.held, 0n);
  floor.checkBooks();
});

test('a tenant extends, sub-lets and leaves early; an owner that fails pays', () => {
  const { floor, name } = trading();
  floor.ask({ owner: 'hospital', class: name, nodes: 4 });
  const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 10 });
  floor.clear();
  floor.pass(2);
  assert.equal(
    floor.refused({ do: 'extend', lease: id, by: 'startup', slots: 4, limit: 1n }),
    'extension_price',
  );
  floor.do({ do: 'extend', lease: id, by: 'startup', slots: 4, limit: 2n * CREDIT });
  const lease = floor.market.state.leases.get(id)!;
  floor.do({
    do: 'sublease',
    lease: id,
    by: 'startup',
    ask: 'sub',
    nodes: 1,
    end: lease.end,
    reserve: CREDIT,
  });
  assert.equal(floor.refused({ do: 'release', lease: id, by: 'startup' }), 'lease_sublet');
  const inner = floor.bid({ buyer: 'university', classes: [name], nodes: 3, slots: 4 });
  floor.clear();
  assert.deepEqual(
    floor.market.state.leases
      .get(inner)!
      .parts.map((part) => floor.market.state.parts.get(part)!.owner)
      .sort(),
    ['hospital', 'startup'],
  );
  floor.pass(6);
  floor.checkBooks();
  floor.do({ do: 'withdraw', ask: 'sub', by: 'startup' });
  floor.do({ do: 'fail', part: lease.parts[0]! });
  floor.checkBooks();
  floor.do({ do: 'release', lease: id, by: 'startup' });
  floor.checkBooks();
  floor.pass(20);
  assert.equal(lease.held, 0n);
  floor.checkBooks();
});

test('a sub-lease keeps the terms of the owners: whom they let to, and how many to each', () => {
  const { floor, name } = trading();
  for (const party of ['friend', 'stranger']) floor.credit(party, 1000);
  const allow = ['startup', 'friend'];
  floor.ask({ owner: 'hospital', class: name, nodes: 4, allow: [...allow, 'late'], maxPerBuyer: 3 });
  floor.ask({ owner: 'university', class: name, nodes: 4, allow: [...allow, 'early'], maxPerBuyer: 1 });
  const lease = floor.bid({ buyer: 'startup', classes: [name], nodes: 4, slots: 20 });
  floor.clear();
  floor.pass(1);
  const { end } = floor.market.state.leases.get(lease)!;
  const sub = { ask: 'sub', nodes: 4, end, reserve: CREDIT / 2n };
  floor.do({ do: 'sublease', lease, by: 'startup', ...sub });
  const { allow: whom, maxPerBuyer } = floor.market.state.asks.get('sub')!;
  assert.deepEqual([whom, maxPerBuyer], [allow, 1]);
  const bid = (buyer: string) =>
    floor.bid({ buyer, classes: [name], slots: 4, limit: 9n * CREDIT, latest: floor.slot + 1 });
  const [stranger, first, second] = [bid('stranger'), bid('friend'), bid('friend')];
  floor.clear();
  const { leases, parts } = floor.market.state;
  assert.ok(!leases.has(stranger));
  const won = [first, second].filter((id) => leases.has(id) && parts.get(`${id}.1`)!.ask === 'sub');
  assert.equal(won.length, 1, 'one at a time');
});

test('an owner that fails before any tick has seen the start owes nothing of what did not run', () => {
  const { floor, name } = trading();
  floor.ask({ owner: 'hospital', class: name, nodes: 2 });
  const at = floor.slot + 200;
  floor.ask({ owner: 'university', class: name, nodes: 2, end: at + 20, reserve: CREDIT / 2n });
  const want = { earliest: at, latest: at, slots: 10 };
  const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, ...want });
  floor.clear();
  const lease = floor.market.state.leases.get(id)!;
  floor.now += 205 * floor.market.state.config.slotMs;
  floor.do({ do: 'fail', part: lease.parts[0]! });
  floor.checkBooks();
});

test('a failure that is told of when a part is over replaces nothing, though others could host it', () => {
  for (const late of [0, 1, 12]) {
    const { floor, name } = trading();
    floor.ask({ owner: 'hospital', class: name, nodes: 2 });
    floor.ask({ owner: 'university', class: name, nodes: 2, reserve: CREDIT + 1n });
    const id = floor.bid({ buyer: 'startup', classes: [name], nodes: 2, slots: 8 });
    floor.clear();
    floor.pass(2);
    const lease = floor.market.state.leases.get(id)!;
    const part = floor.market.state.parts.get(lease.parts[0]!)!;
    // No tick has seen its end yet.
    floor.now = (part.end + late) * floor.market.state.config.slotMs;
    floor.do({ do: 'fail', part: part.id });
    floor.pass(1);
    assert.deepEqual([lease.state, lease.parts.length, lease.held], ['ended', 1, 0n], `${late} slots late`);
    floor.checkBooks();
  }
});

test('refusals speak of credits and of times, not of micro-credits and of slots', () => {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 1);
  floor.ask({ owner: 'owner', class: name });
  const id = floor.bid({ buyer: 'startup', classes: [name], slots: 4 });
  floor.clear();
  const told = (command: Command) => {
    try {
      floor.do(command);
    } catch (error) {
      return `${(error as BullionError).message} ${(error as BullionError).hint}`;
    }
    return assert.fail(`${command.do} was not refused`);
  };
  const extension = { do: 'extend', lease: id, by: 'startup', slots: 1, limit: 1_000_000n } as const;
  assert.match(told(extension), /costs 1\.020408 credits .* limit of 1\. Give a limit of 1\.020408 credits/);
  floor.do({ do: 'halt', halted: true });
  assert.equal(floor.refused({ ...extension, limit: 2_000_000n }), 'market_halted');
  floor.do({ do: 'halt', halted: false });
  const poor = floor.newBid({ buyer: 'nobody', classes: [name], limit: 1_500_000n });
  assert.match(told({ do: 'bid', bid: poor }), /12 credits are needed \(deposit of a bid\); nobody has 0\./);
  const late = floor.newBid({ buyer: 'startup', classes: [name], earliest: 5, latest: 5 });
  assert.match(
    told({ do: 'bid', bid: late }),
    /between 1970-01-01T01:15:00\.000Z and .* can be let from 2024-/,
  );
});

test('what is not there, and what is another party’s, cannot be told apart', () => {
  const { floor, name } = trading();
  const ask = floor.ask({ owner: 'hospital', class: name });
  assert.equal(floor.refused({ do: 'withdraw', ask, by: 'startup' }), 'ask_not_found');
  assert.equal(floor.refused({ do: 'withdraw', ask: 'none', by: 'startup' }), 'ask_not_found');
});
