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

test('a class is an exact hash: nothing that a user wrote is ever run as a pattern', () => {
  assert.notEqual(classOf({ cpu: 'epyc' }), classOf({ cpu: 'epy.' }));
  assert.equal(classOf({ cpu: 'epyc', memory: 1 }), classOf({ memory: 1, cpu: 'epyc' }));
});
