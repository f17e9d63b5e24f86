import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { auditReader, verifyAudit } from '@bullion/service';
import { type Json, World } from './testing/world.ts';

const lastOf = async (world: World): Promise<Json> =>
  (await world.ok(world.operator('GET', '/audit?limit=1000'))).at(-1);

describe('the audit log', () => {
  it('says who changed what, when, from where, and how it ended; what is only looked at it leaves out', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const line = await lastOf(world);
    assert.deepEqual(
      [line.action, line.outcome, line.label, line.address, line.code],
      ['POST /isolation/v1/nodes/n1/allocate', 'done', 'test', '127.0.0.1', null],
    );
    assert.match(line.actor, /^token\/[0-9a-f-]{36}$/);
    assert.match(line.request, /^[0-9a-f-]{36}$/);
    assert.equal(line.input, '{"project":"a"}');
    assert.ok(Math.abs(Date.now() - Date.parse(line.at)) < 10_000);
    await world.ok(world.a('GET', '/nodes'));
    assert.equal((await lastOf(world)).sequence, line.sequence);
    await world.refused(world.a('GET', '/audit'), 403, 'operator_only');
    await world.refused(world.a('GET', '/audit/verify'), 403, 'operator_only');
  });

  it('refused and malformed requests are in it too, and what failed', async () => {
    await using world = await World.open();
    await world.refused(world.a('POST', '/projects', { name: 'x' }), 403, 'operator_only');
    assert.deepEqual(
      [(await lastOf(world)).outcome, (await lastOf(world)).code],
      ['refused', 'operator_only'],
    );
    await world.refused(world.a('POST', '/networks', { name: '' }), 400, 'request_invalid');
    assert.equal((await lastOf(world)).code, 'request_invalid');
    await world.allocate('n1', 'a');
    world.bmc(1).down = true;
    assert.ok((await world.a('PUT', '/nodes/n1/power', { action: 'on' })).status >= 500);
    const [begun, failed] = (await world.ok(world.operator('GET', '/audit?limit=1000'))).slice(-2);
    assert.deepEqual([begun.outcome, failed.outcome, failed.code], ['begun', 'failed', 'bmc_unreachable']);
    assert.equal(begun.request, failed.request);
  });

  it('holds no secrets', async () => {
    await using world = await World.open();
    await world.ok(world.admin('POST', '/users', { name: 'ann', password: 'correct horse' }));
    await world.allocate('n1', 'a');
    await world.a('POST', '/nodes/n1/console', { keys: 'my password' });
    const text = JSON.stringify(await world.ok(world.operator('GET', '/audit?limit=1000')));
    assert.doesNotMatch(text, /correct horse|my password|"password":"secret"|bullion_/);
    assert.match(text, /\[secret\]/);
  });

  it('a change that is rolled back leaves no line of having been done', async () => {
    await using world = await World.open();
    const { sequence } = await lastOf(world);
    await world.refused(world.operator('POST', '/projects', { name: 'a' }), 409, 'project_exists');
    const lines = await world.ok(world.operator('GET', `/audit?after=${sequence}`));
    assert.deepEqual(
      lines.map(({ outcome }: Json) => outcome),
      ['refused'],
    );
  });

  it('cannot be edited or shortened through the database', async () => {
    await using world = await World.open({ nodes: 0 });
    const { db } = world.service.context;
    await assert.rejects(db.updateTable('audit').set({ label: 'x' }).execute(), /only ever added to/);
    await assert.rejects(db.deleteFrom('audit').execute(), /only ever added to/);
  });

  it('credentials that are not good are a line an address, however often and from wherever they come', async () => {
    await using world = await World.open({ nodes: 0 });
    const url = '/isolation/v1/whoami';
    for (let number = 0; number < 60; number++) {
      const headers = { authorization: `Bearer wrong-${number}` };
      for (let time = 0; time < 2; time++) {
        await world.service.app.inject({ url, headers, remoteAddress: `10.0.0.${number}` });
      }
    }
    await world.service.app.inject({ url, remoteAddress: '10.0.1.1' }); // Without any: nobody tried to log in.
    await world.restart();
    const lines: Json[] = await world.ok(world.operator('GET', '/audit?limit=1000'));
    const refused = lines.map(({ action }) => action).filter((action) => /credentials/.test(action));
    assert.equal(refused.length, 51);
    assert.equal(refused[0], 'refused credentials 2 times from 10.0.0.0');
    assert.equal(refused.at(-1), 'refused credentials 20 times from other addresses');
    assert.doesNotMatch(JSON.stringify(lines), /wrong-|10\.0\.1\.1/);
  });
});

/** What somebody with the file can do to it while nobody looks. */
/** Who tampers with it does so by opening the file. */
const onFiles = { skip: process.env.BULLION_TEST_DATABASE !== undefined && 'the database is no file' };

describe('tampering with the audit log', onFiles, () => {
  const edit = (sql: string) => async (database: DatabaseSync) => database.exec(sql);
  const swap =
    'update audit set sequence = sequence + 1000 where sequence in (2, 3);' +
    'update audit set sequence = 3 where sequence = 1002; update audit set sequence = 2 where sequence = 1003;';
  const cases: [what: string, tamper: (database: DatabaseSync) => Promise<void>, says: RegExp][] = [
    [
      'an edited line',
      edit("update audit set label = 'innocent' where sequence = 3"),
      /Line 3 is not as it was/,
    ],
    ['an edited outcome', edit("update audit set outcome = 'refused' where sequence = 3"), /Line 3 is not/],
    [
      'a line with another hash',
      edit('update audit set hash = upper(hash) where sequence = 3'),
      /Line 3 is not/,
    ],
    ['a line taken out', edit('delete from audit where sequence = 3'), /Line 3 is missing/],
    [
      'a line taken out and the gap closed',
      edit(
        'delete from audit where sequence = 3; update audit set sequence = sequence - 1 where sequence > 3',
      ),
      /Line 3 is not/,
    ],
    ['two lines in another order', edit(swap), /Line 2 is not/],
    [
      'a line put in',
      edit(
        'insert into audit select (select max(sequence) + 1 from audit), at, actor, label, address, request, action, input, outcome, code, hash from audit where sequence = 2',
      ),
      /is not as it was/,
    ],
    ['the end cut off', edit('delete from audit where sequence > 3'), /ends at line 3, before line/],
  ];
  for (const [what, tamper, says] of cases) {
    it(`${what} is found, by the service and on the file alone`, async () => {
      await using world = await World.open({ nodes: 1 });
      const good = await world.ok(world.operator('GET', '/audit/verify'));
      assert.equal(good.fault, null);
      assert.ok(good.lines >= 4);
      await world.service.close();

      const database = new DatabaseSync(join(world.folder, 'isolation.db'));
      assert.deepEqual(await verifyAudit(auditReader(database), good.head), good);
      database.exec('drop trigger audit_no_update; drop trigger audit_no_delete');
      await tamper(database);
      const offline = await verifyAudit(auditReader(database), good.head);
      assert.match(offline.fault ?? '', says);
      database.close();

      await world.start();
      const { sequence, hash } = good.head;
      const online = await world.ok(world.operator('GET', `/audit/verify?checkpoint=${sequence}:${hash}`));
      assert.match(online.fault, says);
    });
  }

  it('a log that was written anew from the start is found by a checkpoint', async () => {
    await using world = await World.open({ nodes: 0 });
    const { head } = await world.ok(world.operator('GET', '/audit/verify'));
    const other = head.hash.replace(/^./, (first: string) => (first === '0' ? '1' : '0'));
    const { fault } = await world.ok(
      world.operator('GET', `/audit/verify?checkpoint=${head.sequence}:${other}`),
    );
    assert.match(fault, /another than that of the checkpoint/);
    await world.refused(world.operator('GET', '/audit/verify?checkpoint=x'), 400, 'request_invalid');
  });
});
