import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLogger } from '@bullion/service';
import { openStorage, parseStorage, type StorageChoice } from './choice.ts';

test('a storage is a folder or a Ceph pool, and everything else is told how to be written', () => {
  assert.deepEqual(parseStorage('folder:/srv/disks'), { kind: 'folder', path: '/srv/disks' });
  assert.deepEqual(parseStorage('ceph:bullion'), { kind: 'ceph', pool: 'bullion' });
  assert.deepEqual(parseStorage('ceph:a.b?conf=/etc/ceph/x.conf&id=me'), {
    ...{ kind: 'ceph', pool: 'a.b' },
    ...{ conf: '/etc/ceph/x.conf', id: 'me' },
  });
  const wrong = [
    '',
    'folder',
    'folder:',
    's3:x',
    'ceph:',
    'ceph:-x y',
    'ceph:.x',
    'ceph:a/b',
    'ceph:a?nix=1',
  ];
  for (const text of [...wrong, 'ceph:a?conf=', 'ceph:a?id=x;y', 'ceph:a?conf=a,b'])
    assert.throws(() => parseStorage(text), { code: 'storage_choice_invalid' }, text);
});

async function site(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-storage-'));
  t.after(() => rm(folder, { recursive: true }));
  const at = (name: string): StorageChoice => ({ kind: 'folder', path: join(folder, name) });
  const open = (choice: StorageChoice | undefined, disks: number) =>
    openStorage(choice, { folder, log: createLogger('silent'), onLogin: () => {} }, disks);
  return { at, open };
}

test('a service that has disks does not start on another storage', async (t) => {
  const { at, open } = await site(t);
  await (await open(undefined, 0)).close();
  await assert.rejects(open(at('other'), 1), { code: 'storage_changed' });
  await (await open(at('other'), 0)).close();
  await (await open(at('other'), 3)).close();
  await assert.rejects(open(undefined, 3), { code: 'storage_changed', hint: /--storage folder:.*other/ });
});

test('a storage with disks that the service did not make is not begun on', async (t) => {
  const { at, open } = await site(t);
  const storage = await open(at('mine'), 0);
  await storage.volumes.createVolume('precious', 1 << 20);
  await storage.close();
  await (await open(at('empty'), 0)).close();
  await assert.rejects(open(at('mine'), 0), { code: 'storage_not_empty', message: /precious/ });
  // Nothing was changed by the attempt.
  await (await open(at('empty'), 2)).close();
});
