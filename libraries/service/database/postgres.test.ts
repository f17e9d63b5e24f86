import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { inSchema, migrate, openDatabase, openToRead, transact } from '../database.ts';
import { type Postgres, postgresMissing, startPostgres } from '../testing/postgres.ts';
import { onWrite } from './dialect.ts';

type Schema = { things: { name: string; size: number | null } };
type Db = Kysely<Schema>;

const migrations = {
  '0001-things': {
    up: async (db: Kysely<never>) => {
      await sql`create table things (name text primary key, size bigint)`.execute(db);
    },
  },
};
const insert = (db: Db, name: string, size: number | null = null) =>
  db.insertInto('things').values({ name, size }).execute();
const names = async (db: Db) =>
  (await db.selectFrom('things').select('name').orderBy('name').execute()).map(({ name }) => name);

describe('PostgreSQL', { skip: postgresMissing() }, () => {
  let server: Postgres;
  let count = 0;
  before(async () => void (server = await startPostgres()));
  after(() => server[Symbol.asyncDispose]());

  async function open(t: TestContext): Promise<{ db: Db; url: string }> {
    const url = await server.database(`test${++count}`);
    const db = openDatabase<Schema>(url);
    t.after(() => db.destroy());
    await migrate(db as never, 'test', migrations);
    return { db, url };
  }

  it('of a group of transactions one that fails is rolled back alone, also by the database', async (t) => {
    const { db } = await open(t);
    const ends = await Promise.allSettled([
      ...['a', 'b', 'c', 'a'].map((name) => insert(db, name)),
      transact(db, async (trx) => {
        await insert(trx, 'd');
        throw new Error('not this one');
      }),
      insert(db, 'e'),
    ]);
    assert.deepEqual(
      ends.map(({ status }) => status === 'fulfilled'),
      [true, true, true, false, false, true],
    );
    assert.deepEqual(await names(db), ['a', 'b', 'c', 'e']);
  });

  it('who opens it to read sees what is committed, beside the one that writes, and can write nothing', async (t) => {
    const { db, url } = await open(t);
    const reader = openToRead<Schema>(url);
    await insert(db, 'a');
    assert.deepEqual(await names(reader), ['a']);
    await assert.rejects(insert(reader, 'never'), /read-only transaction/);
    await insert(db, 'b');
    assert.deepEqual(await names(reader), ['a', 'b']);
    await reader.destroy();
    const nowhere = openToRead<Schema>(`${url}-absent`);
    await assert.rejects(names(nowhere), { code: 'database_unusable' });
    await nowhere.destroy().catch(() => {});
  });

  it('whole numbers are numbers, and an empty list of values holds none', async (t) => {
    const { db } = await open(t);
    await insert(db, 'a', 2 ** 40);
    const things = db.selectFrom('things').selectAll();
    assert.deepEqual(await things.execute(), [{ name: 'a', size: 2 ** 40 }]);
    assert.deepEqual(await things.where('name', 'in', []).execute(), []);
    assert.equal((await db.deleteFrom('things').executeTakeFirst()).numDeletedRows, 1n);
  });

  it('what is not committed is not read, and one moment is read in a transaction that only reads', async (t) => {
    const { db } = await open(t);
    await db.transaction().execute(async (trx) => {
      await insert(trx, 'a');
      assert.deepEqual(await names(db), []);
    });
    await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (reading) => {
        assert.deepEqual(await names(reading), ['a']);
        await insert(db, 'b');
        assert.deepEqual(await names(reading), ['a']);
      });
    assert.deepEqual(await names(db), ['a', 'b']);
  });

  it('one process has it at a time', async (t) => {
    const { db, url } = await open(t);
    const other = openDatabase<Schema>(url);
    await assert.rejects(migrate(other as never, 'test', migrations), { code: 'database_in_use' });
    await db.destroy();
    const next = openDatabase<Schema>(url);
    await migrate(next as never, 'test', migrations);
    await next.destroy();
  });

  it('two services lie side by side in one, each in a schema; one process has a schema at a time', async (t) => {
    const { db, url } = await open(t);
    const beside = openDatabase<Schema>(inSchema(url, 'beside'));
    await migrate(beside as never, 'beside', migrations);
    await insert(beside, 'there');
    assert.deepEqual([await names(db), await names(beside)], [[], ['there']]);
    const other = openDatabase<Schema>(inSchema(url, 'beside'));
    await assert.rejects(migrate(other as never, 'beside', migrations), { code: 'database_in_use' });
    await beside.destroy();
  });

  it('a server that is not there and a database that is not are named, and the password is not', async () => {
    for (const url of ['postgres://ann:secret@127.0.0.1:1/x', server.url('none')]) {
      const db = openDatabase<Schema>(url);
      await assert.rejects(names(db), (error: Error & { code: string }) => {
        assert.equal(error.code, 'database_unusable');
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  });

  it('a transaction that came into conflict with another is run again, and not for ever', async (t) => {
    const { db } = await open(t);
    let runs = 0;
    const collide = (times: number) =>
      transact(db, async (trx) => {
        await insert(trx, `t${++runs}`);
        if (runs <= times) {
          const fail = `do $$ begin raise exception 'in the way' using errcode = '40001'; end $$`;
          await sql.raw(fail).execute(trx);
        }
      });
    await collide(2);
    assert.deepEqual(await names(db), ['t3']);
    await db.deleteFrom('things').execute();
    runs = 0;
    await assert.rejects(collide(100), { code: '40001' });
    assert.equal(runs, 5);
  });

  it('a text with a NUL character is refused as the request that it is', async (t) => {
    const { db } = await open(t);
    await assert.rejects(insert(db, 'a\0b'), { code: 'text_unstorable', status: 400 });
    await assert.rejects(db.selectFrom('things').selectAll().where('name', '=', '\0').execute(), {
      code: 'text_unstorable',
    });
  });

  it('after the server was lost what was acknowledged is there, and the work goes on', async (t) => {
    await using durable = await startPostgres({ durable: true });
    const db = openDatabase<Schema>(await durable.database('test'));
    t.after(() => db.destroy());
    await migrate(db as never, 'test', migrations);
    let lost = 0;
    onWrite(db as never, { lost: () => void lost++ });
    await insert(db, 'a');
    await durable.kill();
    await assert.rejects(insert(db, 'b'));
    assert.ok(lost > 0);
    await durable.start();
    // The first one finds the connection lost and makes it anew.
    for (let tries = 0; tries < 3; tries++) {
      if (await insert(db, `c${tries}`).then(Boolean, () => false)) break;
    }
    const found = await names(db);
    assert.ok(found.includes('a') && found.some((name) => name.startsWith('c')), String(found));
  });
});
