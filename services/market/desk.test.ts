/** What the desk writes beside the journal, and what it does without. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clear } from '@bullion/clearing';
import { transact } from '@bullion/service';
import { sql } from 'kysely';
import { free } from './ledger/index.ts';
import { type Command, DEFAULTS, decode, freezing, Market, sealed } from './market/index.ts';
import { keep, pack } from './snapshots/pieces.ts';
import { migrations } from './store/migrations.ts';
import { Crowd } from './testing/crowd.ts';
import { openTables } from './testing/desk.ts';
import { keptIn, Place } from './testing/place.ts';

/** A market that has seen so many commands of a crowd. */
async function lived(place: Place, commands: number) {
  const crowd = new Crowd(7);
  const { db, desk } = await place.desk(() => crowd.now);
  for (const command of crowd.opening()) await desk.own(command);
  for (let n = 0; n < commands; n++) await desk.own(crowd.next(desk.market)).catch(() => {});
  return { crowd, db, desk, hash: desk.market.hash() };
}

test('a snapshot of an earlier form is read, the journal behind it goes on as it did, then today’s rules hold', async () => {
  await using place = new Place();
  const { snapshot, journal, last } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'testing/first-form.json'), 'utf8'),
  );
  const { '0001-initial': initial, '0002-chains': chains } = migrations;
  const db = await openTables(await place.where(), { '0001-initial': initial!, '0002-chains': chains! });
  const state = JSON.stringify(snapshot.state);
  await sql`insert into snapshots (sequence, state) values (${snapshot.sequence}, ${state})`.execute(db);
  for (const { command, ...row } of journal)
    await db
      .insertInto('journal')
      .values({ ...row, command: JSON.stringify(command) })
      .execute();
  await db.insertInto('entries').values(last).execute();
  await db.destroy();
  const { desk } = await place.desk(() => last.at);
  const { ledger, leases, config } = desk.market.state;
  assert.deepEqual([ledger.sequence, ledger.head], [last.sequence, last.hash]);
  assert.equal(leases.get('b3')!.price, 1_249_982n, 'by rank, as that form cleared');
  assert.deepEqual([config.exactUpTo, config.exactSteps], [DEFAULTS.exactUpTo, DEFAULTS.exactSteps]);
  const hash = desk.market.hash();
  await place.close();
  assert.equal((await place.desk(() => last.at)).desk.market.hash(), hash);
});

for (const [what, damaged] of [
  ['cut in two', (text: string) => text.slice(0, text.length / 2)],
  ['of a later form', (text: string) => text.replace('"form":2', '"form":99')],
  ['that lacks its leases', (text: string) => text.replace('"leases":', '"losses":')],
  ['whose books are others', (text: string) => text.replace(/"head":"./, '"head":"x')],
] as const) {
  test(`a snapshot ${what} is left, and the journal read from its beginning`, async () => {
    await using place = new Place();
    const { crowd, hash } = await lived(place, 150);
    await place.close();
    const { db } = await place.desk(() => crowd.now);
    const { sequence, text } = await keptIn(db);
    assert.notEqual(damaged(text), text);
    await db.deleteFrom('snapshots').execute();
    await keep(db, sequence, pack(damaged(text)));
    await place.close();
    const { desk, db: again } = await place.desk(() => crowd.now);
    assert.equal(desk.market.hash(), hash);
    assert.deepEqual(await keptIn(again), { sequence, text }, 'and one is made that can be read');
  });
}

test('a snapshot that lacks a piece is left, and the journal read from its beginning', async () => {
  await using place = new Place();
  const { crowd, hash } = await lived(place, 150);
  await place.close();
  const { db } = await place.desk(() => crowd.now);
  await db.deleteFrom('snapshots').where('piece', '=', 0).execute();
  const { sequence } = (await db.selectFrom('journal').selectAll().execute()).at(-1)!;
  const end = { sequence, piece: 1, last: 1, bytes: Buffer.from('the end of it') };
  await db.insertInto('snapshots').values(end).execute();
  await place.close();
  assert.equal((await place.desk(() => crowd.now)).desk.market.hash(), hash);
});

test('the journal alone makes the state again, whatever rules the service would begin with', async () => {
  await using place = new Place();
  const { db, hash } = await lived(place, 150);
  const market = new Market({ feePpm: 1, exactUpTo: 0 });
  for (const { command, at } of await db.selectFrom('journal').selectAll().orderBy('sequence').execute())
    market.apply(decode(command) as Command, at);
  assert.equal(market.hash(), hash);
});

test('a command that was rolled back after it was applied is forgotten', async () => {
  await using place = new Place();
  const { db, desk } = await place.desk(() => 1e12, { snapshotEvery: 1 });
  const mint = (key: string): Command => ({ do: 'mint', key, account: free('a'), amount: 1n });
  const rolledBack = transact(db, async (trx) => {
    await desk.submit(trx, mint('never'));
    throw new Error('the rest of the request failed');
  });
  await assert.rejects(rolledBack);
  await desk.own(mint('kept'));
  assert.equal(desk.market.state.ledger.balance(free('a')), 1n);
  const hash = desk.market.hash();
  await place.close();
  const { desk: again } = await place.desk(() => 1e12);
  assert.equal(again.market.hash(), hash);
});

/** A market that cleared a batch of which the rules of today would make something else. */
async function clearedByOtherRules(place: Place) {
  const crowd = new Crowd(7);
  const { db, desk } = await place.desk(() => crowd.now);
  for (const command of crowd.opening()) await desk.own(command);
  for (let won = 0; won === 0; ) {
    for (let n = 0; n < 30; n++)
      if (!desk.market.state.frozen) await desk.own(crowd.next(desk.market)).catch(() => {});
    if (!desk.market.state.frozen) await desk.own(freezing('secret'));
    const { commit, batch } = desk.market.state.frozen!;
    const { trades, classes } = clear(sealed(desk.market.state));
    won = trades.length;
    assert.equal(batch.engine === undefined, desk.market.state.frozen!.orders === undefined);
    await desk.own({ do: 'clear' }, { root: commit.root, clearing: { trades: trades.slice(1), classes } });
  }
  for (let n = 0; n < 50; n++) await desk.own(crowd.next(desk.market)).catch(() => {});
  const hash = desk.market.hash();
  await db.deleteFrom('snapshots').execute();
  return { crowd, db, hash };
}

test('a replay takes what was published of a clearing, whatever the rules of today would make of it', async () => {
  await using place = new Place();
  const { crowd, db, hash } = await clearedByOtherRules(place);
  const anew = new Market();
  const rows = await db.selectFrom('journal').selectAll().orderBy('sequence').execute();
  assert.notEqual(hashAfter(anew, rows), hash, 'cleared anew it would be another');
  await place.close();
  assert.equal((await place.desk(() => crowd.now)).desk.market.hash(), hash);
});

function hashAfter(market: Market, rows: readonly { command: string; at: number }[]): string {
  try {
    for (const { command, at } of rows) market.apply(decode(command) as Command, at);
  } catch (error) {
    return String(error);
  }
  return market.hash();
}

test('a transcript that was changed where it is kept is found by the replay', async () => {
  await using place = new Place();
  const { crowd, db } = await clearedByOtherRules(place);
  const rows = await db.selectFrom('auctions').select(['number', 'transcript']).execute();
  const traded = rows.find(({ transcript }) => transcript?.includes('"trades":[{'));
  const transcript = traded?.transcript?.replace(/"withheld":"0"/, '"withheld":"1"');
  assert.notEqual(transcript, traded!.transcript);
  await db
    .updateTable('auctions')
    .set({ transcript: transcript! })
    .where('number', '=', traded!.number)
    .execute();
  await place.close();
  await assert.rejects(
    place.desk(() => crowd.now),
    { code: 'journal_broken' },
  );
  const again = await openTables(await place.where());
  await again.updateTable('auctions').set({ transcript: '{' }).where('number', '=', traded!.number).execute();
  await again.destroy();
  await assert.rejects(
    place.desk(() => crowd.now),
    { code: 'transcript_unreadable' },
  );
});
