/** Nodes that change hands within a lease, with a real isolation service and a real wipe hook. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { feeOf, grossFor } from '@bullion/clearing';
import { Site } from '../testing/site.ts';

const CREDITS = 1_000_000_000_000n;
const PRICE = grossFor(1_000_000n, 20_000);
const INNER = grossFor(1_400_000n, 20_000);
const earned = (price: bigint) => price - feeOf(price, 20_000);

/** What a wipe hook was told to wipe, in order. */
class Wipes implements AsyncDisposable {
  readonly nodes: string[] = [];
  readonly #server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.nodes.push(JSON.parse(body).node);
    response.writeHead(204).end();
  });

  async watch(site: Site): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/wipe`;
    const hook = { url, token: 'sesame', timeoutSeconds: 30 };
    await site.world.ok(site.world.operator('PUT', '/wipe-hooks/wiper', hook));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** `b` has both nodes of `a` for 20 slots, and sub-lets one of them to `c` for 4. */
async function sublet(site: Site) {
  const name = await site.furnish();
  await site.ok('operator', 'POST', '/credits', { party: 'c', amount: String(CREDITS) });
  const ask = { class: name, nodes: 2, end: site.iso(40), reserve: '1000000' };
  const { id: first } = await site.ok('a', 'POST', '/asks', ask);
  const want = { classes: [name], nodes: 2, slots: 20, limit: '3000000' };
  const outer = await site.ok('b', 'POST', '/bids', want);
  await site.clear();
  await site.pass(1);
  await holders(site, 'b', 'b');
  const { end } = await site.ok('b', 'GET', `/leases/${outer.id}`);
  await site.ok('b', 'POST', `/leases/${outer.id}/sublease`, { nodes: 1, end, reserve: '1400000' });
  const inner = await site.ok('c', 'POST', '/bids', { ...want, nodes: 1, slots: 4 });
  await site.clear();
  await site.pass(1);
  await holders(site, 'b', 'c');
  return { first, outer: outer.id, inner: inner.id, name };
}

/** Until n1 and n2 are held so. */
async function holders(site: Site, ...by: (string | null)[]): Promise<void> {
  const now = () => Promise.all(['n1', 'n2'].map((node) => site.holder(node)));
  await site.world
    .until(async () => {
      await site.deliver(1);
      return (await now()).every((holder, at) => holder === by[at]);
    }, 30_000)
    .catch(async (error) => assert.deepEqual(await now(), by, String(error)));
}

test('a node that is sub-let goes wiped to the sub-tenant, wiped back to its tenant, and wiped to its owner', async () => {
  await using wipes = new Wipes();
  await using site = await Site.open();
  await wipes.watch(site);
  const { first, outer, inner } = await sublet(site);
  assert.deepEqual(wipes.nodes, ['n2']);
  const [mine, theirs] = [
    await site.ok('b', 'GET', `/leases/${outer}`),
    await site.ok('c', 'GET', `/leases/${inner}`),
  ];
  assert.deepEqual([mine.parts[0].machines, theirs.parts[0].machines], [['n1'], ['n2']]);
  await site.restart();
  await site.pass(4);
  await holders(site, 'b', 'b');
  assert.deepEqual(wipes.nodes, ['n2', 'n2']);
  await site.pass(20);
  await holders(site, null, null);
  assert.deepEqual(wipes.nodes.toSorted(), ['n1', 'n2', 'n2', 'n2']);
  await site.ok('a', 'POST', `/asks/${first}/withdraw`, {});
  const has = async (party: string) => {
    const { free, escrow, bond } = await site.ok(party, 'GET', `/accounts/${party}`);
    assert.deepEqual([escrow, bond], ['0', '0'], party);
    return BigInt(free);
  };
  assert.equal(await has('c'), CREDITS - 4n * INNER);
  assert.equal(await has('b'), CREDITS - 40n * PRICE + 4n * earned(INNER));
  assert.equal(await has('a'), CREDITS + 40n * earned(PRICE));
  assert.equal((await site.ok('b', 'GET', '/ledger/verify')).fault, null);
});

test('an owner that does not deliver has its node back from the sub-tenant at once', async () => {
  await using site = await Site.open();
  const { outer, inner } = await sublet(site);
  const { parts } = await site.ok('b', 'GET', `/leases/${outer}`);
  await site.ok('operator', 'POST', `/parts/${parts[0].id}/failure`);
  await holders(site, null, null);
  for (const [who, lease] of [
    ['b', outer],
    ['c', inner],
  ] as const)
    assert.equal((await site.ok(who, 'GET', `/leases/${lease}`)).state, 'ended');
});

test('of two nodes that are let one is recalled: one comes back, the other stays', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const ask = { class: name, nodes: 2, end: site.iso(40), reserve: '1000000', noticeSlots: 1 };
  await site.ok('a', 'POST', '/asks', ask);
  const want = { classes: [name], nodes: 2, slots: 20, limit: '3000000', minNoticeSlots: 0 };
  await site.ok('b', 'POST', '/bids', want);
  await site.clear();
  await site.pass(1);
  await holders(site, 'b', 'b');
  await site.ok('a', 'POST', '/recalls', { class: name, nodes: 1 });
  await site.pass(1);
  await holders(site, 'b', 'b');
  await site.pass(1);
  await holders(site, 'b', null);
});
