/** A service that knows no more than projects by name gets users, members and tokens; its rules are tested in isolation. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { Changes, createChangeTables } from '../changes.ts';
import { migrate, openDatabase } from '../database.ts';
import { Events } from '../events.ts';
import { createApp, requireToken } from '../http.ts';
import { createLogger } from '../log.ts';
import { createServiceTables } from '../schema.ts';
import { SecretBox } from '../secrets.ts';
import { addIdentityRoutes, authenticate, createIdentityTables, insertToken } from './index.ts';
import type { IdentitySchema } from './schema.ts';

it('a service of other nouns has users, members and tokens by a migration and a line of routes', async () => {
  const db = openDatabase<IdentitySchema & { volumes: { name: string } }>(':memory:');
  await migrate(db as never, 'other', {
    '0001-initial': {
      async up(db) {
        await createServiceTables(db as never);
        await createChangeTables(db as never);
        await sql`create table projects (name text primary key)`.execute(db);
        await createIdentityTables(db as never);
      },
    },
  });
  const changes = new Changes(db, SecretBox.ephemeral(), new Events(db as never));
  const app = await createApp({ name: 'other', title: 'Other', logger: createLogger('silent') });
  requireToken(app, (credentials, scheme) => authenticate(db, undefined, credentials, scheme), {
    basic: true,
  });
  addIdentityRoutes(app, '/other/v1', { db, changes });
  const admin = await changes.own('make a token', ({ trx }) =>
    insertToken(trx, { role: 'admin', label: 'x' }),
  );
  const ask = async (authorization: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => {
    const headers = { authorization };
    const url = `/other/v1${path}`;
    return await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  };
  const root = `Bearer ${admin.token}`;
  await db.insertInto('projects').values({ name: 'a' }).execute();
  const password = 'correct horse';
  assert.equal((await ask(root, 'POST', '/users', { name: 'ann', password })).statusCode, 200);
  const again = await ask(root, 'POST', '/users', { name: 'ann', password });
  assert.equal(again.json().error.code, 'user_exists');
  assert.equal((await ask(root, 'PUT', '/projects/b/members/ann')).json().error.code, 'project_not_found');
  assert.equal((await ask(root, 'PUT', '/projects/a/members/ann')).statusCode, 200);
  const basic = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
  const made = await ask(basic, 'POST', '/tokens', { label: 'hers', project: 'a' });
  const { id, ...who } = (await ask(`Bearer ${made.json().token}`, 'GET', '/whoami')).json();
  assert.match(id, /^token\//);
  assert.deepEqual(who, { role: 'member', projects: ['a'], project: 'a', label: 'hers' });
  assert.equal((await ask(basic, 'GET', '/users')).statusCode, 403);
  await app.close();
  await db.destroy();
});
