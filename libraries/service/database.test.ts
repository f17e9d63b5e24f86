import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { migrate, openDatabase, openToRead } from './database.ts';
import { run } from './process.ts';
import { testFolder } from './testing/folder.ts';
import { runScript } from './testing/script.ts';

type Schema = { things: { name: string } };

const things = {
  '0001-things': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('things')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .execute();
    },
  },
};

const names = async (db: Kysely<Schema>) =>
  (await db.selectFrom('things').select('name').orderBy('name').execute()).map(({ name }) => name);

/** A database of some size with one thing in it, closed. */
async function makeDatabase(path: string): Promise<void> {
  const db = openDatabase<Schema>(path);
  await migrate(db as never, 'test', things);
  for (let index = 0; index < 200; index++) {
    await db
      .insertInto('things')
      .values({ name: `${index}`.padStart(100, '0') })
      .execute();
  }
  await db.destroy();
}

describe('opening a database', () => {
  it('a file that is no database is refused and left untouched', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    const text = 'These are the words of somebody else. '.repeat(50);
    await writeFile(path, text);
    assert.throws(() => openDatabase(path), { code: 'database_unusable' });
    assert.equal(await readFile(path, 'utf8'), text);
  });

  it('a damaged database is refused and left untouched', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    const bytes = await readFile(path);
    bytes.fill(0x5a, 4096, 4096 * 3);
    await writeFile(path, bytes);
    assert.throws(() => openDatabase(path), { code: 'database_unusable' });
    assert.deepEqual(await readFile(path), bytes);
  });

  it('a truncated database is refused and left untouched', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    const bytes = (await readFile(path)).subarray(0, 5000);
    await writeFile(path, bytes);
    assert.throws(() => openDatabase(path), { code: 'database_unusable' });
    assert.deepEqual(await readFile(path), bytes);
  });

  it('what is in the way is named: a folder, a missing folder', async (t) => {
    const folder = await testFolder(t);
    assert.throws(() => openDatabase(folder), { code: 'database_unusable' });
    assert.throws(() => openDatabase(join(folder, 'no', 'test.db')), { code: 'database_unusable' });
  });

  it('a full disk is found at the start', async (t) => {
    // A limit on the size of files stands for the full disk: a file system of its own would need privileges.
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    const before = await readFile(path);
    const source = `import { openDatabase } from './database.ts';
      try { openDatabase(${JSON.stringify(path)}); console.log('opened'); } catch (error) { console.log(error.code); }`;
    const { stdout } = await run(
      'sh',
      [
        '-c',
        'ulimit -f 0; exec "$@"',
        'sh',
        process.execPath,
        '--input-type=module-typescript',
        '--eval',
        source,
      ],
      { timeoutMs: 20_000, cwd: import.meta.dirname },
    );
    assert.equal(stdout, 'database_unusable\n');
    assert.deepEqual(await readFile(path), before);
  });

  it('a second process is refused as long as the first one lives', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    const script = runScript(
      `import { openDatabase } from './database.ts';
       openDatabase(${JSON.stringify(path)}); console.log('open'); setInterval(() => {}, 1000);`,
      import.meta.dirname,
    );
    await script.line();
    assert.throws(() => openDatabase(path), { code: 'database_in_use' });
    await script.kill();
    await openDatabase<Schema>(path).destroy();
  });

  it('a write that was acknowledged survives kill -9', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    const script = runScript(
      `import { openDatabase } from './database.ts';
       const db = openDatabase(${JSON.stringify(path)});
       for (let n = 0; ; n++) {
         await db.insertInto('things').values({ name: 'w' + n }).execute();
         console.log('w' + n);
       }`,
      import.meta.dirname,
    );
    let last = '';
    for (let line = 0; line < 50; line++) last = await script.line();
    await script.kill();
    const db = openDatabase<Schema>(path);
    assert.ok((await names(db)).includes(last));
    await db.destroy();
  });

  it('who opens it to read sees what is committed, beside the one that writes, and can write nothing', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    const db = openDatabase<Schema>(path);
    const reader = openToRead<Schema>(path);
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('things').values({ name: 'late' }).execute();
      assert.equal((await names(reader)).length, 200);
    });
    assert.ok((await names(reader)).includes('late'));
    await assert.rejects(reader.insertInto('things').values({ name: 'never' }).execute(), /readonly/);
    await assert.rejects(reader.deleteFrom('things').execute(), /readonly/);
    assert.equal((await names(reader)).length, 201);
    await reader.destroy();
    await db.insertInto('things').values({ name: 'later' }).execute();
    await db.destroy();
    assert.throws(() => openToRead(`${path}.absent`), { code: 'database_unusable' });
  });

  it('what a foreign key refers to must be there', async () => {
    const db = openDatabase<Schema>(':memory:');
    await sql`create table a (x text primary key)`.execute(db);
    await sql`create table b (x text references a (x))`.execute(db);
    await assert.rejects(sql`insert into b values ('absent')`.execute(db));
    await db.destroy();
  });
});

describe('migrations', () => {
  const second = (fail: boolean) => ({
    ...things,
    '0002-more': {
      up: async (db: Kysely<never>) => {
        await sql`alter table things add column size integer`.execute(db);
        if (fail) throw new Error('half way');
      },
    },
  });

  it('each is run once, in order', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    await makeDatabase(path);
    for (const migrations of [things, second(false), second(false)]) {
      const db = openDatabase<Schema>(path);
      await migrate(db as never, 'test', migrations);
      await db.destroy();
    }
  });

  it('one that fails half way leaves nothing behind, and can be run again', async () => {
    const db = openDatabase<Schema>(':memory:');
    await migrate(db as never, 'test', things);
    await assert.rejects(migrate(db as never, 'test', second(true)), { code: 'migration_failed' });
    await migrate(db as never, 'test', second(false));
    await sql`insert into things (name, size) values ('a', 1)`.execute(db);
    await db.destroy();
  });

  it('a database of a newer version is refused', async () => {
    const db = openDatabase<Schema>(':memory:');
    await migrate(db as never, 'test', second(false));
    await assert.rejects(migrate(db as never, 'test', things), { code: 'migration_failed' });
    await db.destroy();
  });

  it('two services can share a database', async () => {
    const db = openDatabase<Schema>(':memory:');
    await migrate(db as never, 'one', things);
    await migrate(db as never, 'two', {
      '0001-other': { up: async (db) => void (await sql`create table o (x)`.execute(db)) },
    });
    await db.destroy();
  });
});
