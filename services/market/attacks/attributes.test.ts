/** Lies about what nodes are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf } from '../market/index.ts';
import { ATTRIBUTES } from '../testing/floor.ts';
import { Site } from '../testing/site.ts';

test('attribute lying: an owner cannot say itself what its nodes are, nor ask for a class that it has none of', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const better = { ...ATTRIBUTES, memory: 1024 };
  const before = site.service.context.desk.market.hash();
  await site.refused('a', 'PUT', '/nodes/n1', { owner: 'a', attributes: better }, 'operator_only');
  const ask = { nodes: 1, end: site.iso(96), reserve: '1000000' };
  await site.refused('a', 'POST', '/asks', { class: classOf(better), ...ask }, 'ask_not_covered');
  assert.equal(site.service.context.desk.market.hash(), before);
  await site.ok('a', 'POST', '/asks', { class: name, ...ask });
});

test('tiers: an owner offers none that the operator has not attested; who asks for one gets nothing less', async () => {
  await using site = await Site.open();
  const open = await site.furnish();
  const enroll = (tier: unknown) => ({ owner: 'a', attributes: { ...ATTRIBUTES, tier } });
  for (const tier of ['2', 10, -1, true])
    assert.equal((await site.ask('operator', 'PUT', '/nodes/n2', enroll(tier))).status, 400, String(tier));
  const { class: safe } = await site.ok('operator', 'PUT', '/nodes/n2', enroll(2));
  const ask = { nodes: 1, end: site.iso(96), reserve: '1000000' };
  await site.refused('a', 'POST', '/asks', { class: open, ...ask, tier: 1 }, 'tier_not_attested');
  await site.refused('a', 'POST', '/asks', { class: safe, ...ask, tier: 3 }, 'tier_not_attested');
  await site.ok('a', 'POST', '/asks', { class: open, ...ask });
  await site.ok('a', 'POST', '/asks', { class: safe, ...ask, id: 'safe' });
  const bid = { classes: [open, safe], nodes: 1, slots: 4, limit: '3000000', tier: 2 };
  await site.ok('b', 'POST', '/bids', { ...bid, id: 'one' });
  await site.clear();
  const { leases, parts } = site.service.context.desk.market.state;
  assert.deepEqual([leases.get('one')!.class, parts.get('one.1')!.ask], [safe, 'safe']);
});

test('a class is an exact hash: nothing that a user wrote is ever run as a pattern', () => {
  assert.notEqual(classOf({ cpu: 'epyc' }), classOf({ cpu: 'epy.' }));
  assert.equal(classOf({ cpu: 'epyc', memory: 1 }), classOf({ memory: 1, cpu: 'epyc' }));
});
