/** Snapshots while the market is at work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger } from '@bullion/service';
import { Market } from '../market/index.ts';
import { Crowd } from '../testing/crowd.ts';
import { CREDIT, Floor } from '../testing/floor.ts';
import { keptIn, Place } from '../testing/place.ts';
import { keep, lastKept, pack } from './pieces.ts';

/** A desk with a book of so many bids, and how one more is placed. */
async function booked(place: Place, bids: number, snapshotEvery: number) {
  const floor = new Floor();
  floor.do({ do: 'configure', set: { orderRate: 1e9 } });
  floor.credit('startup', 10_000_000);
  const name = floor.enroll('hospital', 3);
  const { db, desk } = await place.desk(() => floor.now, { snapshotEvery });
  for (const { command } of floor.journal) await desk.own(command);
  const placeOne = () =>
    desk.own({ do: 'bid', bid: floor.newBid({ buyer: 'startup', classes: [name], limit: CREDIT }) });
  await Promise.all(Array.from({ length: bids }, placeOne));
  return { floor, db, desk, bid: placeOne };
}

test('while a snapshot of a large book is made orders are answered and the event loop turns, and none of it is made there', async () => {
  await using place = new Place();
  const { floor, db, desk, bid } = await booked(place, 4000, 4050);
  desk.market.snapshot = () => assert.fail('the text was made on the event loop');
  let settled = false;
  while (!desk.snapshots.making) await bid();
  const making = desk.snapshots.settled().then(() => {
    settled = true;
  });
  let answered = 0;
  let turns = 0;
  await Promise.all([
    (async () => {
      for (; !settled; answered++) await bid();
    })(),
    (async () => {
      for (; !settled; turns++) await nextTurn();
    })(),
  ]);
  await making;
  assert.ok(answered >= 20 && turns >= 100, `${answered} orders, ${turns} turns`);
  const { sequence, text } = await keptIn(db);
  assert.ok(sequence >= 4050 && sequence < desk.market.state.sequence, String(sequence));
  const restored = Market.restore(text);
  assert.equal(restored.state.sequence, sequence);
  Reflect.deleteProperty(desk.market, 'snapshot');
  const hash = desk.market.hash();
  await place.close();
  assert.equal((await place.desk(() => floor.now)).desk.market.hash(), hash);
});

test('one that is made aside is the one that the desk would have made', async () => {
  await using place = new Place();
  const crowd = new Crowd(11);
  const { db, desk } = await place.desk(() => crowd.now, { snapshotEvery: 40 });
  for (const command of crowd.opening()) await desk.own(command);
  let made = 0;
  for (let n = 0; n < 400; n++) {
    await desk.own(crowd.next(desk.market)).catch(() => {});
    await desk.snapshots.settled();
    const kept = await lastKept(db);
    if (kept?.sequence !== desk.market.state.sequence) continue;
    made++;
    assert.equal((await keptIn(db)).text, desk.market.snapshot());
    const all = await db.selectFrom('snapshots').select('sequence').distinct().execute();
    assert.equal(all.length, 1, 'and those before are gone');
  }
  assert.ok(made >= 3, `${made} were made`);
});

test('the way from one to the next grows with the state', async () => {
  await using place = new Place();
  const { db, desk, bid } = await booked(place, 0, 10);
  const made = new Set<number>();
  for (let n = 0; n < 200; n++) {
    await bid();
    await desk.snapshots.settled();
    const kept = await lastKept(db);
    if (kept) made.add(kept.sequence);
  }
  const [, ...at] = [...made];
  assert.ok(at.length >= 3, `at ${at}`);
  for (let n = 1; n < at.length; n++) assert.ok(at[n]! >= at[n - 1]! * 1.7, `at ${at}`);
});

test('where commands are few one is made after a hundred clearings', async () => {
  await using place = new Place();
  const { db, desk } = await booked(place, 3, 1_000_000);
  const at: number[] = [];
  for (let n = 0; n < 210; n++) {
    await desk.own({ do: 'freeze' });
    await desk.own({ do: 'clear' });
    await desk.snapshots.settled();
    at.push((await keptIn(db)).sequence);
  }
  assert.equal(new Set(at).size, 3, 'the one of the start, and two');
});

test('of one that was cut short a start takes no notice, and the next removes it', async () => {
  await using place = new Place();
  const { floor, db, desk, bid } = await booked(place, 50, 1000);
  await keep(db, desk.market.state.sequence, pack(desk.market.snapshot()));
  await bid();
  const { sequence } = await keptIn(db);
  // Two of its pieces are there, as after a kill.
  const cut = [0, 1].map((piece) => ({ sequence: sequence + 1, piece, last: 0, bytes: Buffer.from('half') }));
  await db.insertInto('snapshots').values(cut).execute();
  assert.equal((await keptIn(db)).sequence, sequence);
  const hash = desk.market.hash();
  await place.close();
  const { desk: again, db: after } = await place.desk(() => floor.now);
  assert.equal(again.market.hash(), hash);
  const pieces = await after.selectFrom('snapshots').select(['sequence', 'last']).execute();
  assert.deepEqual(
    pieces.map((piece) => ({ ...piece })),
    [{ sequence: sequence + 1, last: 1 }],
  );
});

test('books that do not follow from the journal are told of while the market runs, and what was kept stays', async () => {
  await using place = new Place();
  const said: string[] = [];
  const log = createLogger('silent');
  log.error = ((_: object, text: string) => void said.push(text)) as typeof log.error;
  const crowd = new Crowd(3);
  const { db, desk } = await place.desk(() => crowd.now, { snapshotEvery: 60, log });
  const before = (await lastKept(db))!.sequence;
  for (const command of crowd.opening()) await desk.own(command);
  const { command } = await db
    .selectFrom('journal')
    .selectAll()
    .where('sequence', '=', 2)
    .executeTakeFirstOrThrow();
  const other = command.replace('"$":"5', '"$":"6');
  assert.notEqual(other, command);
  await db.updateTable('journal').set({ command: other }).where('sequence', '=', 2).execute();
  for (let n = 0; n < 200 && said.length === 0; n++) {
    await desk.own(crowd.next(desk.market)).catch(() => {});
    await desk.snapshots.settled();
  }
  assert.match(said[0] ?? '', /no snapshot of the market was made/);
  assert.equal((await lastKept(db))!.sequence, before);
});

test('a desk that is closed while one is made ends it', async () => {
  await using place = new Place();
  const { floor, desk } = await booked(place, 300, 250);
  const hash = desk.market.hash();
  await place.close();
  assert.equal((await place.desk(() => floor.now)).desk.market.hash(), hash);
});
