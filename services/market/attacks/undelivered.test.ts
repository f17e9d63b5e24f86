/** Attacks of owners that sell what they do not deliver, with a real isolation service: nothing of it is paid. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feeOf, grossFor } from '@bullion/clearing';
import { Site } from '../testing/site.ts';

const CREDITS = 1_000_000_000_000n;
const PRICE = grossFor(1_000_000n, 20_000);
const EARNED = PRICE - feeOf(PRICE, 20_000);
const SLOTS = 10;

/** `b` has won `nodes` of `a` for ten slots, which begin with the next. */
async function sold(site: Site, nodes: number): Promise<{ name: string; id: string }> {
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes, end: site.iso(40), reserve: '1000000' });
  const bid = { classes: [name], nodes, slots: SLOTS, limit: '3000000' };
  const { id } = await site.ok('b', 'POST', '/bids', bid);
  await site.clear();
  return { name, id };
}

async function has(site: Site, party: string): Promise<bigint> {
  const { free, escrow, bond } = await site.ok(party, 'GET', `/accounts/${party}`);
  return BigInt(free) + BigInt(escrow) + BigInt(bond);
}

/** Slot by slot, with a few rounds of deliveries in each. */
async function pass(site: Site, slots: number): Promise<void> {
  for (let n = 0; n < slots; n++) {
    site.now += 900_000;
    await site.beginSlot();
    await site.deliver(8);
  }
}

/** What two missed slots and a failure come to: the owner has earned nothing, and compensates for eight slots. */
async function failed(site: Site, id: string, nodes: bigint): Promise<void> {
  const lease = await site.ok('b', 'GET', `/leases/${id}`);
  assert.deepEqual([lease.state, lease.why], ['ended', 'a did not deliver']);
  const owed = nodes * 8n * (PRICE / 2n);
  assert.deepEqual([await has(site, 'b'), await has(site, 'a')], [CREDITS + owed, CREDITS - owed]);
  assert.equal((await site.ok('a', 'GET', '/accounts/a')).strikes, 2);
}

test('a node that its owner has leased to somebody else is not paid for, and after two slots its owner has failed', async () => {
  await using site = await Site.open(1);
  const { id } = await sold(site, 1);
  const elsewhere = { node: 'n1', project: 'c', endsAt: site.iso(40) };
  await site.world.ok(site.world.a('POST', '/leases', elsewhere));
  await site.heldBy('n1', 'c');
  await pass(site, 1);
  const [part] = (await site.ok('b', 'GET', `/leases/${id}`)).parts;
  assert.deepEqual([part.machines, part.waiting.map(({ node }: { node: string }) => node)], [[], ['n1']]);
  assert.match(part.waiting[0].why, /leased from/);
  await pass(site, 1);
  assert.equal(await has(site, 'b'), CREDITS, 'the first slot is given back, the rest is held');
  await pass(site, 1);
  await failed(site, id, 1n);
  assert.equal(await site.holder('n1'), 'c');
});

test('a node that is gone, and one that is another’s by now, are neither delivered nor paid for', async () => {
  await using site = await Site.open(2);
  const { id } = await sold(site, 2);
  await site.world.ok(site.world.operator('DELETE', '/nodes/n1'));
  await site.world.ok(site.world.operator('PATCH', '/nodes/n2', { owner: 'c' }));
  await pass(site, 1);
  const [part] = (await site.ok('b', 'GET', `/leases/${id}`)).parts;
  assert.deepEqual(part.machines, []);
  assert.equal((await site.ok('operator', 'GET', '/health')).undelivered, 2);
  await pass(site, 2);
  await failed(site, id, 2n);
  assert.equal(await site.holder('n2'), null, 'its new owner still has it');
});

test('what is gone before a batch is not let in it', async () => {
  await using site = await Site.open(2);
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 2, end: site.iso(40), reserve: '1000000' });
  await site.world.ok(site.world.operator('PATCH', '/nodes/n2', { owner: 'c' }));
  const bid = { classes: [name], nodes: 1, slots: SLOTS, limit: '3000000' };
  const ids = [];
  for (let n = 0; n < 2; n++) ids.push((await site.ok('b', 'POST', '/bids', bid)).id);
  await site.clear();
  assert.equal((await site.ok('b', 'GET', '/leases')).length, 1);
  assert.equal((await site.ok('b', 'GET', '/bids')).length, 1);
});

test('an owner that works on the node it has let loses it at the start, and is paid', async () => {
  await using site = await Site.open(1);
  await sold(site, 1);
  await site.world.allocate('n1', 'a');
  await site.pass(1);
  await site.world.until(async () => {
    await site.deliver(1);
    return (await site.holder('n1')) === 'b';
  });
  await pass(site, SLOTS);
  assert.deepEqual(
    [await has(site, 'b'), await has(site, 'a')],
    [CREDITS - 10n * PRICE, CREDITS + 10n * EARNED],
  );
});

test('a node that its owner takes back behind the market’s back, again and again, is paid for in no slot', async () => {
  await using site = await Site.open(1);
  const { id } = await sold(site, 1);
  for (let slot = 0; slot < 2; slot++) {
    await site.pass(1);
    await site.world.until(async () => {
      await site.deliver(1);
      return (await site.holder('n1')) === 'b';
    });
    const [lease] = await site.world.ok(site.world.a('GET', '/leases?node=n1&open=true'));
    await site.world.ok(site.world.a('POST', `/leases/${lease.id}/recall`));
    await site.deliver();
  }
  await pass(site, 1);
  await failed(site, id, 1n);
});

for (const hindrance of ['gone', 'leased elsewhere', 'in maintenance'])
  test(`another free node of the owner’s takes the place of one that is ${hindrance}`, async () => {
    await using site = await Site.open(2);
    const { id } = await sold(site, 1);
    if (hindrance === 'gone') await site.world.ok(site.world.operator('DELETE', '/nodes/n1'));
    else if (hindrance === 'leased elsewhere')
      await site.world.ok(
        site.world.a('POST', '/leases', { node: 'n1', project: 'c', endsAt: site.iso(40) }),
      );
    else {
      const maintenance = { on: true, reason: 'a fan' };
      await site.world.ok(site.world.operator('PATCH', '/nodes/n1', { maintenance }));
    }
    await site.pass(1);
    await site.heldBy('n2', 'b');
    await site.deliver();
    assert.deepEqual((await site.ok('b', 'GET', `/leases/${id}`)).parts[0].machines, ['n2']);
    await pass(site, SLOTS);
    assert.deepEqual(
      [await has(site, 'b'), await has(site, 'a')],
      [CREDITS - 10n * PRICE, CREDITS + 10n * EARNED],
    );
    assert.equal((await site.ok('a', 'GET', '/accounts/a')).strikes, 1);
  });

test('a tenant that may hold no more nodes pays for those that it won: no owner has failed', async () => {
  await using site = await Site.open(1);
  await sold(site, 1);
  await site.world.ok(site.world.operator('PUT', '/projects/b/quota', { nodes: 0, networks: null }));
  await pass(site, SLOTS + 1);
  assert.deepEqual(
    [await has(site, 'b'), await has(site, 'a')],
    [CREDITS - 10n * PRICE, CREDITS + 10n * EARNED],
  );
});

test('a node that its tenant gave back is paid for until its end, and shown as such', async () => {
  await using site = await Site.open(1);
  const { id } = await sold(site, 1);
  await site.pass(1);
  const [lease] = await site.world.ok(site.world.b('GET', '/leases?open=true'));
  await site.world.ok(site.world.b('POST', `/leases/${lease.id}/end`));
  await pass(site, 1);
  const [part] = (await site.ok('b', 'GET', `/leases/${id}`)).parts;
  assert.deepEqual([part.machines, part.waiting], [[], [{ node: 'n1', why: 'Its tenant gave it back.' }]]);
  await pass(site, SLOTS);
  assert.equal(await has(site, 'a'), CREDITS + 10n * EARNED);
});

test('a node that was not delivered before the market went down is not paid for while it is down', async () => {
  await using site = await Site.open(1);
  const { id } = await sold(site, 1);
  site.now += 900_000;
  await site.beginSlot();
  await site.service.close();
  site.now += 4 * 900_000;
  await site.start();
  await site.beginSlot();
  await site.deliver();
  await pass(site, SLOTS - 4);
  assert.equal((await site.ok('b', 'GET', `/leases/${id}`)).why, 'its time was over');
  assert.deepEqual(
    [await has(site, 'b'), await has(site, 'a')],
    [CREDITS - 6n * PRICE, CREDITS + 6n * EARNED],
  );
});
