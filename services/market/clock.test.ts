import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE } from '@bullion/clearing';
import { createLogger } from '@bullion/service';
import { createMarketClock } from './clock.ts';
import { openDesk } from './testing/desk.ts';
import { BEGIN, CREDIT, Floor, SLOT } from './testing/floor.ts';

/** A desk with an ask and three bids, and a clock for it. */
async function market() {
  const { db, desk } = await openDesk(':memory:', () => BEGIN);
  const floor = new Floor();
  for (const party of ['hospital', 'startup']) floor.credit(party, 10_000);
  const name = floor.enroll('hospital', 3);
  floor.ask({ owner: 'hospital', class: name, nodes: 2 });
  for (const limit of [2n, 3n, 4n]) floor.bid({ buyer: 'startup', classes: [name], limit: limit * CREDIT });
  for (const { command } of floor.journal) await desk.own(command);
  const clock = createMarketClock(
    desk,
    createLogger('silent'),
    { batchMs: 20, checkMs: 20 },
    { after: () => {} },
  );
  return { db, desk, clock };
}

test('bids that wait are cleared, batch after batch, until the clock is closed', async () => {
  const { db, desk, clock } = await market();
  clock.start();
  for (let tries = 0; tries < 3000 && desk.market.state.batches < 3; tries++) await sleep(10);
  await clock.close();
  const { state } = desk.market;
  assert.equal(state.leases.size, 2);
  assert.ok(state.batches >= 3, 'the third bid goes on waiting');
  const cleared = await db.selectFrom('auctions').select('hash').orderBy('number').execute();
  assert.ok(cleared.slice(0, -1).every(({ hash }) => hash !== null));
  assert.equal(state.now, BEGIN - (BEGIN % SLOT));
  await db.destroy();
});

test('a clock that is closed in the middle of a clearing leaves no batch half cleared', async () => {
  const { db, desk, clock } = await market();
  clock.start();
  while (!desk.market.state.frozen) await sleep(1);
  await clock.close();
  const { frozen, leases } = desk.market.state;
  assert.equal(leases.size, frozen ? 0 : 2);
  const next = createMarketClock(
    desk,
    createLogger('silent'),
    { batchMs: 20, checkMs: 20 },
    { after: () => {} },
  );
  next.start();
  for (let tries = 0; tries < 3000 && desk.market.state.leases.size < 2; tries++) await sleep(10);
  await next.close();
  assert.equal(desk.market.state.leases.size, 2);
  await db.destroy();
});

test('a batch that was committed to by other rules is dropped, and its orders are in the next', async () => {
  const { db, desk, clock } = await market();
  await desk.own({ do: 'freeze', secret: 'secret', engine: ENGINE + 1 });
  clock.start();
  for (let tries = 0; tries < 3000 && desk.market.state.leases.size < 2; tries++) await sleep(10);
  await clock.close();
  const auctions = await db.selectFrom('auctions').select(['number', 'hash']).orderBy('number').execute();
  assert.equal(auctions[0]!.hash, null);
  assert.notEqual(auctions[1]!.hash, null);
  assert.equal(desk.market.state.leases.size, 2);
  const said = await db
    .selectFrom('events')
    .select('subject')
    .where('kind', '=', 'auction.dropped')
    .execute();
  assert.deepEqual([...new Set(said.map(({ subject }) => subject))], ['auction/1']);
  await db.destroy();
});

test('what lacked is told before the tick that pays for it, and whose nodes are is asked before what is frozen', async () => {
  const { db, desk } = await market();
  const seen: string[] = [];
  const ticks = () => desk.market.state.sequence;
  const before = ticks();
  const clock = createMarketClock(
    desk,
    createLogger('silent'),
    { batchMs: 20, checkMs: 20 },
    {
      beforeTick: async () => void seen.push(`tick ${ticks() - before}`),
      beforeFreeze: async () => void seen.push(desk.market.state.frozen ? 'late' : 'freeze'),
      after: () => void seen.push('after'),
    },
  );
  clock.start();
  for (let tries = 0; tries < 3000 && !seen.includes('freeze'); tries++) await sleep(10);
  await clock.close();
  assert.deepEqual(seen.slice(0, 3), ['tick 0', 'after', 'freeze']);
  await db.destroy();
});
