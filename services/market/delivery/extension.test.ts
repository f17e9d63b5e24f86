/** A lease that is extended, with a real isolation service whose clock comes first at the old end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { feeOf, grossFor } from '@bullion/clearing';
import { Site } from '../testing/site.ts';

const CREDITS = 1_000_000_000_000n;
const PRICE = grossFor(1_000_000n, 20_000);

test('an extended lease keeps its machine past its first end, though the isolation service looks first', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 1, end: site.iso(40), reserve: '1000000' });
  const { id } = await site.ok('b', 'POST', '/bids', {
    ...{ classes: [name], nodes: 1, slots: 4, limit: '3000000' },
  });
  await site.clear();
  await site.pass(1);
  await site.heldBy('n1', 'b');
  const allocation = async () =>
    (await site.world.ok(site.world.operator('GET', '/nodes/n1'))).allocation as string;
  const before = await allocation();
  for (const slots of [3, 2]) await site.ok('b', 'POST', `/leases/${id}/extend`, { slots, limit: '3000000' });
  await site.deliver();
  const [lease] = await site.world.ok(site.world.operator('GET', '/leases?node=n1&open=true'));
  assert.equal(Date.parse(lease.endsAt), site.now + 9 * 900_000, 'its end is moved at the extension');
  // The first end passes, and the extension's: the isolation service sees it, the market does not yet.
  for (const slots of [4, 3]) {
    site.now += slots * 900_000;
    await sleep(200);
    assert.equal(await allocation(), before, 'not released, not wiped, not given anew');
    await site.pass(0);
  }
  await site.pass(2);
  await site.world.until(async () => {
    await site.deliver(1);
    return (await site.holder('n1')) === null;
  });
  const { free, escrow } = await site.ok('b', 'GET', '/accounts/b');
  assert.deepEqual([BigInt(free), escrow], [CREDITS - 9n * PRICE, '0']);
  const owner = await site.ok('a', 'GET', '/accounts/a');
  assert.equal(BigInt(owner.free) + BigInt(owner.bond), CREDITS + 9n * (PRICE - feeOf(PRICE, 20_000)));
});
