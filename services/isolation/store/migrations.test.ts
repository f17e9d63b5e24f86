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

it('networks of the one space of names are taken over, with what is on them and what still waits', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-isolation-migrate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  SecretBox.open(join(folder, 'secret.key'));
  const db = openDatabase<never>(join(folder, 'isolation.db'));
  const before = Object.entries(migrations).filter(([name]) => name < '0020');
  await migrate(db, 'isolation', Object.fromEntries(before));
  const settings = 'sealed';
  for (const statement of [
    `insert into projects (name, created_at) values ('a', 'then'), ('b', 'then')`,
    `insert into switches (name, driver, settings, created_at) values ('s1', 'gone', '${settings}', 'then')`,
    `insert into ports (switch, name, version, verified_version, doubted) values ('s1', 'p1', 2, 1, 0)`,
    `insert into nodes (name, project, state, allocation, firmware, bmc_driver, bmc_settings, created_at)
      values ('n1', 'a', 'allocated', 'x', 'bios', 'gone', '${settings}', 'then')`,
    `insert into nics (node, name, mac, switch, port) values ('n1', 'eth0', '52:54:00:00:00:01', 's1', 'p1')`,
    `insert into networks (name, project, vlan, isolated, public, created_at)
      values ('boot', null, 5, 1, 0, 'then'), ('mine', 'a', 6, 0, 0, 'then')`,
    `insert into network_access (network, project) values ('mine', 'b')`,
    `insert into attachments (node, nic, network, mode, state, port_version)
      values ('n1', 'eth0', 'mine', 'native', 'attached', 2)`,
  ]) {
    await sql.raw(statement).execute(db);
  }
  const input = JSON.stringify({ node: 'n1', nic: 'eth0', network: 'mine', ports: [] });
  await sql`insert into operations (id, kind, subject, project, state, steps, input, created_at)
    values ('1', 'nic.attach', 'node/n1', 'a', 'running', '[]', ${input}, 'then')`.execute(db);
  await migrate(db, 'isolation', migrations);
  const rows = async (statement: string) =>
    (await sql.raw(statement).execute(db)).rows.map((row) => ({ ...(row as object) }));
  assert.deepEqual(await rows('select name, short, vlan from networks order by vlan'), [
    { name: 'boot', short: 'boot', vlan: 5 },
    { name: 'a/mine', short: 'mine', vlan: 6 },
  ]);
  assert.deepEqual(await rows('select * from network_access'), [
    { network: 'a/mine', project: 'b', given: 1 },
  ]);
  assert.deepEqual(await rows('select network, mode from attachments'), [
    { network: 'a/mine', mode: 'native' },
  ]);
  assert.match(JSON.stringify(await rows('select input from operations')), /a\/mine/);
  // What refers to what still holds, and so does the index.
  await assert.rejects(rows(`delete from networks where name = 'a/mine'`), /FOREIGN KEY/i);
  await assert.rejects(
    rows(`insert into attachments values ('n1', 'eth0', 'boot', 'native', 'attached', 3)`),
  );
  await db.destroy();
});
