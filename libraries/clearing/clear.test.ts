import assert from 'node:assert/strict';
import test from 'node:test';
import { type Bid, bind, clear, clearFor, type Trade, totalsOf } from './index.ts';
import { aBatch, aBid, anAsk } from './testing/orders.ts';

test('the dearer bid wins, and pays what the loser would have paid', () => {
  const batch = aBatch({
    asks: [anAsk({ nodes: 1, reserve: 10n })],
    bids: [aBid({ id: 'a', limit: 50n }), aBid({ id: 'b', limit: 30n })],
  });
  const [trade, none] = clear(batch).trades;
  assert.equal(none, undefined);
  assert.equal(trade!.bid, 'a');
  // Either the very limit of the other or one more, as the tie falls.
  assert.ok(trade!.price === 30n || trade!.price === 31n);
});

test('without competition the price is what the owner asks', () => {
  const batch = aBatch({ asks: [anAsk({ reserve: 10n })], bids: [aBid({ limit: 50n })] });
  assert.equal(clear(batch).trades[0]!.price, 10n);
});

test('an order that is too big for one owner is placed on two; by rank both get what the dearer one asks', () => {
  const batch = aBatch({
    exactUpTo: 0,
    asks: [
      anAsk({ id: 'x', owner: 'x', nodes: 2, reserve: 10n }),
      anAsk({ id: 'y', owner: 'y', nodes: 2, reserve: 20n }),
    ],
    bids: [aBid({ nodes: 3, limit: 50n })],
  });
  const [trade] = clear(batch).trades;
  assert.equal(trade!.price, 20n);
  assert.deepEqual(
    trade!.hosts.map(({ ask, nodes }) => [ask, nodes]),
    [
      ['x', 2],
      ['y', 1],
    ],
  );
  assert.equal(clear({ ...batch, bids: [aBid({ nodes: 3, limit: 50n, sameOwner: true })] }).trades.length, 0);
});

test('for the greatest surplus an order on two owners pays what they ask: the dearer one his price, the other the rest', () => {
  const batch = aBatch({
    asks: [
      anAsk({ id: 'x', owner: 'x', nodes: 2, reserve: 10n }),
      anAsk({ id: 'y', owner: 'y', nodes: 2, reserve: 20n }),
    ],
    bids: [aBid({ nodes: 3, limit: 16n })],
  });
  const [trade] = clear(batch).trades;
  // 40 a slot for three nodes, rounded up; the dearer ask is above the limit, and all together are not.
  assert.equal(trade!.price, 14n);
  assert.deepEqual(
    trade!.hosts.map(({ ask, nodes, price }) => [ask, nodes, price]),
    [
      ['x', 2, 11n],
      ['y', 1, 20n],
    ],
  );
});

test('for the greatest surplus two small orders win over a large one that is dearer than each', () => {
  const bids = [
    aBid({ id: 'large', buyer: 'l', nodes: 4, limit: 30n }),
    aBid({ id: 'left', buyer: 'x', nodes: 2, limit: 40n }),
    aBid({ id: 'right', buyer: 'y', nodes: 2, limit: 25n }),
  ];
  const { trades, classes } = clear(aBatch({ asks: [anAsk({ reserve: 5n })], bids }));
  assert.deepEqual(
    trades.map(({ bid, price }) => [bid, price]),
    [
      // What the large one would have gained (4 * 25) less what the other of the two gains, and the cost.
      ['left', 35n],
      ['right', 20n],
    ],
  );
  assert.equal(classes[0]!.rule, 'surplus');
});

test('more bids than the rules allow clear by rank', () => {
  const batch = aBatch({ asks: [anAsk()], bids: [aBid({ id: 'a' }), aBid({ id: 'b' })] });
  const ruleAt = (exactUpTo: number) => clear({ ...batch, exactUpTo }).classes[0]!.rule;
  assert.deepEqual([0, 1, 2].map(ruleAt), ['rank', 'rank', 'surplus']);
});

test('neither bids that cannot win nor those of other classes change the rule', () => {
  const many = (said: object) => Array.from({ length: 9 }, (_, n) => aBid({ id: `more-${n}`, ...said }));
  const ruleBeside = (more: object) =>
    clear(
      aBatch({
        exactUpTo: 2,
        asks: [anAsk(), anAsk({ id: 'other', class: 'd' })],
        bids: [aBid({ id: 'a' }), aBid({ id: 'b' }), ...many(more)],
      }),
    ).classes[0]!.rule;
  assert.equal(ruleBeside({ limit: 9n }), 'surplus');
  assert.equal(ruleBeside({ classes: ['d'] }), 'surplus');
  assert.equal(ruleBeside({}), 'rank');
});

test('money beyond what is counted exactly clears by rank', () => {
  const { classes } = clear(aBatch({ asks: [anAsk()], bids: [aBid({ limit: 10n ** 20n })] }));
  assert.equal(classes[0]!.rule, 'rank');
});

test('an owner does not host himself, nor whom his list leaves out, nor below the tier', () => {
  const none = (ask: object, bid: object) =>
    assert.equal(clear(aBatch({ asks: [anAsk(ask)], bids: [aBid(bid)] })).trades.length, 0);
  none({ owner: 'me' }, { buyer: 'me' });
  none({ allow: ['friend'] }, { buyer: 'stranger' });
  none({ tier: 0 }, { tier: 1 });
  none({ minLease: 5 }, { slots: 4 });
  none({ notice: 4 }, { minNotice: null });
  none({ notice: 4 }, { minNotice: 5 });
  none({ class: 'big' }, { classes: ['small'] });
});

test('the fee comes from the owner’s part, and his reserve is what remains to him', () => {
  const batch = aBatch({ feePpm: 20_000, asks: [anAsk({ reserve: 1000n })], bids: [aBid({ limit: 5000n })] });
  const [trade] = clear(batch).trades;
  assert.equal(trade!.price, 1020n);
  const totals = totalsOf(trade!);
  assert.equal(totals.paid, totals.fee + [...totals.owners.values()][0]!.amount);
});

test('a newcomer’s ask ranks lower and is paid in full', () => {
  const batch = aBatch({
    asks: [anAsk({ reserve: 100n, subsidy: 40n })],
    bids: [aBid({ limit: 70n })],
  });
  const [trade] = clear(batch).trades;
  assert.equal(trade!.price, 60n);
  assert.equal(trade!.hosts[0]!.subsidy, 40n);
});

test('an owner’s own low bid raises what the buyer pays, and not what the owner gets', () => {
  const asks = [
    anAsk({ id: 'x', owner: 'shill', nodes: 1, reserve: 10n }),
    anAsk({ id: 'y', owner: 'other', nodes: 1, reserve: 12n }),
  ];
  const honest = aBid({ id: 'honest', buyer: 'b', nodes: 2, limit: 50n });
  const own = aBid({ id: 'own', buyer: 'shill', nodes: 1, limit: 40n });
  const [alone] = clear(aBatch({ exactUpTo: 0, asks, bids: [honest] })).trades;
  const [pushed] = clear(aBatch({ exactUpTo: 0, asks, bids: [honest, own] })).trades;
  assert.equal(alone!.price, 12n);
  assert.ok(pushed!.price > 12n);
  const [shill, other] = pushed!.hosts;
  assert.deepEqual([shill!.gross, shill!.withheld], [12n, pushed!.price - 12n]);
  assert.deepEqual([other!.gross, other!.withheld], [pushed!.price, 0n]);
});

test('so it is for the greatest surplus', () => {
  const asks = [
    anAsk({ id: 'x', owner: 'shill', nodes: 1, reserve: 10n }),
    anAsk({ id: 'y', owner: 'other', nodes: 1, reserve: 12n }),
  ];
  const honest = aBid({ id: 'honest', buyer: 'b', nodes: 2, limit: 50n });
  const own = aBid({ id: 'own', buyer: 'shill', nodes: 1, limit: 40n });
  const [alone] = clear(aBatch({ asks, bids: [honest] })).trades;
  const [pushed] = clear(aBatch({ asks, bids: [honest, own] })).trades;
  const grossTo = (owner: string, trade: Trade | undefined) =>
    trade!.hosts.find((host) => host.owner === owner)!.gross;
  assert.ok(pushed!.price > alone!.price);
  assert.ok(grossTo('other', pushed) > grossTo('other', alone));
  // The average of what both ask: all that he could have had without his own bid.
  assert.equal(grossTo('shill', pushed), 11n);
});

test('false names: for the greatest surplus two of them can have for the asks what one must outbid a rival for', () => {
  const asks = [anAsk({ nodes: 4, reserve: 5n })];
  const rival = aBid({ id: 'rival', buyer: 'rival', nodes: 4, limit: 30n });
  const one = aBid({ id: 'one', buyer: 'one', nodes: 4, limit: 32n });
  const half = { nodes: 2, limit: 100n };
  const names = ['left', 'right'].map((buyer) => aBid({ id: buyer, buyer, ...half }));
  const paid = (bids: Bid[]) =>
    clear(aBatch({ asks, bids: [rival, ...bids] })).trades.map(({ price }) => price);
  assert.deepEqual(paid([one]), [30n]);
  assert.deepEqual(paid(names), [5n, 5n], 'each wins by the other’s bid');
});

test('a trade outside its band is held back, and the others stand', () => {
  const batch = aBatch({
    asks: [anAsk({ reserve: 10n }), anAsk({ id: 'dear', reserve: 45n, tier: 1 })],
    bids: [aBid({ limit: 50n }), aBid({ id: 'insists', limit: 50n, tier: 1 })],
    bands: [{ class: 'c', low: 5n, high: 40n }],
  });
  const { trades, classes } = clear(batch);
  assert.deepEqual(
    trades.map(({ bid, price }) => [bid, price]),
    [[aBid({}).id, 10n]],
  );
  assert.deepEqual(classes, [{ class: 'c', rule: 'surplus', volume: 8, median: 10n, held: true }]);
  assert.equal(clearFor('insists', batch), undefined);
  assert.deepEqual(clearFor(aBid({}).id, batch), trades[0]);
});

test('a calendar sold twice is not cleared on', () => {
  const batch = aBatch({
    asks: [anAsk({ nodes: 1 })],
    commitments: [
      { ask: 'ask', buyer: 'x', nodes: 1, start: 0, end: 3 },
      { ask: 'ask', buyer: 'y', nodes: 1, start: 2, end: 4 },
    ],
  });
  assert.throws(() => clear(batch), { code: 'batch-invalid', message: /2 nodes are let at slot 2/ });
  assert.throws(
    () =>
      bind(1, [
        { id: 'x', nodes: 1, start: 0, end: 3 },
        { id: 'y', nodes: 1, start: 2, end: 4 },
      ]),
    { code: 'binding-impossible' },
  );
});

test('what cannot be right is refused', () => {
  const refused = (bid: object) =>
    assert.throws(() => clear(aBatch({ bids: [aBid(bid)] })), { code: 'batch-invalid' });
  refused({ nodes: 0 });
  refused({ nodes: Number.NaN });
  refused({ slots: 1.5 });
  refused({ limit: -1n });
  refused({ latest: -1 });
  refused({ weight: 0n });
  refused({ classes: [] });
});
