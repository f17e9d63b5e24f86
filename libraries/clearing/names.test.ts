import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Batch,
  clear,
  encode,
  findAsk,
  findBid,
  ownName,
  partyKey,
  type Trade,
  underNames,
} from './index.ts';
import { anyBatch } from './testing/random.ts';

const SECRET = '0123456789abcdef';
const SEEDS = Array.from({ length: 60 }, (_, n) => n + 1);
/** Of the names in a random batch; ids of two letters may stand in a hash by chance, so all are made long. */
const lengthened = (batch: Batch): Batch =>
  JSON.parse(
    encode(batch).replaceAll(/"(owner|buyer|behind|id|ask|nonce)":"([^"]+)"/g, '"$1":"party-or-order-$2"'),
    (key, value) => (/^(reserve|subsidy|limit|weight|low|high)$/.test(key) ? BigInt(value) : value),
  );

/** A book in which all asks and all gains are unlike, so that no tie is broken by names or seed. */
function untied(seed: number): Batch {
  const batch = anyBatch(seed);
  const asks = batch.asks.map((ask, n) => ({
    ...ask,
    reserve: ask.reserve * 1009n + BigInt(n),
    subsidy: 0n,
  }));
  const bids = batch.bids.map((bid, n) => ({ ...bid, limit: bid.limit * 1013n + BigInt(n * n) }));
  return { ...batch, asks, bids, exactUpTo: 0 };
}

test('nothing of a batch under names tells a party, an order or a nonce', () => {
  for (const seed of SEEDS) {
    const text = encode(underNames(lengthened(anyBatch(seed)), SECRET).batch);
    assert.doesNotMatch(text, /party-or-order/);
  }
});

test('a batch clears under names to what it clears to without, where no tie is broken', () => {
  let traded = 0;
  for (const seed of SEEDS) {
    const batch = untied(seed);
    const { batch: named, orders } = underNames(batch, SECRET);
    const opened = clear({ ...named, seed: batch.seed }).trades.map((trade) =>
      placeOf(trade, (name) => orders[name]!),
    );
    const plain = clear(batch).trades.map((trade) => placeOf(trade, (id) => id));
    assert.deepEqual(opened.sort(), plain.sort(), `batch ${seed}`);
    traded += plain.length;
  }
  assert.ok(traded > 50);
});

/** Who wins, where and when. The price is left out: at the limit that is just enough a tie decides, by a micro-credit. */
const placeOf = ({ bid, start, hosts }: Trade, open: (name: string) => string): string =>
  encode([open(bid), start, hosts.map(({ ask, nodes }) => [open(ask), nodes])]);

test('two batches name one party, its orders and their nonces differently, and list them in another order', () => {
  const batch = anyBatch(10);
  const all = (secret: string) => {
    const { asks, bids } = underNames(batch, secret).batch;
    return [
      ...asks.flatMap(({ id, owner }) => [id, owner]),
      ...bids.flatMap(({ id, buyer, nonce }) => [id, buyer, nonce]),
    ];
  };
  const first = new Set(all(SECRET));
  assert.ok(all('another').every((name) => !first.has(name)));
  const places = (secret: string) => {
    const { batch: named, orders } = underNames(batch, secret);
    return named.bids.map(({ id }) => orders[id]);
  };
  assert.notDeepEqual(places(SECRET), places('another'));
  assert.deepEqual(places(SECRET).toSorted(), batch.bids.map(({ id }) => id).sort());
});

test('a party finds its orders by its key, and each change of them', () => {
  const batch = anyBatch(10);
  const { batch: named } = underNames(batch, SECRET);
  const selfOf = (party: string) => ({ party, key: partyKey(SECRET, party) });
  for (const { owner, subsidy, behind, ...ask } of batch.asks) {
    const found = findAsk(named, selfOf(owner), ask);
    assert.equal(found.why, null);
    assert.match(findAsk(named, selfOf(owner), { ...ask, reserve: ask.reserve + 1n }).why!, /its reserve/);
    assert.match(findAsk(named, selfOf('other'), ask).why!, /not there/);
    assert.equal(named.asks.find(({ id }) => id === found.name)!.owner, ownName(selfOf(owner)));
  }
  for (const { buyer, weight, behind, ...bid } of batch.bids) {
    const self = selfOf(buyer);
    assert.equal(findBid(named, self, bid).why, null);
    assert.match(findBid(named, self, { ...bid, slots: bid.slots + 1 }).why!, /its slots is/);
    assert.match(
      findBid(named, self, { ...bid, nonce: 'another' }).why!,
      /not there/,
      'another’s of one content',
    );
    assert.equal(findBid(batch, { party: buyer, key: null }, bid).why, null, 'without names of the batch');
  }
});
