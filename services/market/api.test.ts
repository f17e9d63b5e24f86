/** The service over its API, with a real isolation service beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, type Transcript, verifyTranscript } from '@bullion/clearing';
import { Site } from './testing/site.ts';

test('a node changes hands by the market, is recalled, and is back with its owner', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', {
    class: name,
    nodes: 2,
    end: site.iso(96),
    reserve: '1000000',
    noticeSlots: 2,
  });
  const bid = await site.ok('b', 'POST', '/bids', {
    classes: [name],
    nodes: 1,
    slots: 20,
    limit: '3000000',
    minNoticeSlots: 0,
  });
  await site.clear();
  await site.pass(1);
  const lease = await site.ok('b', 'GET', `/leases/${bid.id}`);
  assert.equal(lease.state, 'active');
  const [machine] = lease.parts[0].machines;
  await site.heldBy(machine, 'b');
  await site.ok('a', 'POST', '/recalls', { class: name, nodes: 2 });
  await site.pass(2);
  assert.equal(await site.holder(machine), 'b', 'the notice runs');
  await site.pass(1);
  await site.world.until(async () => {
    await site.deliver(1);
    return (await site.holder(machine)) === null;
  });
  assert.equal((await site.ok('b', 'GET', `/leases/${bid.id}`)).state, 'ended');
  const verdict = await site.ok('b', 'GET', '/ledger/verify');
  assert.equal(verdict.fault, null);
  // 3 slots ran at 1_020_408; 17 are compensated with a quarter.
  const price = 1_020_408n;
  const { free, escrow } = await site.ok('b', 'GET', '/accounts/b');
  assert.equal(BigInt(free), 1_000_000_000_000n - 3n * price + 17n * (price / 4n));
  assert.equal(escrow, '0');
});

test('anyone recomputes an auction from what was published, and finds a transcript that was changed', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 2, end: site.iso(96), reserve: '1000000' });
  for (const limit of ['2000000', '3000000', '4000000'])
    await site.ok('b', 'POST', '/bids', { classes: [name], nodes: 1, slots: 4, limit });
  await site.clear();
  const auction = await site.ok('b', 'GET', '/auctions/1');
  assert.equal(auction.bids.length, 3);
  const { transcript } = await site.ok('b', 'GET', '/auctions/1/transcript');
  const read = decode(transcript) as Transcript;
  assert.deepEqual(verifyTranscript(read, auction.root, ''), { ok: true });
  const forged = decode(transcript.replace('"limit":"4000000"', '"limit":"4000001"')) as Transcript;
  assert.equal(verifyTranscript(forged, auction.root, '').ok, false);
});

test('a quote is of what a bid would need: its party’s defaults, and nothing beyond what can be let', async () => {
  await using site = await Site.open();
  await site.furnish();
  const ahead = `/quotes?nodes=1&slots=4&limit=1000000&earliest=${site.iso(40)}`;
  assert.equal((await site.ok('b', 'GET', ahead)).deposit, '400000');
  site.service.context.desk.market.state.parties.set('b', {
    ...{ legal: 'b', since: 0, strikes: 2, orders: 0, notional: 0n },
  });
  await site.ok('operator', 'PUT', '/parties/b', { legal: 'acme' });
  await site.ok('operator', 'PUT', '/parties/c', { legal: 'acme' });
  assert.equal((await site.ok('c', 'GET', ahead)).deposit, '800000', 'its ally has failed');
  assert.equal((await site.ok('operator', 'GET', `${ahead}&party=c`)).deposit, '800000');
  await site.refused('b', 'GET', `${ahead}&party=c`, undefined, 'party_foreign');
  await site.refused('b', 'GET', ahead.replace('slots=4', 'slots=700'), undefined, 'bid_window_invalid');
});

test('the book is sealed: nobody sees the orders of others, the operator neither', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const ask = await site.ok('a', 'POST', '/asks', {
    class: name,
    nodes: 2,
    end: site.iso(96),
    reserve: '1000000',
  });
  for (const who of ['b', 'operator', 'service']) {
    assert.deepEqual(await site.ok(who, 'GET', '/asks'), []);
    await site.refused(who, 'GET', `/asks/${ask.id}`, undefined, 'ask_not_found');
  }
  await site.refused('b', 'POST', `/asks/${ask.id}/withdraw`, {}, 'ask_not_found');
  await site.refused(
    'b',
    'POST',
    '/bids',
    { party: 'a', classes: [name], nodes: 1, slots: 1, limit: '1' },
    'party_foreign',
  );
  const events = await site.ok('b', 'GET', '/events');
  assert.ok(!events.some(({ kind }: { kind: string }) => kind.startsWith('ask.')));
});

test('a request that is sent twice under one key has one effect, also after a restart', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const body = { classes: [name], nodes: 1, slots: 4, limit: '1000000' };
  const headers = { 'idempotency-key': 'once' };
  const first = await site.ok('b', 'POST', '/bids', body, headers);
  const hash = site.service.context.desk.market.hash();
  await site.restart();
  assert.deepEqual(await site.ok('b', 'POST', '/bids', body, headers), first);
  assert.equal(site.service.context.desk.market.hash(), hash);
  assert.equal((await site.ok('b', 'GET', '/bids')).length, 1);
});

test('a market that stops for a day: leases run on, and nothing is sold twice when it is back', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 2, end: site.iso(600), reserve: '1000000' });
  const long = await site.ok('b', 'POST', '/bids', {
    classes: [name],
    nodes: 1,
    slots: 300,
    limit: '2000000',
  });
  const short = await site.ok('b', 'POST', '/bids', {
    classes: [name],
    nodes: 1,
    slots: 10,
    limit: '2000000',
  });
  await site.clear();
  await site.pass(1);
  await site.service.close();
  for (const node of ['n1', 'n2']) await site.heldBy(node, 'b');
  site.now += 96 * 900_000;
  await site.start();
  await site.pass(0);
  assert.equal((await site.ok('b', 'GET', `/leases/${short.id}`)).state, 'ended');
  const running = await site.ok('b', 'GET', `/leases/${long.id}`);
  assert.equal(running.state, 'active');
  assert.equal(running.parts[0].machines.length, 1);
  const again = await site.ok('b', 'POST', '/bids', {
    classes: [name],
    nodes: 2,
    slots: 4,
    limit: '2000000',
  });
  await site.clear();
  assert.equal((await site.ask('b', 'GET', `/leases/${again.id}`)).status, 404, 'one node is free, not two');
});
