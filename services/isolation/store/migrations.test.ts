import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createLogger, hashToken, migrate, openDatabase, SecretBox } from '@bullion/service';
import { sql } from 'kysely';
import { openIsolation } from '../index.ts';
import { migrations } from './migrations.ts';

it('a database of the first version is taken over with its tokens', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-isolation-migrate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  SecretBox.open(join(folder, 'secret.key'));
  const db = openDatabase<never>(join(folder, 'isolation.db'));
  await migrate(db, 'isolation', { '0001-initial': migrations['0001-initial']! });
  await sql`insert into projects values ('a', 'then')`.execute(db);
  await sql`insert into tokens values ('0', ${hashToken('old')}, 'member', 'a', 'before', 'then')`.execute(
    db,
  );
  await db.destroy();

  const service = await openIsolation({ folder, logger: createLogger('silent') });
  try {
    const headers = { authorization: 'Bearer old' };
    const who = await service.app.inject({ url: '/isolation/v1/whoami', headers });
    assert.deepEqual(who.json(), {
      id: 'token/0',
      role: 'member',
      projects: ['a'],
      project: 'a',
      label: 'before',
    });
    const { quota } = (await service.app.inject({ url: '/isolation/v1/projects/a', headers })).json();
    assert.deepEqual(quota, { nodes: null, networks: null });
  } finally {
    await service.close();
  }
});
