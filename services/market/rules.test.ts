/** The rules' numbers over HTTP, and what the operator is told of who could set a price. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULTS } from './market/index.ts';
import { Site } from './testing/site.ts';

test('all see the rules; the operator sets them, within bounds, and the next order goes by them', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const { desk } = site.service.context;
  const rules = await site.ok('b', 'GET', '/rules');
  assert.deepEqual(rules, { ...DEFAULTS, notionalMax: String(DEFAULTS.notionalMax) });
  const before = desk.market.hash();
  await site.refused('b', 'PUT', '/rules', { sharePpm: 1 }, 'operator_only');
  for (const wrong of [
    { sharePpm: 1_000_001 },
    { sharePpm: -1 },
    { feePpm: 0.5 },
    { horizon: 0 },
    { slotMs: 1 },
    { rules: 1 },
    { nix: 1 },
    { bond: { slots: 'x' } },
    { deposit: { minPpm: 600_000 } },
    {},
  ])
    assert.equal((await site.ask('operator', 'PUT', '/rules', wrong)).status, 400, JSON.stringify(wrong));
  assert.equal(desk.market.hash(), before);

  await site.ok('operator', 'PUT', '/rules', {
    bond: { slots: 1 },
    notionalMax: '999999999999999',
    openMax: 1,
  });
  assert.deepEqual(desk.market.state.config.bond, { ppm: 200_000, slots: 1 }, 'the rest of it stays');
  assert.equal(desk.market.state.config.notionalMax, 999_999_999_999_999n);
  const ask = { class: name, nodes: 1, end: site.iso(96), reserve: '1000000' };
  assert.equal((await site.ok('a', 'POST', '/asks', ask)).bond, '200000', 'a fifth of one slot');
  await site.refused('a', 'POST', '/asks', ask, 'open_orders');
  await site.restart();
  assert.equal((await site.ok('b', 'GET', '/rules')).openMax, 1, 'a start leaves them');
});

test('an owner with most of the firm supply of a class: the operator is told once, and when it is over', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const told = async (kind: string) =>
    (await site.ok('operator', 'GET', '/events')).filter((event: { kind: string }) => event.kind === kind);
  const ask = { class: name, nodes: 2, end: site.iso(96), reserve: '1000000' };
  await site.ok('a', 'POST', '/asks', { ...ask, id: 'firm' });
  await site.pass(1);
  await site.pass(1);
  const [alarm, ...again] = await told('concentration.alarm');
  assert.deepEqual([alarm.data, again], [{ party: 'a', ppm: 1_000_000, nodes: 2, of: 2 }, []]);
  const { concentrated } = await site.ok('b', 'GET', '/health');
  assert.deepEqual(concentrated, [{ class: name, ppm: 1_000_000 }], 'who it is the others are not told');
  assert.equal(
    (await site.ok('b', 'GET', '/events')).filter((one: { kind: string }) =>
      one.kind.startsWith('concentration'),
    ).length,
    0,
  );
  await site.ok('a', 'POST', '/asks/firm/withdraw', {});
  await site.ok('a', 'POST', '/asks', { ...ask, noticeSlots: 2 });
  await site.pass(1);
  assert.equal((await told('concentration.over')).length, 1);
  assert.deepEqual((await site.ok('b', 'GET', '/health')).concentrated, []);
});
