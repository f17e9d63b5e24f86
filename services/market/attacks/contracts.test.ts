/** Attacks on contracts: double selling, recall at the peak, default cascades, subsidy farming, starvation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSURANCE } from '../ledger/index.ts';
import { CREDIT, Floor } from '../testing/floor.ts';

test('double selling: an ask beyond the enrolled nodes is refused, also by way of a withdrawn one that is let', () => {
  const floor = new Floor();
  floor.credit('owner', 1000);
  floor.credit('startup', 1000);
  const name = floor.enroll('owner', 2);
  const ask = floor.ask({ owner: 'owner', class: name, nodes: 2 });
  floor.bid({ buyer: 'startup', classes: [name], nodes: 2 });
  floor.clear();
  floor.do({ do: 'withdraw', ask, by: 'owner' });
  const again = {
    id: 'again',
    owner: 'owner',
    class: name,
    nodes: 1,
    start: floor.slot,
    end: floor.slot + 4,
  };
  const terms = { reserve: CREDIT, notice: null, minLease: 1, allow: null, maxPerBuyer: null, tier: 0 };
  assert.equal(floor.refused({ do: 'ask', ask: { ...again, ...terms } }), 'ask_not_covered');
});

test('lend cheap, recall at the peak: the compensation is at least what the price has risen', (t) => {
  const floor = new Floor();
  for (const party of ['owner', 'startup']) floor.credit(party, 10_000);
  const name = floor.enroll('owner', 1);
  floor.ask({ owner: 'owner', class: name, notice: 0, end: floor.slot + 60 });
  const id = floor.bid({ buyer: 'startup', classes: [name], slots: 50, minNotice: 0 });
  floor.clear();
  floor.pass(2);
  const lease = floor.market.state.leases.get(id)!;
  const peak = lease.price * 5n;
  floor.market.state.prices.get(name)!.index = peak;
  const before = floor.free('owner') + floor.balance('owner:bond');
  floor.do({ do: 'recall', key: 'peak', by: 'owner', class: name, nodes: 1 });
  const rest = BigInt(50 - 3);
  const paid = before - floor.free('owner') - floor.balance('owner:bond');
  const gain = (peak - lease.price) * rest;
  t.diagnostic(`letting the rest at the peak would have gained ${gain}; the recall costs ${paid}`);
  assert.ok(paid >= gain - lease.price * 3n, `${paid} < ${gain}`);
  floor.checkBooks();
});

test('a default cascade: the waterfall pays as far as it reaches, and no account goes below zero', (t) => {
  const floor = new Floor();
  floor.credit('startup', 10_000);
  floor.do({ do: 'mint', key: 'insure', account: INSURANCE, amount: 5n * CREDIT });
  let name = '';
  const leases: string[] = [];
  for (let n = 0; n < 6; n++) {
    floor.credit(`owner${n}`, 25);
    name = floor.enroll(`owner${n}`, 1);
    floor.ask({ owner: `owner${n}`, class: name });
    leases.push(floor.bid({ buyer: 'startup', classes: [name], slots: 90 }));
  }
  floor.clear();
  floor.pass(1);
  let owed = 0n;
  let paid = 0n;
  for (const id of leases) {
    const lease = floor.market.state.leases.get(id)!;
    for (const part of [...lease.parts]) {
      const before = floor.free('startup');
      const rest = BigInt(90) * lease.price;
      floor.do({ do: 'fail', part });
      owed += rest / 2n;
      paid += floor.free('startup') - before - rest;
    }
    floor.checkBooks();
  }
  t.diagnostic(`six owners failed at once: ${owed} micro-credits of compensation were owed and ${paid} paid`);
  assert.ok(paid > 0n && paid <= owed);
  assert.equal(floor.balance(INSURANCE) >= 0n, true);
});

test('a buyer that cannot pay at the start loses its deposit to the owners, and the nodes are let again', () => {
  const floor = new Floor();
  floor.credit('owner', 1000);
  floor.credit('poor', 5);
  const name = floor.enroll('owner', 1);
  floor.ask({ owner: 'owner', class: name, end: floor.slot + 60 });
  const at = floor.slot + 20;
  const id = floor.bid({ buyer: 'poor', classes: [name], slots: 20, earliest: at, latest: at });
  floor.clear();
  const before = floor.free('owner');
  floor.pass(22);
  const lease = floor.market.state.leases.get(id)!;
  assert.deepEqual([lease.state, lease.why], ['ended', 'the buyer could not pay']);
  assert.ok(floor.free('owner') > before);
  assert.equal(floor.market.state.parties.get('poor')!.strikes, 2);
  floor.checkBooks();
});

test('a no-show pays its deposit, once, and only where nobody claimed', () => {
  const floor = new Floor();
  for (const party of ['owner', 'shy', 'there']) floor.credit(party, 1000);
  const name = floor.enroll('owner', 2);
  floor.ask({ owner: 'owner', class: name, nodes: 2, end: floor.slot + 60 });
  const at = floor.slot + 10;
  const [shy, there] = ['shy', 'there'].map((buyer) =>
    floor.bid({ buyer, classes: [name], slots: 20, earliest: at, latest: at }),
  );
  floor.clear();
  floor.pass(11);
  floor.do({ do: 'claim', lease: there!, by: 'there' });
  floor.pass(3);
  const { leases } = floor.market.state;
  assert.equal(leases.get(shy!)!.why, 'nobody claimed it');
  assert.equal(leases.get(there!)!.state, 'active');
  floor.checkBooks();
});

test('subsidy farming: who comes again under another name is not new, and the fund is never overdrawn', () => {
  const floor = new Floor({ newcomerMs: 30 * 86_400_000 });
  floor.credit('old', 1000);
  floor.credit('startup', 1000);
  floor.do({ do: 'mint', key: 's', account: 'market:subsidy', amount: 1000n * CREDIT });
  floor.do({ do: 'register', party: 'old', legal: 'acme' });
  floor.now += 40 * 86_400_000;
  floor.do({ do: 'register', party: 'again', legal: 'acme' });
  floor.credit('again', 1000);
  const name = floor.enroll('again', 1);
  floor.ask({ owner: 'again', class: name });
  floor.bid({ buyer: 'startup', classes: [name], limit: CREDIT });
  floor.freeze();
  assert.equal(floor.market.state.frozen!.batch.asks[0]!.subsidy, 0n);
});

test('a large K that is outbid again and again is let within a bound: its window is wide, and its rank grows with its age', (t) => {
  const floor = new Floor();
  for (const party of ['owner', 'large', 'small']) floor.credit(party, 1_000_000);
  const name = floor.enroll('owner', 4);
  floor.ask({ owner: 'owner', class: name, nodes: 4, end: floor.slot + 600 });
  const id = floor.bid({
    buyer: 'large',
    classes: [name],
    nodes: 4,
    slots: 4,
    limit: (12n * CREDIT) / 10n,
    latest: floor.slot + 500,
  });
  let batches = 0;
  for (; !floor.market.state.leases.has(id) && batches < 300; batches++) {
    floor.bid({ buyer: 'small', classes: [name], nodes: 1, slots: 2, limit: 2n * CREDIT });
    floor.clear();
    floor.pass(1);
  }
  t.diagnostic(`it was let in batch ${batches}`);
  assert.ok(batches < 300);
});

test('orders beyond the rate and beyond the notional limit are refused until a clearing', () => {
  const floor = new Floor({ orderRate: 3, notionalMax: 100n * CREDIT });
  floor.credit('b', 10_000);
  const name = floor.enroll('owner', 1);
  for (let n = 0; n < 3; n++) floor.bid({ buyer: 'b', classes: [name], slots: 1, limit: CREDIT });
  assert.equal(
    floor.refused({ do: 'bid', bid: floor.newBid({ buyer: 'b', classes: [name] }) }),
    'order_rate',
  );
  floor.clear();
  assert.equal(
    floor.refused({ do: 'bid', bid: floor.newBid({ buyer: 'b', classes: [name], nodes: 100 }) }),
    'notional_limit',
  );
});
