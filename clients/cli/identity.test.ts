import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { after, before, describe } from 'node:test';
import { DataCentre } from './testing/data-centre.ts';

describe('users, tokens, quotas and the audit log on the command line', () => {
  let dc: DataCentre;
  before(async () => {
    dc = await DataCentre.open();
    await dc.value(['project', 'create', 'hospital']);
  });
  after(() => dc.close());

  test('a user is created, made a member, barred and deleted', async () => {
    const file = join(dc.folder, 'password');
    await writeFile(file, 'correct horse\n');
    await dc.value(['user', 'create', 'ann', '--password-file', file]);
    await dc.value(['project', 'member', 'add', 'hospital', 'ann']);
    const { stdout } = await dc.bullion(['user', 'list']);
    assert.equal(stdout, 'USER  ROLE    PROJECTS  STATE\nann   member  hospital  enabled\n');
    await dc.value(['user', 'set', 'ann', '--disable']);
    assert.match((await dc.bullion(['user', 'list'])).stdout, /disabled/);
    await dc.value(['project', 'member', 'remove', 'hospital', 'ann']);
    await dc.value(['user', 'delete', 'ann']);
    assert.equal((await dc.bullion(['user', 'delete', 'ann'])).code, 3);
    assert.equal((await dc.bullion(['user', 'create', 'x', '--password-file', '/nix'])).code, 3);
  });

  test('a token is made, listed, and taken back', async () => {
    const made = await dc.value<{ token: string; id: string }>([
      ...['token', 'create', '--project', 'hospital', '--expires', '12h', '--label', 'night'],
    ]);
    assert.equal((await dc.bullion(['node', 'list'], made.token)).code, 0);
    assert.match((await dc.bullion(['token', 'list'])).stdout, /night +member +hospital/);
    await dc.value(['token', 'revoke', made.id]);
    assert.equal((await dc.bullion(['node', 'list'], made.token)).code, 5);
    assert.equal((await dc.bullion(['token', 'create', '--expires', 'soon'])).code, 2);
  });

  test('a quota is set, shown and kept', async () => {
    const { stdout } = await dc.bullion(['project', 'quota', 'hospital', '--networks', '0']);
    assert.match(stdout, /nodes +0 of any number\nnetworks +0 of 0\n/);
    const refused = await dc.bullion(['network', 'create', 'ward', '--project', 'hospital']);
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /holds 0 networks and may hold 0/);
    await dc.value(['project', 'quota', 'hospital', '--networks', 'any']);
    assert.match((await dc.bullion(['project', 'show', 'hospital'])).stdout, /networks +0 of any number/);
  });

  test('a list of many pages is read whole', async () => {
    const { isolation } = (await import('@bullion/sdk')).connect({ url: dc.url, token: dc.token });
    const { all } = await import('@bullion/sdk');
    for (const name of ['n1', 'n2', 'n3'])
      await dc.value(['network', 'create', name, '--project', 'hospital']);
    const networks = await all((page) =>
      isolation.GET('/isolation/v1/networks', { params: { query: { ...page, limit: 1 } } }),
    );
    assert.deepEqual(
      networks.map(({ name }) => name),
      ['n1', 'n2', 'n3'],
    );
  });

  test('the audit log is listed, verified, and found to be tampered with, also on the file alone', async () => {
    assert.match((await dc.bullion(['audit', 'list'])).stdout, /POST \/projects +done/);
    const { head } = await dc.value<{ head: { sequence: number; hash: string } }>(['audit', 'verify']);
    const checkpoint = `${head.sequence}:${head.hash}`;
    const whole = await dc.bullion(['audit', 'verify', '--checkpoint', checkpoint]);
    assert.equal(whole.code, 0);
    assert.match(whole.stdout, /^The log is whole: \d+ lines\. Keep this elsewhere: \d+:[0-9a-f]{64}\n$/);
    assert.equal((await dc.bullion(['audit', 'verify', '--checkpoint', 'x'])).code, 2);

    const live = join(dc.folder, 'isolation/isolation.db');
    // Beside the service that writes it, too.
    assert.equal((await dc.bullion(['audit', 'verify', '--database', live])).code, 0);
    const copy = join(dc.folder, 'copy.db');
    for (const part of ['', '-wal']) await copyFile(`${live}${part}`, `${copy}${part}`);
    const offline = ['audit', 'verify', '--database', copy, '--checkpoint', checkpoint];
    assert.equal((await dc.bullion(offline)).code, 0);
    const database = new DatabaseSync(copy);
    database.exec('drop trigger audit_no_delete; delete from audit where sequence > 2');
    database.close();
    const cut = await dc.bullion(offline);
    assert.equal(cut.code, 1);
    assert.match(cut.stdout, /The log ends at line 2, before line/);
  });
});
