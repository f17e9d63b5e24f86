import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../database.ts';
import { run } from '../process.ts';
import { testFolder } from '../testing/folder.ts';
import { databaseOver, onWrite } from './dialect.ts';
import type { Engine } from './driver.ts';
import { openSqlite } from './sqlite.ts';

const straceMissing = !existsSync('/usr/bin/strace') && 'the Debian package strace is not installed';

type Schema = { things: { name: string } };
type Db = Kysely<Schema>;

/** A database of a test's own on a file, with things in it, over an engine that may be made faulty. */
async function open(t: TestContext, change: (engine: Engine) => Partial<Engine> = () => ({})): Promise<Db> {
  const engine = openSqlite(join(await testFolder(t), 'test.db'));
  engine.control('create table things (name text primary key)');
  const db = databaseOver<Schema>({ ...engine, ...change(engine) });
  t.after(() => db.destroy());
  return db;
}

const names = async (db: Db) =>
  (await db.selectFrom('things').select('name').orderBy('name').execute()).map(({ name }) => name);
const insert = (db: Db, name: string) => db.insertInto('things').values({ name }).execute();
const failing = async (work: Promise<unknown>) => await work.then(() => assert.fail('it succeeded'), String);

/** What became of each: `kept` or why not. */
const outcomes = async (work: Promise<unknown>[]) =>
  (await Promise.allSettled(work)).map((end) =>
    end.status === 'fulfilled' ? 'kept' : (end.reason as { code: string }).code,
  );

describe('a group of transactions', () => {
  it('is committed once, however many are in it', async (t) => {
    let commits = 0;
    const db = await open(t, ({ control }) => ({
      control: (text) => {
        if (text === 'commit') commits++;
        return control(text);
      },
    }));
    await Promise.all(Array.from({ length: 20 }, (_, index) => insert(db, `t${index}`)));
    assert.equal((await names(db)).length, 20);
    assert.equal(commits, 1);
  });

  it('one that fails is rolled back alone', async (t) => {
    const db = await open(t);
    const ends = await Promise.allSettled(
      Array.from({ length: 9 }, (_, index) =>
        db.transaction().execute(async (trx) => {
          await insert(trx, `t${index}`);
          await nextTurn();
          if (index % 3 === 1) throw new Error('not this one');
        }),
      ),
    );
    assert.equal(ends.filter(({ status }) => status === 'rejected').length, 3);
    assert.deepEqual(await names(db), ['t0', 't2', 't3', 't5', 't6', 't8']);
  });

  it('none is acknowledged or can be read before it is on the disk', async (t) => {
    const synced = Promise.withResolvers<void>();
    const db = await open(t, ({ sync }) => ({ sync: () => synced.promise.then(() => sync!()) }));
    const told: string[] = [];
    const writing = insert(db, 'a').then(() => told.push('written'));
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    const reading = names(db).then((found) => told.push(`read ${found}`));
    const next = insert(db, 'b').then(() => told.push('written next'));
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.deepEqual(told, []);
    synced.resolve();
    await Promise.all([writing, reading, next]);
    assert.deepEqual(told.sort(), ['read a', 'written', 'written next']);
  });

  it('where it cannot be committed all in it fail, and the next ones are kept', async (t) => {
    let full = true;
    const db = await open(t, ({ control }) => ({
      control: (text) => {
        if (text === 'commit' && full) throw new Error('database or disk is full');
        return control(text);
      },
    }));
    const lost: string[] = [];
    onWrite(db as never, { lost: () => void lost.push('lost') });
    assert.deepEqual(
      await outcomes([insert(db, 'a'), insert(db, 'b')]),
      Array(2).fill('database_not_written'),
    );
    assert.deepEqual(lost, ['lost']);
    full = false;
    await insert(db, 'c');
    assert.deepEqual(await names(db), ['c']);
  });

  it('where the disk does not say that it was written, nothing is answered any more', async (t) => {
    const db = await open(t, () => ({ sync: () => Promise.reject(new Error('EIO')) }));
    const work = [insert(db, 'a'), insert(db, 'b')];
    assert.deepEqual(await outcomes(work), Array(2).fill('database_not_written'));
    assert.deepEqual(await outcomes([insert(db, 'c'), names(db)]), Array(2).fill('database_not_written'));
  });

  it('where SQLite itself gives it up all in it fail, and what the last one does then is not kept', async (t) => {
    const db = await open(t);
    await insert(db, 'old');
    const ends = await outcomes([
      insert(db, 'neighbour'),
      db.transaction().execute(async (trx) => {
        await failing(sql`insert or rollback into things values ('old')`.execute(trx));
        await failing(insert(trx, 'after all'));
      }),
    ]);
    assert.deepEqual(ends, Array(2).fill('database_not_written'));
    await insert(db, 'new');
    assert.deepEqual(await names(db), ['new', 'old']);
  });

  it('on a full disk those that were acknowledged are there, and no others', async (t) => {
    // A limit on the size of files stands for the full disk.
    const path = join(await testFolder(t), 'test.db');
    const source = `import { openDatabase } from './database.ts';
      const db = openDatabase(${JSON.stringify(path)});
      await db.schema.createTable('things').addColumn('name', 'text').execute();
      for (let round = 0, full = false; !full; round++) {
        await Promise.all(Array.from({ length: 8 }, async (_, index) => {
          const name = String(round * 8 + index).padStart(3000, '.');
          try {
            await db.insertInto('things').values({ name }).execute();
            console.log(name.replaceAll('.', ''));
          } catch (error) {
            full = true;
          }
        }));
      }`;
    const limited = ['-c', 'ulimit -f 800; exec "$@"', 'sh', process.execPath];
    const args = [...limited, '--disable-warning=ExperimentalWarning', '--input-type=module-typescript'];
    const { stdout } = await run('sh', [...args, '--eval', source], {
      timeoutMs: 20_000,
      cwd: join(import.meta.dirname, '..'),
    });
    const acknowledged = stdout.trim().split('\n');
    assert.ok(acknowledged.length > 20, stdout);
    const db = openDatabase<Schema>(path);
    const kept = (await names(db)).map((name) => name.replaceAll('.', ''));
    await db.destroy();
    assert.deepEqual(kept.sort(), acknowledged.sort());
  });

  it('no write is acknowledged before the kernel was told to put it on the disk', {
    skip: straceMissing,
  }, async (t) => {
    const folder = await testFolder(t);
    const source = `import { writeSync } from 'node:fs';
      import { openDatabase } from './database.ts';
      const db = openDatabase(${JSON.stringify(join(folder, 'test.db'))});
      await db.schema.createTable('things').addColumn('name', 'text').execute();
      for (let n = 0; n < 5; n++) {
        writeSync(1, 'begun');
        await db.insertInto('things').values({ name: 'a' }).execute();
        writeSync(1, 'acknowledged');
      }`;
    const trace = join(folder, 'trace');
    const calls = 'trace=pwrite64,write,fsync,fdatasync';
    const node = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      '--input-type=module-typescript',
    ];
    const args = ['-f', '-y', '-e', calls, '-o', trace, ...node, '--eval', source];
    await run('strace', args, { timeoutMs: 30_000, cwd: join(import.meta.dirname, '..') });
    const [, ...writes] = (await readFile(trace, 'utf8')).split('"begun"');
    assert.equal(writes.length, 5);
    for (const write of writes) {
      const [before] = write.split('"acknowledged"');
      const written = before!.lastIndexOf('test.db-wal>, ');
      assert.ok(written > 0, before);
      assert.match(before!.slice(written), /fdatasync\(\d+<[^>]*test\.db-wal>/, before);
    }
  });

  it('who listens is told of the tables before the writer is, and not of what was rolled back', async (t) => {
    const db = await open(t);
    const told: string[] = [];
    onWrite(db as never, { committed: (wrote) => void told.push(`things ${wrote('things')}`) });
    onWrite(db as never, { committed: (wrote) => void told.push(`others ${wrote('others')}`) });
    await insert(db, 'a').then(() => told.push('acknowledged'));
    await db.deleteFrom('things').where('name', '=', 'none').execute();
    assert.deepEqual(told, [
      ...['things true', 'others false', 'acknowledged'],
      ...['things false', 'others false'],
    ]);
  });

  it('what reads sees one moment in a transaction that only reads, and does not wait for those that write', async (t) => {
    const db = await open(t);
    await insert(db, 'a');
    await db.transaction().execute(async (writing) => {
      await insert(writing, 'b');
      assert.deepEqual(await names(db), ['a']);
    });
    await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (reading) => {
        assert.deepEqual(await names(reading), ['a', 'b']);
        await insert(db, 'c');
        assert.deepEqual(await names(reading), ['a', 'b']);
        assert.deepEqual(await names(db), ['a', 'b', 'c']);
      });
  });

  it('closing waits for what was begun', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    const engine = openSqlite(path);
    engine.control('create table things (name text primary key)');
    const db = databaseOver<Schema>(engine);
    const work = insert(db, 'a');
    await nextTurn();
    await Promise.all([work, db.destroy()]);
    const again = openDatabase<Schema>(path);
    assert.deepEqual(await names(again), ['a']);
    await again.destroy();
  });
});
