/** Agents against the real market. Each round is an agent started anew: nothing that it knows is in its memory alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '@bullion/sdk';
import { SLOT } from '../testing/floor.ts';
import { Site } from '../testing/site.ts';
import { calendar, idleOwner, type Job, type OwnerPolicy, queue, runBuyer, runOwner } from './index.ts';

async function furnished(nodes: number) {
  const site = await Site.open(nodes);
  const name = await site.furnish();
  const url = await site.service.app.listen({ port: 0, host: '127.0.0.1' });
  const said: string[] = [];
  const agent = (party: string, token = party) => ({
    ...{ market: connect({ url, token: site.tokens[token]! }).market, party, class: name, rounds: 1 },
    ...{ say: (text: string) => void said.push(text), signal: new AbortController().signal },
  });
  /** What one round said. */
  const round = async (run: () => Promise<void>) => {
    said.length = 0;
    await run();
    return said.join('\n');
  };
  const slot = () => Math.floor(site.now / SLOT);
  return { site, name, agent, round, slot };
}

const budget = 10n ** 12n;

test('a buyer’s agent claims the reservation that begins, and books no job twice', async () => {
  const { site, name, agent, round, slot } = await furnished(2);
  await using _ = site;
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 2, end: site.iso(96), reserve: '1000000' });
  const job: Job = { id: 'exam', nodes: 1, slots: 6, deadline: slot() + 26, value: 30_000_000n };
  const buy = () => round(() => runBuyer(agent('b'), calendar, { jobs: async () => [job], budget }));
  assert.match(await buy(), /"do":"bid","job":"exam"/);
  assert.equal(await buy(), '');
  await site.clear();
  const [lease] = await site.ok('b', 'GET', '/leases');
  assert.equal(lease.claimBy, new Date((slot() + 22) * SLOT).toISOString());
  assert.equal(await buy(), '', 'it is claimed when it begins');
  await site.pass(20);
  assert.match(await buy(), /"do":"claim"/);
  assert.equal(await buy(), '');
  await site.pass(4);
  assert.equal((await site.ok('b', 'GET', `/leases/${lease.id}`)).state, 'active');
  assert.equal((await site.ok('b', 'GET', '/accounts/b')).strikes, 1);
});

test('a job whose lease ran to its end is done; one whose nodes were recalled is booked again', async () => {
  const { site, name, agent, round, slot } = await furnished(2);
  await using _ = site;
  // One party has all nodes here.
  await site.ok('operator', 'PUT', '/rules', { sharePpm: 1_000_000 });
  await site.ok('a', 'POST', '/asks', {
    ...{ class: name, nodes: 2, end: site.iso(96), reserve: '1000000', noticeSlots: 1 },
  });
  const jobs: Job[] = ['short', 'long'].map((id, n) => ({
    ...{ id, nodes: 1, slots: n === 0 ? 2 : 8, deadline: slot() + 60, value: 40_000_000n },
  }));
  const buy = () => round(() => runBuyer(agent('b'), queue, { jobs: async () => jobs, budget }));
  await buy();
  await site.clear();
  await site.pass(1);
  await site.pass(2);
  assert.equal(await buy(), '');
  await site.ok('a', 'POST', '/recalls', { class: name, nodes: 2 });
  await site.pass(3);
  const again = await buy();
  assert.match(again, /"job":"long"/);
  assert.doesNotMatch(again, /"job":"short"/);
});

test('an owner’s agent sees what is let now: no extension ahead, and nothing that is sub-let of another', async () => {
  const { site, name, agent, round } = await furnished(3);
  await using _ = site;
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 3, end: site.iso(96), reserve: '1000000' });
  const order = { classes: [name], nodes: 1, slots: 8, limit: '3000000' };
  const bid = await site.ok('b', 'POST', '/bids', order);
  await site.clear();
  await site.pass(1);
  await site.ok('b', 'POST', `/leases/${bid.id}/extend`, { slots: 4, limit: '3000000' });
  let seen: unknown;
  const look: OwnerPolicy = ({ nodes, let: given, asks }) => {
    seen = { nodes, given, idle: asks.map(({ idle }) => idle) };
    return { actions: [] };
  };
  const own = <Memory>(party: string, policy: OwnerPolicy<Memory>, busy: number) =>
    round(() => runOwner(agent(party), policy, async () => busy));
  await own('a', look, 0);
  const until = Math.floor(site.now / SLOT) + 8;
  assert.deepEqual(seen, {
    ...{ nodes: 3, given: [{ nodes: 1, notice: null, recalled: false, until }], idle: [2] },
  });
  const sublet = { nodes: 1, end: site.iso(6), reserve: '1000000' };
  await site.ok('b', 'POST', `/leases/${bid.id}/sublease`, sublet);
  await own('b', look, 0);
  assert.deepEqual(seen, { nodes: 0, given: [], idle: [] });
  const idle = idleOwner({ reserve: 1_000_000n, firmSlots: 8, noticeSlots: 2, spare: 0 });
  assert.equal(await own('a', idle, 0), '');
  assert.match(await own('a', idle, 1), /"do":"recall","nodes":1/);
  assert.equal(await own('a', idle, 1), '', 'it was idle, and is no longer on offer');
});

test('an agent that could do nothing says so: a class that is not there, a party that is not its own', async () => {
  const { site, agent } = await furnished(1);
  await using _ = site;
  const jobs = { jobs: async () => [], budget };
  const unknown = { ...agent('b'), class: 'c-0000000000000000' };
  await assert.rejects(runBuyer(unknown, queue, jobs), { code: 'class_not_found' });
  for (const token of ['b', 'operator'])
    await assert.rejects(runBuyer(agent('a', token), queue, jobs), { code: 'party_foreign' });
});
