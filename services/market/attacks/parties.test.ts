/** One legal owner under several names: what is capped for one is capped for all of them together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, freezing, Market } from '../market/index.ts';
import { CREDIT, Floor } from '../testing/floor.ts';

const NAMES = ['one', 'two', 'three', 'four'];

/** Two owners of four nodes each; four parties that are one by the operator's word, or pass for four. */
function floorOf(known: boolean, config: Partial<Config> = {}) {
  const floor = new Floor(config);
  let name = '';
  for (const owner of ['hospital', 'university']) {
    floor.credit(owner, 10_000);
    name = floor.enroll(owner, 4);
  }
  for (const party of NAMES) {
    floor.credit(party, 10_000);
    if (known) floor.do({ do: 'register', party, legal: 'ring' });
  }
  return { floor, name };
}

/** Nodes that the four get, who bid one after the other until they are refused. */
function obtained(known: boolean, parties: readonly string[], maxPerBuyer: number | null, config = {}) {
  const { floor, name } = floorOf(known, config);
  for (const owner of ['hospital', 'university']) floor.ask({ owner, class: name, nodes: 4, maxPerBuyer });
  let refused = '';
  for (let n = 0; n < 8; n++) {
    const bid = floor.newBid({ buyer: parties[n % parties.length]!, classes: [name] });
    try {
      floor.do({ do: 'bid', bid });
    } catch (error) {
      refused = (error as { code: string }).code;
    }
  }
  floor.clear();
  const nodes = [...floor.market.state.leases.values()].reduce((sum, lease) => sum + lease.nodes, 0);
  return { nodes, refused };
}

test('concentration: half of a class is all that a legal owner gets, by one name or by four', (t) => {
  const half = { sharePpm: 500_000 };
  const [alone, known, unknown] = [
    obtained(true, ['one'], null, half),
    obtained(true, NAMES, null, half),
    obtained(false, NAMES, null, half),
  ];
  t.diagnostic(
    `of 8 nodes: ${alone.nodes} by one name, ${known.nodes} by four, ${unknown.nodes} by four strangers`,
  );
  assert.deepEqual(alone, { nodes: 4, refused: 'share_limit' });
  assert.deepEqual(known, alone);
  assert.equal(unknown.nodes, 8, 'without the operator’s word they are four');
});

for (const exactUpTo of [0, 24]) {
  const rule = exactUpTo === 0 ? 'by rank' : 'for the greatest surplus';
  test(`an owner’s cap on what one buyer has of its ask counts all his names (${rule})`, () => {
    const got = (known: boolean, parties: string[]) => obtained(known, parties, 1, { exactUpTo }).nodes;
    assert.deepEqual([got(true, ['one']), got(true, NAMES), got(false, NAMES)], [2, 2, 8]);
  });

  test(`an owner is not host to its other name, and what that one bids adds nothing to its rent (${rule})`, (t) => {
    const grossOf = (shill: 'none' | 'known' | 'unknown') => {
      const { floor, name } = floorOf(shill === 'known', { exactUpTo });
      if (shill === 'known') floor.do({ do: 'register', party: 'hospital', legal: 'ring' });
      floor.credit('startup', 1000);
      floor.ask({ owner: 'hospital', class: name, nodes: 1 });
      const id = floor.bid({ buyer: 'startup', classes: [name], limit: 3n * CREDIT });
      const limit = (29n * CREDIT) / 10n;
      const own = shill === 'none' ? '' : floor.bid({ buyer: 'one', classes: [name], limit });
      floor.clear();
      const { leases, parts } = floor.market.state;
      assert.ok(!leases.has(own));
      return parts.get(leases.get(id)!.parts[0]!)!.gross;
    };
    const [none, known, unknown] = [grossOf('none'), grossOf('known'), grossOf('unknown')];
    t.diagnostic(
      `the owner receives for ${none} without a shill, ${known} with one of its own, ${unknown} with a stranger’s`,
    );
    assert.equal(known, none);
    assert.ok(unknown > none);
    const { floor, name } = floorOf(true, { exactUpTo });
    floor.do({ do: 'register', party: 'hospital', legal: 'ring' });
    floor.ask({ owner: 'hospital', class: name, nodes: 4 });
    const wash = floor.bid({ buyer: 'two', classes: [name], limit: 9n * CREDIT });
    floor.clear();
    assert.ok(!floor.market.state.leases.has(wash), 'alone with it, neither');
  });
}

test('limits on orders and on open bids, and what defaults have doubled, follow the legal owner', () => {
  const { floor, name } = floorOf(true, { orderRate: 2, notionalMax: 40n * CREDIT });
  const bid = (buyer: string, limit = CREDIT) => floor.newBid({ buyer, classes: [name], limit });
  floor.do({ do: 'bid', bid: bid('one', 3n * CREDIT) });
  assert.equal(floor.refused({ do: 'bid', bid: bid('two', 3n * CREDIT) }), 'notional_limit');
  floor.do({ do: 'bid', bid: bid('two') });
  assert.equal(floor.refused({ do: 'bid', bid: bid('three') }), 'order_rate');

  const failing = floorOf(true);
  failing.floor.do({ do: 'register', party: 'hospital', legal: 'ring' });
  failing.floor.do({ do: 'register', party: 'university', legal: 'ring' });
  failing.floor.credit('startup', 1000);
  failing.floor.ask({ owner: 'hospital', class: failing.name, nodes: 1 });
  const lease = failing.floor.bid({ buyer: 'startup', classes: [failing.name] });
  failing.floor.clear();
  failing.floor.pass(1);
  failing.floor.do({ do: 'fail', part: `${lease}.1` });
  const ask = failing.floor.ask({
    owner: 'university',
    class: failing.name,
    nodes: 1,
    end: failing.floor.slot + 10,
  });
  assert.equal(
    failing.floor.market.state.asks.get(ask)!.bond,
    4n * CREDIT,
    'a fifth of the reserve, doubled',
  );
});

test('who is one with whom is in the snapshot, and the transcript says only that they are one', () => {
  const { floor, name } = floorOf(true);
  floor.ask({ owner: 'hospital', class: name, nodes: 1 });
  for (const buyer of ['two', 'one', 'three']) floor.bid({ buyer, classes: [name] });
  const restored = Market.restore(floor.market.snapshot());
  for (const market of [floor.market, restored]) {
    market.apply(freezing('secret'), floor.now);
    const { bids, asks } = market.state.frozen!.batch;
    const [one, ...more] = [...new Set(bids.map((bid) => bid.behind))];
    assert.match(one!, /^[0-9a-f]{32}$/);
    assert.deepEqual(more, []);
    assert.ok(bids.every(({ buyer }) => buyer !== one) && asks.every((ask) => !('behind' in ask)));
  }
  assert.equal(restored.hash(), floor.market.hash());
});
