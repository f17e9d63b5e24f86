import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from './database.ts';
import { rememberCallers } from './known-callers.ts';
import type { Principal } from './principal.ts';

const principal = (more: Partial<Principal> = {}): Principal => ({
  ...{ id: 'token/1', role: 'operator', projects: [], project: null, label: 'test' },
  ...more,
});

/** A database with a table of tokens, and how often it was asked who somebody is. */
async function setUp(t: TestContext, found: () => Promise<Principal | undefined> | Principal | undefined) {
  const db = openDatabase<{ tokens: { x: string }; other: { x: string } }>(':memory:');
  t.after(() => db.destroy());
  for (const table of ['tokens', 'other']) await sql.raw(`create table ${table} (x text)`).execute(db);
  const asked = { times: 0 };
  const authenticate = async () => {
    asked.times++;
    return await found();
  };
  const known = rememberCallers(db as never, ['tokens'], authenticate, ({ id }) => !id.startsWith('oidc/'));
  return { db, asked, ask: (credentials: string) => known(credentials, 'bearer') };
}

describe('a caller who is known', () => {
  it('is not asked for again, until who somebody is may have changed', async (t) => {
    const { db, asked, ask } = await setUp(t, () => principal());
    for (let time = 0; time < 3; time++) assert.equal((await ask('a'))?.id, 'token/1');
    assert.equal(asked.times, 1);
    await db.insertInto('other').values({ x: '1' }).execute();
    await ask('a');
    assert.equal(asked.times, 1);
    await db.insertInto('tokens').values({ x: '1' }).execute();
    await ask('a');
    assert.equal(asked.times, 2);
    await ask('b');
    assert.equal(asked.times, 3);
  });

  it('is forgotten by a change that came while it was looked for', async (t) => {
    const change = Promise.withResolvers<Principal>();
    let found: Promise<Principal> | undefined = change.promise;
    const { db, ask } = await setUp(t, () => found);
    const asking = ask('a');
    await db.insertInto('tokens').values({ x: '1' }).execute();
    change.resolve(principal());
    await asking;
    found = undefined;
    assert.equal(await ask('a'), undefined);
  });

  it('is asked for again after its end, and always where others vouch for it', async (t) => {
    let who = principal({ expiresAt: new Date(Date.now() - 1).toISOString() });
    const { asked, ask } = await setUp(t, () => who);
    await ask('a');
    await ask('a');
    assert.equal(asked.times, 2);
    who = principal({ id: 'oidc/ann' });
    await ask('b');
    await ask('b');
    assert.equal(asked.times, 4);
  });
});
