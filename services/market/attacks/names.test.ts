/** Names that come again: of projects that are no more, and of none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Site } from '../testing/site.ts';

/** Longer than what is known of a project, or of a token, is believed. */
const believed = () => sleep(1100);

test('a new project under an old name gets neither the money nor the orders of the old one, until the operator says so', async () => {
  await using site = await Site.open();
  const { operator, ok } = site.world;
  const name = await site.furnish();
  await site.ok('operator', 'POST', '/credits', { party: 'c', amount: '50000000' });
  const bid = { classes: [name], nodes: 1, slots: 4, limit: '1000000' };
  await site.ok('c', 'POST', '/bids', { ...bid, id: 'old' });
  await ok(operator('DELETE', '/projects/c'));
  await ok(operator('POST', '/projects', { name: 'c' }));
  site.tokens.c = (await ok(operator('POST', '/projects/c/tokens', { label: 'm' }))).token;
  await believed();
  await site.restart();
  const before = site.service.context.desk.market.hash();
  const refused = (path: string, body: object) =>
    site.refused('c', 'POST', path, body, 'party_of_another_project');
  await refused('/bids', bid);
  await refused('/bids/old/cancel', {});
  await site.refused('operator', 'POST', '/credits', { party: 'c', amount: '1' }, 'party_of_another_project');
  assert.equal(site.service.context.desk.market.hash(), before);
  await site.refused('c', 'POST', '/parties/c/adopt', {}, 'operator_only');
  await site.ok('operator', 'POST', '/parties/c/adopt', {});
  await site.ok('c', 'POST', '/bids/old/cancel', {});
  await site.ok('c', 'POST', '/bids', bid);
});

test('the operator ends the orders of a project that is gone, and takes its credits back', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('operator', 'POST', '/credits', { party: 'c', amount: '50000000' });
  await site.ok('c', 'POST', '/bids', { id: 'old', classes: [name], nodes: 1, slots: 4, limit: '1000000' });
  await site.world.ok(site.world.operator('DELETE', '/projects/c'));
  await believed();
  const take = { party: 'c', amount: '50000000', take: true };
  await site.refused('operator', 'POST', '/credits', take, 'ledger_short');
  await site.ok('operator', 'POST', '/bids/old/cancel', { party: 'c' });
  assert.equal((await site.ok('operator', 'POST', '/credits', take)).balance, '0');
  await site.refused('operator', 'POST', '/credits', take, 'ledger_short');
  assert.equal((await site.ok('operator', 'GET', '/ledger/verify')).fault, null);
});

test('nobody who is no project is given credits, or a legal owner', async () => {
  await using site = await Site.open();
  const before = site.service.context.desk.market.hash();
  await site.refused('operator', 'POST', '/credits', { party: 'nosuch', amount: '10' }, 'project_not_found');
  await site.refused('operator', 'PUT', '/parties/nosuch', { legal: 'acme' }, 'project_not_found');
  assert.equal(site.service.context.desk.market.hash(), before);
});
